"""The trajectory database in the running system: its limits, its troubles, its place.

On the event loop.
"""

from __future__ import annotations

from pathlib import Path

from axxond.app.names import METADATA_FOLDER
from axxond.base.clock import Clock
from axxond.config.tree import ConfigTree
from axxond.events.bus import EventBus
from axxond.events.types import METADATA_HEALTHY, METADATA_TROUBLE, Event
from axxond.trajectories.recorder import TrajectoryRecorder
from axxond.trajectories.store import Limits

_GB = 1_000_000_000


class Metadata:
    """`recorder` runs from `start` to `close`."""

    def __init__(self, folder: Path, tree: ConfigTree, bus: EventBus, clock: Clock) -> None:
        self.recorder = TrajectoryRecorder(folder / METADATA_FOLDER, clock, self._on_trouble)
        self._tree = tree
        self._bus = bus
        self._clock = clock

    async def start(self) -> None:
        self.set_limits()
        await self.recorder.start()

    async def close(self) -> None:
        await self.recorder.close()

    def set_limits(self) -> None:
        """As the configuration has them now."""
        server = self._tree.server
        assert server is not None
        size = round(server["metadata_gb"] * _GB)
        self.recorder.limit(Limits(size, server["metadata_days"]))

    def _on_trouble(self, text: str) -> None:
        server = self._tree.server
        id_, name = (server.id, server.name) if server is not None else ("", "")
        kind = METADATA_TROUBLE if text else METADATA_HEALTHY
        text = text or "Trajectories are stored again"
        self._bus.publish(Event(kind, self._clock.now_us(), id_, name, text))
