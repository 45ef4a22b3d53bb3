from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from axxond.analytics.objects import Tracked
from axxond.analytics.pipeline import (
    FULL_RATE,
    CameraAnalytics,
    DetectorEvent,
    DetectorSettings,
    Discard,
    Listener,
    Thrift,
)
from axxond.base.errors import ConfigError
from axxond.media.packet import Packet
from axxond.stream.hub import Gap, StreamHub, StreamKey
from axxond.stream.pool import DecoderPool
from protocol.types import Box, Codec, GapReason, Phase, StreamRole
from tests.fakes.coded import packets
from tests.fakes.crew import ThreadCrew
from tests.fakes.scene import Mover, SceneScript, shots
from tests.fakes.sounds import hiss, joined
from tests.fakes.sounds import packets as sound_packets

BEGIN_US = 1_700_000_000_000_000
PERSON = Mover(at=(-20, 70), speed=(60, 0), size=(18, 44), grey=190, enter_s=3, leave_s=9)


class StoppedClock:
    now = BEGIN_US + 60_000_000

    def now_us(self) -> int:
        return self.now

    def monotonic_us(self) -> int:
        return self.now


class Watch:
    """A camera's hub with analytics on it, and all that they report."""

    def __init__(self, pool: DecoderPool, kind: str = "motion") -> None:
        self.pool = pool
        self.hub = StreamHub(StreamKey("c1", StreamRole.LOW))
        self.events: list[DetectorEvent] = []
        self.drawn: list[tuple[int, list[Box]]] = []
        self.tracked: list[Tracked] = []
        self.lost: list[float] = []
        self.analytics = CameraAnalytics(
            "c1",
            [DetectorSettings("d1", kind, {"hold_s": 1})],
            self.hub,
            pool,
            Listener(
                self.events.append,
                lambda time_us, boxes: self.drawn.append((time_us, boxes)),
                self.tracked.append,
                self.lost.append,
            ),
            StoppedClock(),
        )

    async def play(self, coded: list[Packet]) -> None:
        """Publish, at the pace of the decoder."""
        done = self.analytics.stats.frames
        for first in range(0, len(coded), 20):
            for packet in coded[first : first + 20]:
                self.hub.publish(packet)
            done += len(coded[first : first + 20])
            async with asyncio.timeout(20):
                # The decoder's threads do not tell when they are done.
                while self.analytics.stats.frames < done:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)


@pytest.fixture(scope="module")
def walk() -> list[Packet]:
    """12 s: quiet, a person from 3 s to 8.7 s, quiet."""
    script = SceneScript(movers=(PERSON,))
    return packets((shot.time_us, shot.luma) for shot in shots(script, 12, BEGIN_US))


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    pool = DecoderPool(ThreadCrew())
    made = Watch(pool)
    made.analytics.start()
    yield made
    await made.analytics.stop()
    await pool.close()


async def test_a_person_in_a_coded_stream_is_one_event(watch: Watch, walk: list[Packet]) -> None:
    await watch.play(walk)
    await watch.analytics.stop()
    assert [(event.detector_id, event.phase) for event in watch.events] == [
        ("d1", Phase.BEGIN),
        ("d1", Phase.END),
    ]
    begin, end = (event.time_us - BEGIN_US for event in watch.events)
    assert 3_000_000 < begin < 4_200_000
    assert 9_000_000 < end < 11_000_000
    assert watch.events[0].boxes


async def test_boxes_are_drawn_while_something_moves_and_then_taken_away(
    watch: Watch, walk: list[Packet]
) -> None:
    await watch.play(walk)
    await watch.analytics.stop()
    assert all(boxes for _, boxes in watch.drawn[:-1])
    assert watch.drawn[-1][1] == []
    assert 40 <= len(watch.drawn) <= 65
    times = [time_us for time_us, _ in watch.drawn]
    assert times == sorted(times)


async def test_each_frame_tells_where_its_objects_are(walk: list[Packet]) -> None:
    pool = DecoderPool(ThreadCrew())
    watch = Watch(pool, "motion_in_area")
    watch.analytics.start()
    await watch.play(walk)
    await watch.analytics.stop()
    await pool.close()
    told = [one for one in watch.tracked if one.objects]
    assert len(told) >= 40
    assert {thing.id for one in told for thing in one.objects} == {1}
    for one in told:
        left, _, right, _ = PERSON.box((one.time_us - BEGIN_US) / 1e6) or (0, 0, 0, 0)
        box = one.objects[0].box
        assert one.objects[0].hidden or (box.x + box.w / 2) * 320 == pytest.approx(
            (left + right) / 2, abs=12
        )
    assert not any(one.cut for one in watch.tracked), "it was lost, not cut off"
    assert watch.tracked[-1].objects == ()


async def test_an_interruption_is_told_to_who_follows_objects(walk: list[Packet]) -> None:
    pool = DecoderPool(ThreadCrew())
    watch = Watch(pool, "motion_in_area")
    watch.analytics.start()
    await watch.play(walk[:60])
    watch.hub.interrupt(Gap(BEGIN_US + 6_100_000, GapReason.CAMERA_DOWN))
    await watch.play(walk[100:])
    await watch.analytics.stop()
    await pool.close()
    cuts = [one for one in watch.tracked if one.cut]
    assert [(one.time_us, one.objects) for one in cuts] == [(BEGIN_US + 6_100_000, ())]


async def test_an_interruption_ends_the_event_and_starts_none(
    watch: Watch, walk: list[Packet]
) -> None:
    await watch.play(walk[:60])
    assert [event.phase for event in watch.events] == [Phase.BEGIN]
    at_us = BEGIN_US + 6_500_000
    watch.hub.interrupt(Gap(at_us, GapReason.CAMERA_DOWN))
    await watch.play(walk[100:])
    await watch.analytics.stop()
    assert [(event.phase, event.time_us) for event in watch.events[1:]] == [(Phase.END, at_us)]


async def test_stopping_ends_what_is_going_on(watch: Watch, walk: list[Packet]) -> None:
    await watch.play(walk[:60])
    await watch.analytics.stop()
    assert [event.phase for event in watch.events] == [Phase.BEGIN, Phase.END]
    assert watch.events[1].time_us == StoppedClock.now
    assert watch.drawn[-1] == (StoppedClock.now, [])
    await watch.analytics.stop()
    assert len(watch.events) == 2


async def test_started_again_it_learns_anew(watch: Watch, walk: list[Packet]) -> None:
    await watch.play(walk[:20])
    await watch.analytics.stop()
    watch.analytics.start()
    await watch.play(walk[20:60])
    await watch.analytics.stop()
    assert [event.phase for event in watch.events] == [Phase.BEGIN, Phase.END]


async def test_wrong_settings_are_refused_before_anything_runs() -> None:
    pool = DecoderPool(ThreadCrew())
    hub = StreamHub(StreamKey("c1", StreamRole.LOW))
    wrong = [DetectorSettings("d1", "motion", {"preset": "forest"})]
    with pytest.raises(ConfigError, match="forest"):
        CameraAnalytics("c1", wrong, hub, pool, Listener(print, print), StoppedClock())
    await pool.close()


async def test_a_thrifty_camera_sees_fewer_pictures_and_then_all_again(
    watch: Watch, walk: list[Packet]
) -> None:
    await watch.play(walk[:20])
    watch.pool.tell(Thrift(4))
    await watch.play(walk[20:60])
    drawn = len(watch.drawn)
    watch.pool.tell(FULL_RATE)
    await watch.play(walk[60:90])
    assert drawn <= 10  # of 30 in which the person moves
    assert len(watch.drawn) - drawn >= 20
    assert [event.phase for event in watch.events] == [Phase.BEGIN]


async def test_a_camera_that_is_started_in_need_is_thrifty_from_the_start(
    walk: list[Packet],
) -> None:
    pool = DecoderPool(ThreadCrew())
    watch = Watch(pool)
    pool.tell(Thrift(4, Discard.NON_KEY))
    watch.analytics.start()
    for packet in walk:
        watch.hub.publish(packet)
    async with asyncio.timeout(20):
        while watch.analytics.stats.packets < len(walk):  # noqa: ASYNC110 - threads do not tell
            await asyncio.sleep(0.005)
    await watch.analytics.stop()
    await pool.close()
    assert watch.analytics.stats.frames == sum(packet.keyframe for packet in walk)


async def test_a_cameras_sound_is_heard_as_its_pictures_are_seen() -> None:
    pool = DecoderPool(ThreadCrew())
    watch = Watch(pool, "audio_noise")
    watch.analytics.start()
    roar = joined(hiss(2, -60, 8000), hiss(3, -15, 8000), hiss(3, -60, 8000))
    for packet in sound_packets(roar, 8000, Codec.PCMA, BEGIN_US):
        watch.hub.publish(packet)
    async with asyncio.timeout(20):
        while len(watch.events) < 2:  # noqa: ASYNC110 - threads do not tell
            await asyncio.sleep(0.005)
    await watch.analytics.stop()
    await pool.close()
    begin, end = watch.events
    assert (begin.kind, begin.phase, end.phase) == ("audio_noise", Phase.BEGIN, Phase.END)
    assert (begin.time_us - BEGIN_US) / 1e6 == pytest.approx(2, abs=0.1)
    assert (end.time_us - BEGIN_US) / 1e6 == pytest.approx(5, abs=0.1)
    assert watch.drawn == []


async def test_detectors_that_are_lost_end_what_they_began_and_begin_anew(
    walk: list[Packet],
) -> None:
    crew = ThreadCrew()
    pool = DecoderPool(crew)
    watch = Watch(pool, "motion_in_area")
    watch.analytics.start()
    await watch.play(walk[:60])
    assert [event.phase for event in watch.events] == [Phase.BEGIN]
    while crew.seats[-1].is_asked:  # noqa: ASYNC110 - the last picture is still looked at
        await asyncio.sleep(0.005)
    crew.seats[-1].lose()
    assert watch.lost == [0.0]
    begin, end = watch.events
    assert (end.phase, end.time_us) == (Phase.END, StoppedClock.now)
    assert (end.detector_id, end.object_id) == (begin.detector_id, begin.object_id)
    assert watch.drawn[-1] == (StoppedClock.now, [])
    assert watch.tracked[-1] == Tracked(StoppedClock.now, (), cut=True)
    for packet in walk[60:]:
        watch.hub.publish(packet)
    async with asyncio.timeout(20):
        while watch.analytics.stats.frames < len(walk) - 80:  # noqa: ASYNC110 - threads do not tell
            await asyncio.sleep(0.005)
    await watch.analytics.stop()
    assert len(watch.events) % 2 == 0
    assert watch.lost == [0.0]
    await pool.close()


async def test_other_detectors_are_refused_or_taken_while_it_runs(
    watch: Watch, walk: list[Packet]
) -> None:
    await watch.play(walk[:60])
    with pytest.raises(ConfigError, match="forest"):
        watch.analytics.change([DetectorSettings("d1", "motion", {"preset": "forest"})])
    watch.analytics.change([DetectorSettings("d2", "motion", {"hold_s": 1})])
    await watch.play(walk[60:])
    await watch.analytics.stop()
    assert [(event.detector_id, event.phase) for event in watch.events] == [
        ("d1", Phase.BEGIN),
        ("d1", Phase.END),
        ("d2", Phase.BEGIN),
        ("d2", Phase.END),
    ]


async def test_what_a_camera_sees_while_it_turns_is_no_event(
    watch: Watch, walk: list[Packet]
) -> None:
    watch.analytics.look_away(BEGIN_US + 20_000_000)
    await watch.play(walk)
    await watch.analytics.stop()
    assert watch.events == []
