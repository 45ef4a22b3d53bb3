"""Recording around events: pre-event from memory, no packet twice, none missed."""

from __future__ import annotations

from pathlib import Path

from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.stream.hub import StreamHub
from tests.axxond.archive.media import (
    T0,
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    payloads,
    read_all,
    stream,
)

SECOND = 1_000_000


def event_link(pre_s: float = 2, post_s: float = 3) -> RecordingLink:
    return link(
        mode=Mode.EVENT, pre_event_us=int(pre_s * SECOND), post_event_us=int(post_s * SECOND)
    )


async def play(
    archive: Archive,
    hub: StreamHub,
    clock: ManualClock,
    seconds: range,
    triggers: dict[int, list[tuple[bool, str]]],
) -> None:
    """Second by second (25 frames, one GOP each); triggers happen after a second's frames."""
    for second in seconds:
        await feed(archive, hub, stream(range(second * 25, second * 25 + 25)), clock)
        clock.time_us = T0 + (second + 1) * SECOND
        for on, source in triggers.get(second, []):
            archive.recorder.trigger("cam", on, clock.time_us, source)
        await archive.recorder.flush()


def seconds(begin: int, end: int) -> list[bytes]:
    return payloads(stream(range(begin * 25, end * 25)))


async def test_an_event_is_recorded_with_what_was_before_and_after_it(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(), hub)
        await play(archive, hub, clock, range(20), {9: [(True, "")], 11: [(False, "")]})
        got = payloads(await read_all(archive))
        assert not archive.recorder.stats("cam").recording
    # The event lasts from 10 s to 12 s: 2 s before, 3 s after it.
    assert got == seconds(8, 15)


async def test_nothing_is_recorded_without_an_event(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(), hub)
        await play(archive, hub, clock, range(10), {})
        assert await read_all(archive) == []


async def test_overlapping_events_are_one_recording(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    triggers = {9: [(True, "a")], 10: [(True, "b")], 11: [(False, "a")], 14: [(False, "b")]}
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(), hub)
        await play(archive, hub, clock, range(25), triggers)
        got = payloads(await read_all(archive))
    assert got == seconds(8, 18)


async def test_an_event_within_the_last_ones_post_event_extends_it(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    triggers = {
        9: [(True, "")],
        10: [(False, "")],
        12: [(True, "")],
        13: [(False, "")],
    }
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(), hub)
        await play(archive, hub, clock, range(25), triggers)
        got = payloads(await read_all(archive))
    assert got == seconds(8, 17)


async def test_an_event_right_after_another_repeats_nothing(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    triggers = {
        9: [(True, "")],
        10: [(False, "")],
        15: [(True, "")],  # its pre-event reaches into what is recorded already
        16: [(False, "")],
    }
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(pre_s=4), hub)
        await play(archive, hub, clock, range(25), triggers)
        got = payloads(await read_all(archive))
    assert got == seconds(6, 20)


async def test_the_ring_is_asked_for_the_pre_event_and_released(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(pre_s=20), hub)
        assert hub.ring.span_us == 20 * SECOND
        archive.recorder.detach("link-cam")
        assert hub.ring.span_us == 2 * SECOND


async def test_other_event_times_do_not_break_a_recording(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(), hub)
        await play(archive, hub, clock, range(11), {9: [(True, "")]})
        archive.recorder.attach(event_link(pre_s=1, post_s=1), hub)
        await play(archive, hub, clock, range(11, 20), {12: [(False, "")]})
        got = payloads(await read_all(archive))
    assert got == seconds(8, 14)


async def test_two_links_of_one_camera_record_apart(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(event_link(), hub)
        always = RecordingLink("always", "cam", "Name", Mode.CONTINUOUS, audio=False)
        archive.recorder.attach(always, hub)
        await play(archive, hub, clock, range(12), {5: [(True, "")], 6: [(False, "")]})
        stats = archive.recorder.stats("cam")
    # 12 s of pictures and, by the other link, 7 s with sound; the newest second not written yet.
    assert stats.received == 12 * 25 + 6 * 75
    assert len(list(tmp_path.glob("*/*.mkv"))) == 2  # noqa: ASYNC240
