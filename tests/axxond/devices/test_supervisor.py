"""The supervisor keeps a stream running whatever its source does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from axxond.base.clock import SystemClock
from axxond.devices.control import ControlSettings
from axxond.devices.port import DeviceError, Sink, Source, StreamSettings
from axxond.devices.supervisor import TRANSITIONS, Backoff, StreamState, StreamSupervisor
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, DeviceState, FailureKind, MediaKind, VideoFormat

SETTINGS = StreamSettings(
    "rtsp://guard:hidden@192.0.2.10/x", connect_timeout_s=0.1, stall_timeout_s=0.2
)
QUICK = Backoff(first_s=0.01, longest_s=0.05, settled_s=0.1)
VIDEO = VideoFormat(Codec.H264, 320, 240)
AUDIO = AudioFormat(Codec.PCMU, 8000, 1)
PICTURE = Packet(VIDEO, b"x", 1, 1, 40_000, True)
SOUND = Packet(AUDIO, b"x", 1, 1, 20_000, True)

Script = Callable[[Sink], Awaitable[None]]


@define
class ScriptedDriver:
    """Its n-th source runs the n-th script; the last one for ever after."""

    scripts: list[Script]
    name: str = "scripted"
    runs: int = 0
    cancelled: int = 0

    def control(self, settings: ControlSettings) -> None:
        return None

    def source(self, settings: StreamSettings) -> Source:
        return _Source(self)


@define
class _Source:
    driver: ScriptedDriver

    async def run(self, sink: Sink) -> None:
        driver = self.driver
        script = driver.scripts[min(driver.runs, len(driver.scripts) - 1)]
        driver.runs += 1
        try:
            await script(sink)
        except asyncio.CancelledError:
            driver.cancelled += 1
            raise


async def forever(sink: Sink) -> None:
    while True:
        sink.packet(PICTURE)
        await asyncio.sleep(0.02)


async def refused(_: Sink) -> None:
    raise DeviceError(FailureKind.UNREACHABLE, "refused")


async def broken(_: Sink) -> None:
    raise ZeroDivisionError


async def ends(sink: Sink) -> None:
    sink.packet(PICTURE)


async def silent(sink: Sink) -> None:
    sink.packet(PICTURE)
    while True:
        sink.packet(SOUND)
        await asyncio.sleep(0.02)


async def mute(_: Sink) -> None:
    await asyncio.sleep(60)


@define
class Watched:
    driver: ScriptedDriver
    states: list[StreamState] = field(factory=list)
    packets: list[Packet] = field(factory=list)
    supervisor: StreamSupervisor = field(init=False)
    changed: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        self.supervisor = StreamSupervisor(
            SETTINGS, self.driver, self.packets.append, self.on_state, SystemClock(), backoff=QUICK
        )

    def on_state(self, state: StreamState) -> None:
        self.states.append(state)
        self.changed.set()

    async def reaches(self, state: DeviceState, times: int = 1) -> StreamState:
        while len(found := [one for one in self.states if one.state is state]) < times:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 10)
        return found[times - 1]


Watch = Callable[..., Watched]


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    watched = []

    def start(*scripts: Script) -> Watched:
        watched.append(Watched(ScriptedDriver(list(scripts))))
        watched[-1].supervisor.start()
        return watched[-1]

    yield start
    for each in watched:
        await each.supervisor.stop()


async def test_the_first_picture_makes_it_online(watch: Watch) -> None:
    watched = watch(forever)
    await watched.reaches(DeviceState.ONLINE)
    assert [state.state for state in watched.states] == [
        DeviceState.CONNECTING,
        DeviceState.ONLINE,
    ]
    assert watched.packets[0] is PICTURE
    assert watched.supervisor.state.failure is None
    await watched.supervisor.stop()
    assert watched.states[-1].state is DeviceState.STOPPED
    assert watched.driver.cancelled == 1


async def test_a_failure_is_told_and_tried_again(watch: Watch) -> None:
    watched = watch(refused, refused, forever)
    state = await watched.reaches(DeviceState.WAITING)
    assert (state.failure, state.reason) == (FailureKind.UNREACHABLE, "refused")
    await watched.reaches(DeviceState.ONLINE)
    assert watched.driver.runs == 3


async def test_a_picture_that_stops_coming_is_a_stall_though_sound_goes_on(watch: Watch) -> None:
    watched = watch(silent, forever)
    state = await watched.reaches(DeviceState.WAITING)
    assert state.failure is FailureKind.STALLED
    assert "0.2 s" in state.reason
    assert watched.driver.cancelled == 1
    await watched.reaches(DeviceState.ONLINE, 2)


async def test_the_first_packets_after_an_interruption_are_discontinuities(watch: Watch) -> None:
    async def picture_and_sound(sink: Sink) -> None:
        for packet in (PICTURE, SOUND, PICTURE):
            sink.packet(packet)

    watched = watch(picture_and_sound, picture_and_sound, mute)
    await watched.reaches(DeviceState.WAITING, 2)
    marks = [(packet.kind, packet.discontinuity) for packet in watched.packets]
    video, audio = MediaKind.VIDEO, MediaKind.AUDIO
    assert marks[:3] == [(video, False), (audio, False), (video, False)]
    assert marks[3:] == [(video, True), (audio, True), (video, False)]


async def test_a_source_that_never_connects_is_ended(watch: Watch) -> None:
    watched = watch(mute, forever)
    assert (await watched.reaches(DeviceState.WAITING)).failure is FailureKind.STALLED
    await watched.reaches(DeviceState.ONLINE)


async def test_a_source_that_simply_returns_has_closed(watch: Watch) -> None:
    state = await watch(ends).reaches(DeviceState.WAITING)
    assert state.failure is FailureKind.CLOSED
    assert "hidden" not in state.reason


async def test_a_bug_in_a_driver_is_a_failure_like_any_other(watch: Watch) -> None:
    watched = watch(broken, forever)
    state = await watched.reaches(DeviceState.WAITING)
    assert state.failure is FailureKind.INTERNAL
    assert "ZeroDivisionError" in state.reason
    assert "hidden" not in state.reason
    await watched.reaches(DeviceState.ONLINE)


async def test_a_listener_that_raises_stops_nothing(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watched = watch(forever)
    watched.supervisor._on_packet = lambda _: 1 / 0  # type: ignore[assignment,return-value]
    await watched.reaches(DeviceState.ONLINE)
    await asyncio.sleep(0.1)
    assert watched.supervisor.state.state is DeviceState.ONLINE
    assert "hidden" not in caplog.text
    assert caplog.text.count("are not taken") == 1


async def test_starting_twice_runs_one_source_and_it_can_start_again_after_a_stop(
    watch: Watch,
) -> None:
    watched = watch(forever)
    watched.supervisor.start()
    await watched.reaches(DeviceState.ONLINE)
    assert watched.driver.runs == 1
    await watched.supervisor.stop()
    await watched.supervisor.stop()
    watched.supervisor.start()
    await watched.reaches(DeviceState.ONLINE, 2)


async def test_stopping_while_waiting_ends_at_once(watch: Watch) -> None:
    watched = watch(refused)
    await watched.reaches(DeviceState.WAITING, 3)
    await watched.supervisor.stop()
    runs = watched.driver.runs
    await asyncio.sleep(0.1)
    assert watched.driver.runs == runs


async def test_the_camera_s_clock_is_kept(watch: Watch) -> None:
    watched = watch(forever)
    assert watched.supervisor.timing.offset_us is None
    watched.supervisor.clock_offset(-5)
    assert watched.supervisor.timing.offset_us == -5


@given(row=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_waiting_grows_to_its_bound_with_jitter_and_never_ends(row: int, chance: float) -> None:
    backoff = Backoff()
    delay_s = backoff.delay_s(row, chance)
    assert 0.8 <= delay_s <= 36.001
    assert delay_s <= 1.2001 * backoff.first_s * backoff.growth ** min(row - 1, 50)
    assert backoff.delay_s(1, 1) < 2
    assert backoff.delay_s(10_000, 0.5) == 30


def test_every_state_has_its_followers() -> None:
    assert set(TRANSITIONS) == set(DeviceState)
