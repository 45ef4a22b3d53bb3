"""Steering PTZ cameras: whose turn it is, patrols, home after idleness.  On the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from attrs import define, field

from axxond.app import described
from axxond.app.controls import Controls
from axxond.base.clock import Clock
from axxond.base.tasks import cancel, spawn
from axxond.base.units import SECOND_US
from axxond.config.objects import ConfigObject, TreeDelta
from axxond.config.tree import ConfigTree
from axxond.devices.control import Control, Lens
from axxond.devices.control import Ptz as PtzFacet
from axxond.devices.port import DeviceError
from axxond.devices.turns import GoHome, GoTo, Rounds, Stop, Turns
from axxond.events.types import PTZ_COMMAND, PTZ_FAILED, PTZ_RELEASED, PTZ_TAKEN
from axxond.server.ports import Identity
from protocol import messages as m
from protocol.devicetypes import PtzHolder
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import Capability, DeviceState, FailureKind, ObjectKind

log = logging.getLogger(__name__)

# A client that goes away while its joystick is held must not leave the camera turning.
_MOVE_LIMIT_S = 3.0
_TICK_S = 1.0
# Commands that wait for one slow camera; a joystick's are merged before.
_MAX_WAITING = 16
# How long a command moves the picture, with the time until exposure and focus have settled.  A
# camera turns by 360 degrees in some 4 s.
_SETTLE_S = 1.5
_TURNS_S: dict[type[m.Request], float] = {
    m.MovePtz: _MOVE_LIMIT_S + _SETTLE_S,
    m.StopPtz: _SETTLE_S,
    m.GoPtz: 4.0 + _SETTLE_S,
    m.ShiftPtz: 4.0 + _SETTLE_S,
    m.GoPreset: 4.0 + _SETTLE_S,
    m.GoHome: 4.0 + _SETTLE_S,
    m.SetLens: _SETTLE_S,
}
_SHOWN = (
    Capability.PTZ,
    Capability.PTZ_ABSOLUTE,
    Capability.PTZ_RELATIVE,
    Capability.PRESETS,
    Capability.HOME,
    Capability.FOCUS,
    Capability.IRIS,
)


@define(eq=False)
class _Head:
    """One camera with telemetry."""

    camera: str
    telemetry: ConfigObject
    rounds: Rounds
    turns: Turns = field(factory=Turns)
    told: PtzHolder = field(init=False)
    lock: asyncio.Lock = field(factory=asyncio.Lock)
    waiting: int = 0
    moves: int = 0  # counts MovePtz and StopPtz: only the newest is worth sending
    mover: object | None = None  # whose session moves it now
    stopper: asyncio.Task[None] | None = None

    def __attrs_post_init__(self) -> None:
        self.told = PtzHolder(self.camera)


class Ptz:
    """`server.ports.Ptz`; `run` until cancelled."""

    def __init__(
        self,
        tree: ConfigTree,
        controls: Controls,
        clock: Clock,
        turns_until: Callable[[str, int], None] = lambda camera, until_us: None,
    ) -> None:
        """`turns_until(camera, time_us)`: its picture moves by command until then."""
        self._turns_until = turns_until
        self._tree = tree
        self._controls = controls
        self._clock = clock
        self._heads: dict[str, _Head] = {}  # by camera
        self._listeners: list[Callable[[PtzHolder], None]] = []
        self._errands: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        self._rebuild()
        self._tree.listen(self._on_tree)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            for head in list(self._heads.values()):
                self._tick(head)

    async def close(self) -> None:
        stoppers = [head.stopper for head in self._heads.values()]
        moving = [head for head in self._heads.values() if head.mover is not None]
        await cancel(*stoppers, *self._errands.values())
        await asyncio.gather(*(self._halt(head) for head in moving))

    # The port

    def holders(self) -> list[PtzHolder]:
        return [self._holder(head) for head in self._heads.values()]

    def listen(self, listener: Callable[[PtzHolder], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def state(self, camera: str) -> m.PtzState:
        """What the camera does not tell is left out; raises only when it is away."""
        head = self._head(camera)
        keeper, channel = self._controls.of_camera(camera)
        control, said = keeper.control, keeper.description
        capabilities = [one for one in _SHOWN if said and one in said.capabilities]
        place, presets = None, []
        if control.ptz is not None:
            place = described.place(await control.ptz.status(channel))
            if Capability.PRESETS in capabilities:
                presets = [described.preset(one) for one in await control.ptz.presets(channel)]
        return m.PtzState(self._holder(head), place, presets, capabilities)

    async def steer(
        self, request: m.Request, identity: Identity, address: str, session: object
    ) -> m.Message:
        camera: str = request.camera  # type: ignore[attr-defined]
        head = self._head(camera)
        self._take(head, identity, address, request)
        if isinstance(request, m.TakePtz):
            return m.Done()
        if isinstance(request, m.Patrol):
            self._patrol(head, request.on, identity.user, address)
            return m.Done()
        if isinstance(request, m.MovePtz | m.StopPtz):
            await self._move(head, request, session)
        else:
            reply = await self._in_turn(head, request)
            self._journal(head, request, identity.user, address)
            if reply is not None:
                return reply
        return m.Done()

    def session_ended(self, session: object) -> None:
        for head in self._heads.values():
            if head.mover is session:
                self._stop_soon(head, 0.0)

    async def go_to(self, telemetry: str, preset: str) -> None:
        """For a response: not while somebody steers; a failure is an event."""
        head = next((one for one in self._heads.values() if one.telemetry.id == telemetry), None)
        if head is None or head.turns.holder(self._clock.now_us()) is not None:
            return
        head.rounds.steered(self._clock.now_us())
        await self._errand(head, GoTo(preset))

    def respond(self, telemetry: str, preset: str) -> None:
        task = self._errands.get(telemetry)
        if task is None or task.done():
            self._errands[telemetry] = spawn(self.go_to(telemetry, preset), f"ptz {telemetry}")

    # Whose turn it is

    def _take(self, head: _Head, identity: Identity, address: str, request: m.Request) -> None:
        least = head.telemetry["least_priority"]
        if identity.ptz_priority < least:
            text = (
                f"your role's PTZ priority is {identity.ptz_priority}; this camera needs {least}"
            )
            raise ProtocolError(ErrorCode.FORBIDDEN, text, head.camera)
        now_us = self._clock.now_us()
        if isinstance(request, m.TakePtz) and request.release:
            head.turns.release(identity.user)
            self._tell(head)
            return
        before = head.turns.holder(now_us)
        release_us = head.telemetry["release_s"] * SECOND_US
        other = head.turns.take(identity.user, identity.ptz_priority, now_us, release_us)
        if other:
            raise ProtocolError(ErrorCode.CONFLICT, f"{other} steers it now", head.camera)
        head.rounds.steered(now_us)
        if before is None or before.user != identity.user:
            text = "Steers" + (f" in place of {before.user}" if before is not None else "")
            self._controls.tell(PTZ_TAKEN, head.camera, text, identity.user, address)
        self._tell(head)

    def _holder(self, head: _Head) -> PtzHolder:
        held = head.turns.holder(self._clock.now_us())
        patrol = head.rounds.patrolling
        if held is None:
            return PtzHolder(head.camera, patrol=patrol)
        return PtzHolder(head.camera, held.user, held.priority, held.until_us, patrol)

    def _tell(self, head: _Head) -> None:
        """Who steers, or whether it patrols, has changed; not that the time moved on."""
        now, told = self._holder(head), head.told
        if (now.user, now.patrol) == (told.user, told.patrol):
            return
        head.told = now
        if told.user and not now.user:
            self._controls.tell(PTZ_RELEASED, head.camera, "Steers no longer", told.user)
        for listener in list(self._listeners):
            listener(now)

    # Commands

    async def _in_turn(self, head: _Head, request: m.Request) -> m.Message | None:
        """One after the other; a slow camera makes nobody wait for long."""
        if head.waiting >= _MAX_WAITING:
            raise ProtocolError(ErrorCode.LIMIT, "the camera is slow: wait a moment", head.camera)
        head.waiting += 1
        try:
            async with head.lock:
                control, channel = self._control(head)
                self._tell_turning(head, request)
                return await _command(control, channel, request)
        finally:
            head.waiting -= 1

    def _tell_turning(self, head: _Head, request: m.Request) -> None:
        still = isinstance(request, m.GoHome) and request.learn
        seconds = 0.0 if still else _TURNS_S.get(type(request), 0.0)
        if seconds:
            until_us = self._clock.now_us() + round(seconds * SECOND_US)
            self._turns_until(head.camera, until_us)

    async def _move(self, head: _Head, request: m.MovePtz | m.StopPtz, session: object) -> None:
        head.moves += 1
        number = head.moves
        await cancel(head.stopper)
        if isinstance(request, m.MovePtz):
            head.mover = session
            self._stop_soon(head, _MOVE_LIMIT_S)
            share = head.telemetry["speed"] / 100
            request = m.MovePtz(
                request.camera, request.pan * share, request.tilt * share, request.zoom * share
            )
        else:
            head.mover = None
        if head.waiting and isinstance(request, m.MovePtz):
            async with head.lock:
                if number != head.moves:
                    return
        await self._in_turn(head, request)

    def _stop_soon(self, head: _Head, seconds: float) -> None:
        if head.stopper is not None:
            head.stopper.cancel()
        head.stopper = spawn(self._stop_later(head, seconds), f"ptz stop {head.camera}")

    async def _stop_later(self, head: _Head, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._halt(head)

    async def _halt(self, head: _Head) -> None:
        head.moves += 1
        head.mover = None
        try:
            await self._in_turn(head, m.StopPtz(head.camera))
        except (DeviceError, ProtocolError) as error:
            log.warning("%s could not be stopped: %s", head.camera, error)

    def _patrol(self, head: _Head, on: bool, user: str, address: str) -> None:
        if on and not head.telemetry["patrol"]:
            text = "its telemetry has no patrol: add presets to it in the settings"
            raise ProtocolError(ErrorCode.INVALID, text, head.camera)
        if head.rounds.patrolling is on:
            return
        head.rounds.patrolling = on
        if on:
            head.turns.release(user)  # or it would begin only when the camera is released
        text = "Patrol was begun" if on else "Patrol was ended"
        self._controls.tell(PTZ_COMMAND, head.camera, text, user, address)
        self._tell(head)

    def _journal(self, head: _Head, request: m.Request, user: str, address: str) -> None:
        match request:
            case m.GoPreset(token=token):
                text = f"To preset {token}"
            case m.SetPreset(name=name):
                text = f'Preset "{name}" was set'
            case m.RemovePreset(token=token):
                text = f"Preset {token} was removed"
            case m.GoHome(learn=learn):
                text = "Home was set" if learn else "Home"
            case _:
                return
        self._controls.tell(PTZ_COMMAND, head.camera, text, user, address)

    # What it does by itself

    def _tick(self, head: _Head) -> None:
        self._tell(head)
        keeper = self._controls.find(self._tree.get(head.camera).parent)
        if keeper is None or keeper.state.state is not DeviceState.ONLINE:
            return
        now_us = self._clock.now_us()
        what = head.rounds.due(now_us, head.turns.holder(now_us) is not None)
        running = self._errands.get(head.telemetry.id)
        if what is not None and (running is None or running.done()):
            self._errands[head.telemetry.id] = spawn(self._errand(head, what), "ptz patrol")

    async def _errand(self, head: _Head, what: GoTo | GoHome) -> None:
        to_preset = isinstance(what, GoTo)
        camera = head.camera
        request = m.GoPreset(camera, what.preset) if isinstance(what, GoTo) else m.GoHome(camera)
        try:
            await self._in_turn(head, request)
        except (DeviceError, ProtocolError) as error:
            where = f"to preset {what.preset}" if isinstance(what, GoTo) else "home"
            text = f"It did not turn {where}: {error}"
            self._controls.tell(PTZ_FAILED, camera, text)
            if to_preset and head.rounds.patrolling:
                log.warning("the patrol of %s goes on without %s", camera, what)

    # The tree

    def _on_tree(self, delta: TreeDelta) -> None:
        if delta.removed or any(obj.kind is ObjectKind.TELEMETRY for obj in delta.changed):
            self._rebuild()

    def _rebuild(self) -> None:
        telemetry = {
            one.parent: one for one in self._tree.of_kind(ObjectKind.TELEMETRY) if one["enabled"]
        }
        for camera in [camera for camera in self._heads if camera not in telemetry]:
            head = self._heads.pop(camera)
            if head.stopper is not None:
                head.stopper.cancel()
        for camera, obj in telemetry.items():
            known = self._heads.get(camera)
            if known is None or known.telemetry.revision != obj.revision:
                self._heads[camera] = self._made(camera, obj, known)
            if known is None:
                for listener in list(self._listeners):
                    listener(PtzHolder(camera))

    def _made(self, camera: str, obj: ConfigObject, known: _Head | None) -> _Head:
        stops = tuple(
            Stop(one["preset"], round(one["dwell_s"] * SECOND_US)) for one in obj["patrol"]
        )
        rounds = Rounds(stops, obj["home_s"] * SECOND_US, self._clock.now_us())
        if known is None:
            return _Head(camera, obj, rounds)
        rounds.patrolling = known.rounds.patrolling and bool(stops)
        known.telemetry, known.rounds = obj, rounds
        return known

    def _head(self, camera: str) -> _Head:
        self._controls.camera(camera)
        if (head := self._heads.get(camera)) is None:
            text = "this camera has no telemetry: add it in the settings"
            raise ProtocolError(ErrorCode.NOT_FOUND, text, camera)
        return head

    def _control(self, head: _Head) -> tuple[Control, str]:
        keeper, channel = self._controls.of_camera(head.camera)
        return keeper.control, channel


async def _command(control: Control, channel: str, request: m.Request) -> m.Message | None:
    if isinstance(request, m.SetLens):
        await _lens(control.lens, channel, request)
        return None
    ptz = control.ptz
    if ptz is None:
        raise DeviceError(FailureKind.UNSUPPORTED, "This camera cannot be steered.")
    return await _ptz_command(ptz, channel, request)


async def _ptz_command(ptz: PtzFacet, channel: str, request: m.Request) -> m.Message | None:
    match request:
        case m.MovePtz(pan=pan, tilt=tilt, zoom=zoom):
            await ptz.move(channel, pan, tilt, zoom)
        case m.StopPtz():
            await ptz.stop(channel)
        case m.GoPtz(pan=to_pan, tilt=to_tilt, zoom=to_zoom):
            await ptz.go(channel, to_pan, to_tilt, to_zoom)
        case m.ShiftPtz(pan=pan, tilt=tilt, zoom=zoom):
            await ptz.shift(channel, pan, tilt, zoom)
        case m.GoPreset(token=token):
            await ptz.go_preset(channel, token)
        case m.SetPreset(name=name, token=token):
            return m.PresetSet(described.preset(await ptz.set_preset(channel, name, token)))
        case m.RemovePreset(token=token):
            await ptz.remove_preset(channel, token)
        case m.GoHome(learn=learn):
            await (ptz.set_home(channel) if learn else ptz.go_home(channel))
    return None


async def _lens(lens: Lens | None, channel: str, request: m.SetLens) -> None:
    if lens is None:
        text = "Focus and iris of this camera cannot be set from here."
        raise DeviceError(FailureKind.UNSUPPORTED, text)
    if request.auto_focus is not None:
        await lens.auto_focus(channel, request.auto_focus)
    if request.auto_iris is not None:
        await lens.auto_iris(channel, request.auto_iris)
    if request.focus is not None:
        await lens.focus(channel, request.focus)
    if request.iris is not None:
        await lens.iris(channel, request.iris)
