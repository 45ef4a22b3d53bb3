"""What all sessions of one server share: the system, live relays, channel numbers, limits."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from attrs import frozen

from axxond.server.errors import not_found
from axxond.server.live import LiveRelay
from axxond.server.ports import System
from axxond.stream.hub import StreamKey
from protocol.types import StreamRole

# Each opens a connection to a device and decodes nothing.
_MAX_DEVICE_TESTS_AT_ONCE = 4


@frozen
class ServerSettings:
    """Where to listen and what to allow.  `tls` False is for tests and benchmarks only."""

    host: str
    port: int
    data_folder: Path
    tls: bool = True
    max_clients: int = 1000
    max_strangers: int = 64  # not logged in yet, from one address


class Shared:
    def __init__(self, system: System, settings: ServerSettings) -> None:
        self.system = system
        self.settings = settings
        self.device_tests = asyncio.Semaphore(_MAX_DEVICE_TESTS_AT_ONCE)
        self.relays: dict[StreamKey, LiveRelay] = {}
        self.clients = 0  # logged in
        self._numbers = itertools.count(1)
        self._live_numbers: dict[StreamKey, int] = {}

    def new_channel(self) -> int:
        """A number that no other channel of this server has had."""
        return next(self._numbers)

    def relay(self, camera: str, role: StreamRole) -> LiveRelay:
        """The stream's relay, begun when nobody views it yet.  Raises NOT_FOUND.

        By the role asked for, not by the stream: a camera with one stream has two channels, or a
        client that opens both roles would see one number mean two things.
        """
        hub = self.system.cameras.hub(camera, role)
        if hub is None:
            raise not_found("camera", camera)
        key = StreamKey(camera, role)
        relay = self.relays.get(key)
        if relay is None or relay.hub is not hub:
            relay = self.relays[key] = LiveRelay(
                self._live_number(key), hub, self.system.cameras.listen_detections, self._ended
            )
        return relay

    def close(self) -> None:
        for relay in list(self.relays.values()):
            relay.close()

    def _live_number(self, key: StreamKey) -> int:
        """The same whenever the stream is opened; cameras are few, so that this stays small."""
        if key not in self._live_numbers:
            self._live_numbers[key] = self.new_channel()
        return self._live_numbers[key]

    def _ended(self, relay: LiveRelay) -> None:
        for key in [key for key, item in self.relays.items() if item is relay]:
            del self.relays[key]
