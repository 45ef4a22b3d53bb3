"""What every driver's `Control` must keep to, whatever it drives.

A driver's test module has one class derived from `ControlContract` with a fixture `rig` that
yields a `Rig`: the control (not yet described) and three hands on the device behind it.  Tests of
what the device does not have are skipped, so a module is worth as much as its device can do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import define, field, frozen

from axxond.base import tasks
from axxond.devices.control import Control, Description, DeviceEvent, StreamSetup
from axxond.devices.port import DeviceError
from protocol.types import Capability, Codec, DeviceEventKind, FailureKind

_C = Capability
_AWAY = {FailureKind.UNREACHABLE, FailureKind.TIMEOUT, FailureKind.CLOSED}
_WAIT_S = 10.0


@frozen
class Rig:
    """`press(active)`: changes the device's first input.  `unplug()`: nothing answers any more."""

    control: Control
    press: Callable[[bool], None]
    unplug: Callable[[], Awaitable[None]]


@define
class Sink:
    """An `EventSink` that can be waited on."""

    events: list[DeviceEvent] = field(factory=list)
    subscriptions: list[bool] = field(factory=list)
    changed: asyncio.Event = field(factory=asyncio.Event)

    def device_event(self, event: DeviceEvent) -> None:
        self.events.append(event)
        self.changed.set()

    def subscribed(self, on: bool) -> None:
        self.subscriptions.append(on)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(_WAIT_S):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


def _need(description: Description, capability: Capability) -> None:
    if capability not in description.capabilities:
        pytest.skip(f"the device has no {capability.value}")


class ControlContract:
    """See the module's docstring."""

    @pytest.fixture
    async def described(self, rig: Rig) -> Description:
        return await rig.control.describe()

    def test_it_names_its_streams_once_and_without_a_log_in(self, described: Description) -> None:
        tokens = [stream.token for stream in described.streams]
        assert tokens
        assert len(set(tokens)) == len(tokens)
        assert all(stream.url and "@" not in stream.url for stream in described.streams)

    def test_it_names_its_ports_once(self, described: Description) -> None:
        for ports in (described.inputs, described.outputs):
            assert len({port.token for port in ports}) == len(ports)
            assert all(port.name for port in ports)

    def test_its_facets_are_as_it_says(self, rig: Rig, described: Description) -> None:
        has, control = described.capabilities, rig.control
        assert (control.ptz is not None) == (_C.PTZ in has)
        assert (control.lens is not None) == bool({_C.FOCUS, _C.IRIS} & has)
        assert (control.outputs is not None) == (_C.OUTPUTS in has) == bool(described.outputs)
        assert (control.streams is not None) == (_C.STREAM_SETTINGS in has)
        assert (control.clock is not None) == (_C.CLOCK in has)
        assert (control.talk is not None) == (_C.TALK in has)
        assert bool(described.inputs) == (_C.INPUTS in has)
        assert _C.SOUND in has or not any(stream.audio for stream in described.streams)

    async def test_it_can_be_described_again(self, rig: Rig, described: Description) -> None:
        again = await rig.control.describe()
        assert (again.model, again.capabilities) == (described.model, described.capabilities)
        assert [one.token for one in again.streams] == [one.token for one in described.streams]

    async def test_it_closes_as_often_as_one_likes(self, rig: Rig, described: Description) -> None:
        del described
        await rig.control.close()
        await rig.control.close()

    # Movement

    async def test_it_moves_until_stopped(self, rig: Rig, described: Description) -> None:
        _need(described, _C.PTZ)
        assert rig.control.ptz is not None
        await rig.control.ptz.move("", 1.0, -0.5, 0.0)
        assert (await rig.control.ptz.status("")).moving in (True, None)
        await rig.control.ptz.stop("")
        assert (await rig.control.ptz.status("")).moving in (False, None)

    async def test_it_goes_to_a_place(self, rig: Rig, described: Description) -> None:
        _need(described, _C.PTZ_ABSOLUTE)
        assert rig.control.ptz is not None
        await rig.control.ptz.go("", -0.5, 0.25, 0.5)
        await rig.control.ptz.go("", None, None, 1.0)
        place = await rig.control.ptz.status("")
        assert (place.pan, place.tilt) == pytest.approx((-0.5, 0.25), abs=0.01)
        assert place.zoom == pytest.approx(1.0, abs=0.01)

    async def test_it_shifts_what_it_sees(self, rig: Rig, described: Description) -> None:
        _need(described, _C.PTZ_RELATIVE)
        assert rig.control.ptz is not None
        before = await rig.control.ptz.status("")
        await rig.control.ptz.shift("", 0.25, 0.0, 1.0)
        after = await rig.control.ptz.status("")
        if before.pan is not None and after.pan is not None:
            assert after.pan > before.pan
            assert after.zoom == before.zoom

    async def test_presets_are_kept_renamed_and_removed(
        self, rig: Rig, described: Description
    ) -> None:
        _need(described, _C.PRESETS)
        ptz = rig.control.ptz
        assert ptz is not None
        before = await ptz.presets("")
        made = await ptz.set_preset("", "Door")
        await ptz.set_preset("", "Gate", made.token)
        after = await ptz.presets("")
        assert {one.name for one in after if one.token == made.token} == {"Gate"}
        await ptz.go_preset("", made.token)
        await ptz.remove_preset("", made.token)
        assert await ptz.presets("") == before

    async def test_a_preset_that_is_not_there_is_refused(
        self, rig: Rig, described: Description
    ) -> None:
        _need(described, _C.PRESETS)
        assert rig.control.ptz is not None
        with pytest.raises(DeviceError):
            await rig.control.ptz.go_preset("", "no-such-preset")

    async def test_it_goes_home(self, rig: Rig, described: Description) -> None:
        _need(described, _C.HOME)
        ptz = rig.control.ptz
        assert ptz is not None
        await ptz.set_home("")
        home = await ptz.status("")
        await ptz.go("", 0.7, 0.0, 0.0)
        await ptz.go_home("")
        assert (await ptz.status("")).pan == home.pan

    async def test_focus_and_iris_turn_and_stop(self, rig: Rig, described: Description) -> None:
        lens = rig.control.lens
        if lens is None:
            pytest.skip("the device has no lens to be turned")
        if _C.FOCUS in described.capabilities:
            await lens.auto_focus("", on=False)
            await lens.focus("", 1.0)
            await lens.focus("", 0.0)
            await lens.auto_focus("", on=True)
        if _C.IRIS in described.capabilities:
            await lens.iris("", -1.0)
            await lens.iris("", 0.0)
            await lens.auto_iris("", on=True)

    # Outputs, streams, clock, pictures

    async def test_outputs_switch_and_strangers_are_refused(
        self, rig: Rig, described: Description
    ) -> None:
        _need(described, _C.OUTPUTS)
        assert rig.control.outputs is not None
        await rig.control.outputs.set_output(described.outputs[0].token, active=True)
        await rig.control.outputs.set_output(described.outputs[0].token, active=False)
        with pytest.raises(DeviceError):
            await rig.control.outputs.set_output("no-such-output", active=True)

    async def test_streams_are_set_and_what_became_of_it_is_told(
        self, rig: Rig, described: Description
    ) -> None:
        _need(described, _C.STREAM_SETTINGS)
        assert rig.control.streams is not None
        stream = described.streams[-1]
        sizes = stream.options.sizes or ((stream.setup.width or 0, stream.setup.height or 0),)
        width, height = sizes[-1]
        made = await rig.control.streams.set_stream(
            stream.token, StreamSetup(width=width, height=height)
        )
        assert (made.width, made.height) == (width, height)
        assert made.codec == stream.setup.codec
        again = await rig.control.describe()
        (now,) = (one for one in again.streams if one.token == stream.token)
        assert (now.setup.width, now.setup.height) == (width, height)

    async def test_a_stream_that_is_not_there_is_refused(
        self, rig: Rig, described: Description
    ) -> None:
        _need(described, _C.STREAM_SETTINGS)
        assert rig.control.streams is not None
        with pytest.raises(DeviceError):
            await rig.control.streams.set_stream("no-such-stream", StreamSetup(codec=Codec.H264))

    async def test_the_clock_is_set(self, rig: Rig, described: Description) -> None:
        _need(described, _C.CLOCK)
        assert rig.control.clock is not None
        await rig.control.clock.set_clock(1_700_000_000_000_000)

    async def test_a_snapshot_is_a_jpeg(self, rig: Rig, described: Description) -> None:
        _need(described, _C.SNAPSHOT)
        picture = await rig.control.snapshot("")
        assert picture.startswith(b"\xff\xd8")
        assert picture.rstrip(b"\0").endswith(b"\xff\xd9")

    async def test_talking_takes_sound_until_closed(
        self, rig: Rig, described: Description
    ) -> None:
        _need(described, _C.TALK)
        assert rig.control.talk is not None
        taken = await rig.control.talk.open("")
        assert taken.sample_rate > 0
        await rig.control.talk.send(b"\xd5" * 160)
        await rig.control.talk.close()

    # Events

    async def test_an_input_is_told_when_it_changes(
        self, rig: Rig, described: Description
    ) -> None:
        _need(described, _C.INPUTS)
        _need(described, _C.EVENTS)
        token, sink = described.inputs[0].token, Sink()
        work = tasks.spawn(rig.control.events(sink), "events")
        try:
            await sink.until(lambda: sink.subscriptions == [True])
            rig.press(True)
            await sink.until(lambda: _states(sink, token)[-1:] == [True])
            rig.press(False)
            await sink.until(lambda: _states(sink, token)[-1:] == [False])
        finally:
            await tasks.cancel(work)
        assert sink.subscriptions[-1] is False

    async def test_without_events_it_says_so(self, rig: Rig, described: Description) -> None:
        if _C.EVENTS in described.capabilities:
            pytest.skip("the device has events")
        with pytest.raises(DeviceError) as caught:
            await rig.control.events(Sink())
        assert caught.value.kind is FailureKind.UNSUPPORTED

    # Away

    async def test_a_device_that_went_away_is_one_clear_failure(
        self, rig: Rig, described: Description
    ) -> None:
        await rig.unplug()
        for call in _calls(rig.control, described):
            async with asyncio.timeout(_WAIT_S):
                with pytest.raises(DeviceError) as caught:
                    await call
            assert caught.value.kind in _AWAY
            assert str(caught.value).endswith((".", "!"))


def _states(sink: Sink, token: str) -> list[bool | None]:
    return [
        event.active
        for event in sink.events
        if event.kind is DeviceEventKind.INPUT and event.source == token
    ]


def _calls(control: Control, described: Description) -> list[Awaitable[Any]]:
    found: list[Awaitable[Any]] = [control.describe()]
    if _C.SNAPSHOT in described.capabilities:
        found.append(control.snapshot(""))
    if _C.EVENTS in described.capabilities:
        found.append(control.events(Sink()))
    if control.ptz is not None:
        found += [control.ptz.move("", 1.0, 0.0, 0.0), control.ptz.stop("")]
    if control.outputs is not None:
        found.append(control.outputs.set_output(described.outputs[0].token, active=True))
    return found
