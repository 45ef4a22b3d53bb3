"""The server's port onto the control sides of devices.  On the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from axxond.app import described
from axxond.app.controls import Controls
from axxond.app.finding import FoundListener, Search, try_device
from axxond.app.io import Io
from axxond.app.office import Tree
from axxond.app.relays import Relays
from axxond.config.adding import changes_for
from axxond.config.tree import ConfigTree, new_id
from axxond.devices.loudspeaker import Loudspeaker
from axxond.devices.port import DeviceError
from axxond.events.types import DEVICE_CHANGED, TALK_ENDED, TALK_STARTED
from axxond.server.ports import Identity
from protocol.devicetypes import DeviceNotice, IoState, NewDevice, StreamSetup
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Changed, DeviceDescribed, DeviceTried, SetStream, TryDevice
from protocol.types import FailureKind

_SNAPSHOT_LIMIT_S = 15.0


class Devices:
    """`server.ports.Devices`."""

    def __init__(
        self,
        tree: ConfigTree,
        office: Tree,
        controls: Controls,
        io: Io,
        relays: Relays,
        search: Search,
    ) -> None:
        self._tree = tree
        self._office = office
        self._controls = controls
        self._io = io
        self._relays = relays
        self._search = search
        self._speakers: dict[str, str] = {}  # by camera: who speaks

    async def describe(self, device: str, fresh: bool) -> DeviceDescribed:
        self._controls.device(device)
        keeper = self._controls.find(device)
        if keeper is None:
            return DeviceDescribed(self._controls.notice(device))
        if fresh:
            await keeper.refresh()
        return described.described(self._controls.notice(device), keeper.description)

    async def set_stream(
        self, request: SetStream, identity: Identity, address: str
    ) -> StreamSetup:
        keeper = self._controls.keeper(request.device)
        facet = keeper.control.streams
        if facet is None:
            text = "This camera's streams cannot be changed from here: use its own pages."
            raise DeviceError(FailureKind.UNSUPPORTED, text)
        known = keeper.description.streams if keeper.description is not None else ()
        if not any(one.token == request.token for one in known):
            text = "the camera has no such stream"
            raise ProtocolError(ErrorCode.NOT_FOUND, text, request.token)
        made = await facet.set_stream(request.token, described.setup_in(request.setup))
        text = f"Stream {request.token} was set: {_said(described.setup_out(made))}"
        self._controls.tell(DEVICE_CHANGED, request.device, text, identity.user, address)
        await keeper.refresh()
        return described.setup_out(made)

    async def set_clock(self, device: str, identity: Identity, address: str) -> int | None:
        return await self._controls.set_clock(device, identity.user, address)

    async def snapshot(self, camera: str) -> bytes:
        keeper, channel = self._controls.of_camera(camera)
        try:
            async with asyncio.timeout(_SNAPSHOT_LIMIT_S):
                return await keeper.control.snapshot(channel)
        except TimeoutError as error:
            text = f"The camera gave no picture within {_SNAPSHOT_LIMIT_S:g} s."
            raise DeviceError(FailureKind.TIMEOUT, text) from error

    async def try_device(self, request: TryDevice) -> tuple[DeviceTried, bytes]:
        return await try_device(request)

    async def add(self, devices: list[NewDevice], identity: Identity, address: str) -> Changed:
        server = self._tree.server
        assert server is not None
        changes, ids = changes_for(devices, server.id, self._tree.snapshot(), new_id)
        done = await self._office.apply(changes, identity, address)
        return Changed(done.revision, ids)

    def discover(self, listener: FoundListener) -> Callable[[], None]:
        return self._search.listen(listener)

    async def switch(
        self, relay: str, on: bool, seconds: float, identity: Identity, address: str
    ) -> None:
        await self._relays.switch(relay, on, seconds, identity.user, address)

    async def talk(
        self, camera: str, identity: Identity, address: str, on_end: Callable[[str], None]
    ) -> _Turn:
        keeper, channel = self._controls.of_camera(camera)
        if speaker := self._speakers.get(camera):
            raise ProtocolError(ErrorCode.CONFLICT, f"{speaker} speaks there now", camera)
        facet = keeper.control.talk
        if facet is None:
            text = "This camera has no loudspeaker, or its driver does not know of it."
            raise DeviceError(FailureKind.UNSUPPORTED, text)
        self._speakers[camera] = identity.user

        def ended(text: str) -> None:
            self._silent(camera, identity.user, address)
            on_end(text)

        try:
            loudspeaker = Loudspeaker(facet, await facet.open(channel), ended)
        except BaseException:
            self._speakers.pop(camera, None)
            raise
        self._controls.tell(TALK_STARTED, camera, "Speaks there", identity.user, address)
        return _Turn(loudspeaker, lambda: self._silent(camera, identity.user, address))

    def states(self) -> list[DeviceNotice]:
        return self._controls.notices()

    def listen_states(self, listener: Callable[[DeviceNotice], None]) -> Callable[[], None]:
        return self._controls.listen(
            lambda device, state: listener(described.notice(device, state))
        )

    def io_states(self) -> list[IoState]:
        return self._io.states()

    def listen_io(self, listener: Callable[[IoState], None]) -> Callable[[], None]:
        return self._io.listen(listener)

    def _silent(self, camera: str, user: str, address: str) -> None:
        if self._speakers.pop(camera, None) is not None:
            self._controls.tell(TALK_ENDED, camera, "Speaks no longer", user, address)


class _Turn:
    """`server.talk.Speech`."""

    def __init__(self, loudspeaker: Loudspeaker, on_close: Callable[[], None]) -> None:
        self.sample_rate = loudspeaker.sample_rate
        self._loudspeaker = loudspeaker
        self._on_close = on_close

    def feed(self, samples: bytes) -> int:
        return self._loudspeaker.feed(samples)

    async def close(self) -> None:
        self._on_close()
        await self._loudspeaker.close()


def _said(setup: StreamSetup) -> str:
    parts = [str(setup.codec) if setup.codec else ""]
    parts.append(f"{setup.width}×{setup.height}" if setup.width and setup.height else "")
    parts.append(f"{setup.fps:g} fps" if setup.fps is not None else "")
    parts.append(f"{setup.bitrate_bps // 1000} kbit/s" if setup.bitrate_bps else "")
    return ", ".join(filter(None, parts)) or "as it was"
