"""Subscriptions live on through whatever a camera does to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from axxond.base import tasks
from axxond.devices.control import ControlSettings
from axxond.devices.onvif import events, silence
from axxond.devices.onvif.control import OnvifControl
from axxond.devices.port import DeviceError
from protocol.types import DeviceEventKind, FailureKind
from tests.axxond.devices.contract_control import Sink
from tests.fakes.onvif.emulator import Emulator

_K = DeviceEventKind


@asynccontextmanager
async def _subscribed(control: OnvifControl, sink: Sink) -> AsyncIterator[asyncio.Task[None]]:
    work = tasks.spawn(control.events(sink), "events")
    await sink.until(lambda: True in sink.subscriptions)
    try:
        yield work
    finally:
        await tasks.cancel(work)


async def _change(emulator: Emulator, sink: Sink, active: bool) -> None:
    """An input changes and is told."""
    emulator.events.set_input("in-2", active)
    await sink.until(
        lambda: any(e.source == "in-2" and e.active is active for e in sink.events[-20:])
    )


async def test_all_states_are_told_at_first_and_marked_so(
    control: OnvifControl, emulator: Emulator
) -> None:
    sink = Sink()
    emulator.camera.inputs["in-1"] = True
    async with _subscribed(control, sink):
        await sink.until(lambda: len(sink.events) == 4)
    told = {(event.kind, event.source): event.active for event in sink.events}
    assert told == {
        (_K.INPUT, "in-1"): True,
        (_K.INPUT, "in-2"): False,
        (_K.OUTPUT, "relay-1"): False,
        (_K.MOTION, "source-1"): False,
    }
    assert all(event.initial for event in sink.events)


async def test_an_instant_has_its_rule_and_its_channel(
    control: OnvifControl, emulator: Emulator
) -> None:
    sink = Sink()
    async with _subscribed(control, sink):
        emulator.events.cross_line()
        await sink.until(lambda: sink.events[-1:] != [] and not sink.events[-1].initial)
    event = sink.events[-1]
    assert (event.kind, event.source, event.active) == (_K.ANALYTICS, "Gate", None)
    assert (event.channel, event.topic) == ("source-1", "tns1:RuleEngine/LineDetector/Crossed")


async def test_a_short_life_is_renewed_before_it_ends(
    control: OnvifControl, emulator: Emulator
) -> None:
    sink = Sink()
    emulator.camera.faults.lifetime_s = 1.0
    async with _subscribed(control, sink):
        await asyncio.sleep(3.0)
        await _change(emulator, sink, True)
    assert emulator.events.made == 1
    assert emulator.events.renewed >= 2
    assert sink.subscriptions == [True, False]


async def test_a_subscription_that_the_camera_lost_is_made_anew(
    control: OnvifControl, emulator: Emulator
) -> None:
    sink = Sink()
    async with _subscribed(control, sink):
        emulator.camera.faults.lifetime_s = 1.0
        emulator.events.expire_all()
        await _change(emulator, sink, True)  # told as a state on subscribing anew
    assert emulator.events.made == 2
    assert sink.subscriptions == [True, False, True, False]


@pytest.mark.parametrize("fault", ["refuse_renew", "forget_renewals"])
async def test_without_renewal_it_is_made_anew_when_it_ends(
    control: OnvifControl, emulator: Emulator, fault: str
) -> None:
    sink = Sink()
    setattr(emulator.camera.faults, fault, True)
    emulator.camera.faults.lifetime_s = 2.5
    async with _subscribed(control, sink):
        await sink.until(lambda: sink.subscriptions.count(True) == 2)
        await _change(emulator, sink, True)
    assert emulator.events.made >= 2


async def test_silence_is_noticed_and_ended(
    control: OnvifControl, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(silence, "_ANSWER_S", 0.2)
    sink = Sink()
    async with _subscribed(control, sink):
        await sink.until(lambda: len(sink.events) == 4)
        for one in emulator.events.subscriptions.values():
            one.dropped = True  # answers pulls for ever, with nothing
        await sink.until(lambda: sink.subscriptions.count(True) == 2)
        await _change(emulator, sink, True)


async def test_a_camera_that_drops_each_subscription_at_once_is_given_up(
    control: OnvifControl, emulator: Emulator
) -> None:
    await control.describe()
    emulator.camera.faults.answers["PullMessages"] = "ResourceUnknownFault"
    with pytest.raises(DeviceError, match="drops every subscription") as caught:
        await control.events(Sink())
    assert caught.value.kind is FailureKind.CLOSED
    assert emulator.events.made < 10


@pytest.mark.parametrize(("form", "asked"), [("date", 2), ("none", 3)])
async def test_the_end_is_wished_for_in_a_form_that_the_camera_takes(
    control: OnvifControl, emulator: Emulator, form: str, asked: int
) -> None:
    emulator.camera.faults.end_form = form
    sink = Sink()
    async with _subscribed(control, sink):
        await _change(emulator, sink, True)
        emulator.events.expire_all()
        await sink.until(lambda: sink.subscriptions.count(True) == 2)
    assert emulator.camera.calls.count("CreatePullPointSubscription") == asked + 1


async def test_pulls_get_shorter_for_a_camera_that_closes_long_ones(
    control: OnvifControl, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_SHORTEST_S", 0.1)
    emulator.camera.faults.pull_limit_s = 0.3
    sink = Sink()
    async with _subscribed(control, sink):
        await asyncio.sleep(3.0)
        await _change(emulator, sink, True)
    assert emulator.events.made == 1


async def test_a_clock_that_jumps_while_we_listen_keeps_nobody_out_and_shifts_no_event(
    control: OnvifControl, emulator: Emulator
) -> None:
    sink = Sink()
    emulator.camera.faults.lifetime_s = 2.0
    async with _subscribed(control, sink):
        await _change(emulator, sink, True)
        emulator.camera.clock_offset_s = 12.0
        await asyncio.sleep(2.5)
        now_us = time.time_ns() // 1000
        emulator.events.cross_line()
        await sink.until(lambda: sink.events[-1].kind is _K.ANALYTICS)
    assert abs(sink.events[-1].time_us - now_us) < 2_000_000
    assert emulator.events.made <= 2


async def test_leaving_ends_the_subscription(control: OnvifControl, emulator: Emulator) -> None:
    async with _subscribed(control, Sink()):
        assert len(emulator.events.subscriptions) == 1
    assert emulator.events.subscriptions == {}
    assert emulator.events.ended == 1


async def test_a_camera_without_room_for_a_subscription_says_so(
    control: OnvifControl, emulator: Emulator
) -> None:
    emulator.camera.faults.answers["CreatePullPointSubscription"] = "SubscribeCreationFailedFault"
    with pytest.raises(DeviceError, match="CreatePullPointSubscription"):
        await control.events(Sink())


async def test_compatibility_mode_has_no_events(emulator: Emulator) -> None:
    simple = OnvifControl(ControlSettings(emulator.url, "admin", "secret", compatibility=True))
    said = await simple.describe()
    with pytest.raises(DeviceError, match="compatibility mode") as caught:
        await simple.events(Sink())
    await simple.close()
    assert caught.value.kind is FailureKind.UNSUPPORTED
    assert len(said.streams) == 1
    assert len(said.switched_off) >= 5
    assert (simple.ptz, simple.lens, simple.streams, simple.clock, simple.talk) == (None,) * 5
