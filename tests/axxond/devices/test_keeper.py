"""A device's control side is kept alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from attrs import evolve

from axxond.base.clock import SystemClock
from axxond.devices.control import ControlSettings, DeviceEvent
from axxond.devices.keeper import ControlKeeper, ControlState
from axxond.devices.port import DeviceError
from axxond.devices.supervisor import Backoff
from protocol.types import Capability, DeviceEventKind, DeviceState, FailureKind
from tests.fakes.driver import FakeDriver
from tests.fakes.waiting import until

QUICK = Backoff(first_s=0.01, longest_s=0.02, settled_s=1.0)
EVENT = DeviceEvent(DeviceEventKind.INPUT, "in1", True, 1)


class Watch:
    """A keeper of a fake device, and what it told."""

    def __init__(self) -> None:
        self.driver = FakeDriver()
        self.device = self.driver.device
        self.states: list[ControlState] = []
        self.events: list[DeviceEvent] = []
        self.fault: Exception | None = None
        self.keeper = ControlKeeper(
            ControlSettings("rtsp://camera/"),
            self.driver,
            self.states.append,
            self._event,
            SystemClock(),
            QUICK,
        )

    def _event(self, event: DeviceEvent) -> None:
        self.events.append(event)
        if self.fault is not None:
            raise self.fault

    async def until(self, true: Callable[[], object]) -> None:
        await until(true)

    def kinds(self) -> list[DeviceState]:
        return [one.state for one in self.states]


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    made = Watch()
    yield made
    await made.keeper.stop()


async def test_it_describes_the_device_and_hears_its_events(watch: Watch) -> None:
    watch.keeper.start()
    await watch.until(lambda: watch.keeper.state.events)
    assert watch.keeper.description is watch.device.description
    assert watch.keeper.control is watch.device
    watch.device.happened.put_nowait(EVENT)
    await watch.until(lambda: watch.events)
    assert watch.events == [EVENT]


async def test_a_device_that_is_away_is_asked_again_for_ever(watch: Watch) -> None:
    watch.device.away = True
    watch.keeper.start()
    await watch.until(lambda: len(watch.driver.made) >= 4)
    with pytest.raises(DeviceError, match="away"):
        _ = watch.keeper.control
    assert watch.keeper.state.failure in (FailureKind.UNREACHABLE, None)
    watch.device.away = False
    await watch.until(lambda: watch.keeper.state.events)
    assert watch.keeper.control is watch.device


async def test_a_device_that_goes_away_is_told_and_comes_back(watch: Watch) -> None:
    watch.keeper.start()
    await watch.until(lambda: watch.keeper.state.events)
    watch.device.away = True
    watch.device.happened.put_nowait(EVENT)  # the subscription breaks at the next one
    await watch.until(lambda: DeviceState.WAITING in watch.kinds())
    (failed, *_) = [one for one in watch.states if one.state is DeviceState.WAITING]
    assert (failed.failure, failed.events) == (FailureKind.UNREACHABLE, False)
    watch.device.away = False
    await watch.until(lambda: watch.keeper.state.events)


async def test_events_that_fail_leave_the_rest_usable(watch: Watch) -> None:
    async def no_events(sink: object) -> None:
        raise DeviceError(FailureKind.GARBAGE, "The subscription is refused.")

    watch.device.events = no_events  # type: ignore[method-assign]
    watch.keeper.start()
    await watch.until(lambda: watch.keeper.state.state is DeviceState.ONLINE)
    await asyncio.sleep(0.1)
    assert watch.keeper.control is watch.device
    assert not watch.keeper.state.events
    assert DeviceState.WAITING not in watch.kinds()


async def test_a_device_without_events_is_not_subscribed_to(watch: Watch) -> None:
    less = frozenset(Capability) - {Capability.EVENTS}
    watch.device.description = evolve(watch.device.description, capabilities=less)
    watch.keeper.start()
    await watch.until(lambda: watch.keeper.state.state is DeviceState.ONLINE)
    await asyncio.sleep(0.05)
    assert not watch.keeper.state.events


async def test_a_driver_that_breaks_is_a_failure_and_no_more(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    watch.device.describe = broken  # type: ignore[method-assign,assignment]
    watch.keeper.start()
    await watch.until(lambda: DeviceState.WAITING in watch.kinds())
    assert watch.keeper.state.failure is FailureKind.INTERNAL or len(watch.driver.made) > 1
    assert "ZeroDivisionError" in caplog.text


async def test_whoever_takes_events_badly_stops_nothing(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.fault = ValueError("no")
    watch.keeper.start()
    await watch.until(lambda: watch.keeper.state.events)
    watch.device.happened.put_nowait(EVENT)
    watch.device.happened.put_nowait(EVENT)
    await watch.until(lambda: len(watch.events) == 2)
    assert "was not taken" in caplog.text


async def test_stopped_it_says_so(watch: Watch) -> None:
    watch.keeper.start()
    await watch.until(lambda: watch.keeper.state.events)
    await watch.keeper.stop()
    assert watch.keeper.state.state is DeviceState.STOPPED
    with pytest.raises(DeviceError, match="not connected"):
        _ = watch.keeper.control
