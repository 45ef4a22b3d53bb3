"""A tree with one device that can do everything, kept alive by the real keeper, for tests of what
stands on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import define, field

from axxond.analytics.pipeline import DetectorEvent
from axxond.app.controls import Controls
from axxond.app.io import Io
from axxond.app.ptz import Ptz
from axxond.app.relays import Relays
from axxond.app.wanted import control_settings
from axxond.base.clock import SystemClock
from axxond.config.store import ConfigStore
from axxond.config.templates import administrator, complete, first_objects
from axxond.config.tree import ConfigTree, new_id
from axxond.devices.keeper import ControlKeeper
from axxond.devices.supervisor import Backoff
from axxond.events.bus import EventBus
from axxond.events.types import Event
from protocol.messages import Change
from protocol.types import ObjectKind
from tests.fakes.driver import FakeDriver
from tests.fakes.waiting import until

QUICK = Backoff(first_s=0.01, longest_s=0.02, settled_s=1.0)


@define
class FakeRuntime:
    keepers: dict[str, ControlKeeper] = field(factory=dict)


@define
class Who:
    """`ports.Identity`."""

    user: str
    ptz_priority: int = 50
    role: str = "guard"
    rights: frozenset[object] = frozenset()


class Plant:
    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.bus = EventBus()
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.tree = ConfigTree(ConfigStore(folder / "c.sqlite"), self.clock, lambda text: "hash")
        self.driver = FakeDriver()
        self.device = self.driver.device
        self.runtime = FakeRuntime()
        self.controls = Controls(
            self.tree,
            self.runtime,  # type: ignore[arg-type]
            self.bus,
            self.clock,
        )
        self.fired: list[DetectorEvent] = []
        self.io = Io(
            self.tree, self.controls, self.clock, lambda camera, event: self.fired.append(event)
        )
        self.relays = Relays(self.tree, self.controls, self.io)
        self.turning: list[tuple[str, int]] = []  # camera, until when its picture moves
        turns = lambda camera, until_us: self.turning.append((camera, until_us))  # noqa: E731
        self.ptz = Ptz(self.tree, self.controls, self.clock, turns)
        self.camera = ""

    async def open(self) -> None:
        await self.tree.open()
        first = first_objects("node", "here", lambda: "archive", 20)
        await self.tree.apply([*first, administrator("node", "admin", "s3cret words")], "x")
        device = Change("gate", ObjectKind.DEVICE, "node", "Gate", {"url": "rtsp://10.0.0.1/"})
        await self.tree.apply(complete([device], self.tree.snapshot(), new_id), "x")
        (camera,) = self.tree.of_kind(ObjectKind.CAMERA)
        self.camera = camera.id
        self.io.start()
        self.ptz.start()
        keeper = ControlKeeper(
            control_settings(self.tree.get("gate").properties),
            self.driver,
            lambda state: self.controls.state("gate", state),
            lambda event: self.controls.event("gate", event),
            self.clock,
            QUICK,
        )
        self.runtime.keepers["gate"] = keeper
        keeper.start()
        await self.until(lambda: keeper.state.events)

    async def close(self) -> None:
        await self.relays.close()
        await self.ptz.close()
        await self.controls.close()
        self.io.close()
        for keeper in self.runtime.keepers.values():
            await keeper.stop()
        await self.tree.close()

    async def add(self, id_: str, kind: ObjectKind, **properties: object) -> None:
        change = Change(id_, kind, self.camera, id_, dict(properties))
        await self.tree.apply([change], "x")

    async def alter(self, id_: str, **properties: object) -> None:
        revision = self.tree.get(id_).revision
        await self.tree.apply([Change(id_, properties=properties, revision=revision)], "x")

    async def until(self, true: Callable[[], object]) -> None:
        await until(true)

    def told(self, kind: str) -> list[Event]:
        return [one for one in self.events if one.type.name == kind]
