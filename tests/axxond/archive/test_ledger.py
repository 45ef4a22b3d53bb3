from __future__ import annotations

from pathlib import Path

from axxond.archive.ledger import GapTracker
from axxond.stream.hub import Gap
from protocol.types import GapReason, Span
from tests.axxond.archive.media import (
    FRAME_US,
    T0,
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    stream,
)

SECOND = 1_000_000


def test_unbroken_footage_makes_no_gap() -> None:
    tracker = GapTracker("cam", "link")
    tracker.want(T0)
    for second in range(10):
        begin = T0 + second * SECOND + 50_000
        assert tracker.footage(begin, begin + SECOND) is None


def test_the_first_cause_of_a_gap_stands() -> None:
    tracker = GapTracker("cam", "link")
    tracker.want(T0)
    tracker.footage(T0, T0 + SECOND)
    tracker.blame(GapReason.CAMERA_DOWN, "no answer", T0 + 2 * SECOND)
    tracker.blame(GapReason.OVERLOAD, "too much", T0 + 3 * SECOND)
    gap = tracker.footage(T0 + 60 * SECOND, T0 + 61 * SECOND)
    assert gap is not None
    assert (gap.begin_us, gap.end_us) == (T0 + SECOND, T0 + 60 * SECOND)
    assert (gap.reason, gap.text) == (GapReason.CAMERA_DOWN, "no answer")


def test_a_cause_without_a_gap_is_forgotten() -> None:
    tracker = GapTracker("cam", "link")
    tracker.want(T0)
    tracker.blame(GapReason.OVERLOAD, "for a moment", T0 + SECOND // 2)
    tracker.footage(T0, T0 + SECOND)
    tracker.footage(T0 + SECOND, T0 + 2 * SECOND)
    gap = tracker.footage(T0 + 60 * SECOND, T0 + 61 * SECOND)
    assert gap is not None
    assert gap.reason is GapReason.UNKNOWN


def test_what_is_not_wanted_is_no_gap() -> None:
    tracker = GapTracker("cam", "link")
    assert tracker.footage(T0, T0 + SECOND) is None
    assert tracker.going_on(T0 + 100 * SECOND) is None
    tracker.want(T0)
    tracker.unwant()
    assert tracker.going_on(T0 + 100 * SECOND) is None


async def test_a_camera_that_was_down_shows_as_a_gap_with_its_reason(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(100)), clock)
        hub.interrupt(Gap(clock.time_us, GapReason.CAMERA_DOWN, "no route to it"))
        clock.time_us += 10 * SECOND
        await archive.flush()
        going_on = await archive.reader.timeline("cam", T0, T0 + 60 * SECOND)
        await feed(archive, hub, stream(range(500, 551)), clock)
        over = await archive.reader.timeline("cam", T0, T0 + 60 * SECOND)
    reason = "camera-down: no route to it"
    end = T0 + 100 * FRAME_US
    first = Span(T0, end, "footage")
    assert going_on == [first, Span(end, T0 + 199 * 20_000 + 10 * SECOND, "gap", reason)]
    back = T0 + 500 * FRAME_US
    second = Span(back, back + 50 * FRAME_US, "footage")
    assert over == [first, Span(end, back, "gap", reason), second]


async def test_a_restart_is_a_gap_from_the_last_footage_on(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(100)), clock)
    clock.time_us = T0 + 30 * SECOND
    async with opened(tmp_path, clock) as archive:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(750, 801)), clock)
        spans = await archive.reader.timeline("cam", T0, T0 + 60 * SECOND)
    assert [span.kind for span in spans] == ["footage", "gap", "footage"]
    assert spans[1].reason.startswith("restart")
    assert (spans[1].begin_us, spans[1].end_us) == (T0 + 100 * FRAME_US, T0 + 30 * SECOND)


async def test_a_pause_after_detach_is_not_a_gap(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(100)), clock)
        archive.recorder.detach("link-cam")
    clock.time_us = T0 + 30 * SECOND
    async with opened(tmp_path, clock) as archive:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(750, 801)), clock)
        spans = await archive.reader.timeline("cam", T0, T0 + 60 * SECOND)
    assert [span.kind for span in spans] == ["footage", "footage"]


async def test_a_camera_that_never_came_shows_why(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        hub.interrupt(Gap(clock.time_us, GapReason.CAMERA_DOWN, "wrong password"))
        clock.time_us += 20 * SECOND
        await archive.flush()
        spans = await archive.reader.timeline("cam", T0, T0 + 60 * SECOND)
    assert spans == [Span(T0, T0 + 20 * SECOND, "gap", "camera-down: wrong password")]
