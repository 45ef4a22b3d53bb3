from __future__ import annotations

import os
from pathlib import Path

import pytest
from attrs import evolve

from axxond.archive.archive import Archive
from axxond.archive.link import Mode, RecordingLink
from axxond.archive.segment import scan
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, Span, StreamRole, VideoFormat
from tests.axxond.archive.media import (
    FRAME_US,
    T0,
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    payloads,
    read_all,
    sound,
    stream,
    video,
)

SECOND = 1_000_000


async def record(archive: Archive, clock: ManualClock, packets: list[Packet]) -> None:
    """All of it on the disk, in a segment of its own."""
    hub = hub_of()
    archive.recorder.attach(link(), hub)
    await feed(archive, hub, packets, clock)
    archive.recorder.detach("link-cam")
    await archive.flush()


async def starts(archive: Archive, from_us: int, **how: bool) -> list[int]:
    """The seconds at which the GOPs begin that are read from a time on."""
    return [
        (gop[0].pts_us - T0) // SECOND async for gop in archive.reader.gops("cam", from_us, **how)
    ]


async def test_reading_begins_with_the_gop_that_holds_the_time(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, stream(range(200)))
        assert await starts(archive, T0 + 4_500_000) == [4, 5, 6, 7]
        assert await starts(archive, T0 + 4_000_000) == [4, 5, 6, 7]
        assert await starts(archive, T0 - 100 * SECOND) == list(range(8))
        assert await starts(archive, T0 + 100 * SECOND) == []


async def test_reading_backwards_gives_gops_newest_first(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, stream(range(100)))
        await record(archive, clock, stream(range(1000, 1100)))
        assert await starts(archive, T0 + 41_500_000, reverse=True) == [41, 40, 3, 2, 1, 0]
        assert await starts(archive, T0 + 20 * SECOND, reverse=True) == [3, 2, 1, 0]
        assert (await starts(archive, T0 + 500 * SECOND, reverse=True))[:1] == [43]
        assert await starts(archive, T0 - SECOND, reverse=True) == []
        async for gop in archive.reader.gops("cam", T0 + 500 * SECOND, reverse=True):
            assert gop[0].keyframe
            assert gop[0].discontinuity
            assert [one.dts_us for one in gop if one.is_video] == sorted(
                one.dts_us for one in gop if one.is_video
            )


async def test_a_hole_is_marked_and_passed_over(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, stream(range(100)))
        await record(archive, clock, stream(range(1000, 1100)))
        assert await starts(archive, T0 + 20 * SECOND) == [40, 41, 42, 43]
        got = await read_all(archive)
    marked = [(one.pts_us - T0) // SECOND for one in got if one.discontinuity]
    assert marked == [0, 40]
    assert payloads(got) == payloads(stream([*range(100), *range(1000, 1100)]))


@pytest.mark.parametrize("gop", [1, 25, 100])
async def test_key_frames_alone_are_read_when_asked(tmp_path: Path, gop: int) -> None:
    clock, sent = ManualClock(), stream(range(300), gop)
    keys = {one.data for one in sent if one.is_video and one.keyframe}
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, sent)
        for reverse in (False, True):
            at = T0 + 300 * SECOND if reverse else T0
            got = [
                one async for one in archive.reader.gops("cam", at, reverse, key_frames_only=True)
            ]
            assert {len(one) for one in got} == {1}
            assert all(one[0].data in keys for one in got)
            assert len(got) == {1: 30, 25: 12, 100: 3}[gop]
            times = [one[0].pts_us for one in got]
            assert times == sorted(times, reverse=reverse)


async def test_the_key_frame_at_a_time_is_the_one_before_it(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        assert await archive.reader.key_frame_at("cam", T0) is None
        await record(archive, clock, stream(range(100)))
        await record(archive, clock, stream(range(1000, 1100)))
        for at, wanted in [(2.5, 2), (3.0, 3), (20, 3), (41.9, 41), (100, 43), (-5, 0)]:
            frame = await archive.reader.key_frame_at("cam", T0 + int(at * SECOND))
            assert frame is not None
            assert frame.pts_us == T0 + wanted * SECOND


async def test_sound_is_left_out_when_not_wanted(tmp_path: Path) -> None:
    clock, sent = ManualClock(), stream(range(100))
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, sent)
        got = await read_all(archive, audio=False)
    assert payloads(got) == payloads(one for one in sent if one.is_video)


async def test_sound_alone_is_recorded_and_read(tmp_path: Path) -> None:
    clock, sent = ManualClock(), [sound(number) for number in range(300)]
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, sent)
        assert payloads(await read_all(archive)) == payloads(sent)
        assert await archive.reader.key_frame_at("cam", T0) is None


async def test_a_change_of_format_begins_a_segment(tmp_path: Path) -> None:
    clock = ManualClock()
    other = VideoFormat(Codec.H264, 1280, 720, b"\x01d\x00\x28\xff\xe1")
    changed = [
        evolve(one, format=other) if one.is_video else one for one in stream(range(60, 200))
    ]
    sent = stream(range(60)) + changed
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, sent)
        got = await read_all(archive)
    assert len(list(tmp_path.glob("*/*.mkv"))) == 2  # noqa: ASYNC240
    # Pictures 60 to 74 cannot be decoded in the new format: they wait for its key frame.
    lost = {one.data for one in changed[: 15 * 3] if one.is_video}
    for picture in (True, False):
        wanted = [one.data for one in sent if one.is_video is picture and one.data not in lost]
        assert [one.data for one in got if one.is_video is picture] == wanted
    assert {one.format for one in got if one.is_video} == {sent[0].format, other}


async def test_sound_in_a_new_format_waits_for_a_key_frame(tmp_path: Path) -> None:
    clock = ManualClock()
    other = AudioFormat(Codec.PCMA, 8000, 1)
    changed = [
        one if one.is_video else evolve(one, format=other) for one in stream(range(40, 125))
    ]
    sent = stream(range(40)) + changed
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, sent)
        got = await read_all(archive)
    assert sorted(payloads(got)) == sorted(payloads(sent))
    pictures = [one.data for one in got if one.is_video]
    assert pictures == [one.data for one in sent if one.is_video]
    sounds = [one for one in got if not one.is_video]
    assert payloads(sounds) == [one.data for one in sent if not one.is_video]
    assert [one.format for one in sounds] == [one.format for one in sent if not one.is_video]


async def test_the_high_stream_is_preferred_and_the_low_one_fills_in(tmp_path: Path) -> None:
    clock = ManualClock()
    high, low = hub_of(), hub_of(role=StreamRole.LOW)
    async with opened(tmp_path, clock) as archive:
        for name, hub in (("high", high), ("low", low)):
            archive.recorder.attach(RecordingLink(name, "cam", "n", Mode.CONTINUOUS), hub)
        for number in range(250):
            packet = video(number)
            low.publish(evolve(packet, data=b"low" + packet.data))
            if number < 150:
                high.publish(packet)
            clock.time_us = packet.pts_us
            if number % 6 == 0:
                await archive.recorder.flush()
        for name in ("high", "low"):
            archive.recorder.detach(name)
        await archive.flush()
        got = await read_all(archive)
        times = [one.pts_us for one in got]
        assert times == [T0 + number * FRAME_US for number in range(250)]
        assert [one.data[:3] == b"low" for one in got] == [False] * 150 + [True] * 100
        back = [
            one[0].pts_us
            async for one in archive.reader.gops("cam", T0 + 60 * SECOND, reverse=True)
        ]
        assert back == [T0 + second * SECOND for second in range(9, -1, -1)]


async def test_a_clock_set_back_loses_nothing_on_the_disk(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(1000, 1100)), clock)
        clock.time_us = T0
        await feed(archive, hub, stream(range(100)), clock)
        archive.recorder.detach("link-cam")
        await archive.flush()
        assert await starts(archive, T0) == [0, 1, 2, 3, 40, 41, 42, 43]


async def test_damaged_footage_is_passed_over(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, stream(range(200)))
        (segment,) = tmp_path.glob("*/*.mkv")  # noqa: ASYNC240
        entry = scan(segment).entries[3]
        fd = os.open(segment, os.O_RDWR)
        os.pwrite(fd, b"\xff\xff", entry.offset + entry.length - 10)
        os.close(fd)
        assert await starts(archive, T0) == [0, 1, 2, 4, 5, 6, 7]


async def test_a_segment_deleted_meanwhile_is_passed_over(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        await record(archive, clock, stream(range(50)))
        await record(archive, clock, stream(range(50, 100)))
        files = tmp_path.glob("*/*.mkv")  # noqa: ASYNC240
        min(files, key=lambda path: scan(path).header.origin_us).unlink()
        assert await starts(archive, T0) == [2, 3]


async def test_the_time_line_joins_segments_and_clips_to_the_period(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock, quota_bytes=6 << 20) as archive:  # small segments
        archive.recorder.attach(link(), hub)
        for begin in range(0, 3000, 25):
            for number in range(begin, begin + 25):
                hub.publish(video(number, size=1500))
            clock.time_us = T0 + begin * FRAME_US
            await archive.recorder.flush()
        await archive.flush()
        assert len(list(tmp_path.glob("*/*.mkv"))) >= 3  # noqa: ASYNC240
        spans = await archive.reader.timeline("cam", T0 + 5 * SECOND, T0 + 70 * SECOND)
        assert spans == [Span(T0 + 5 * SECOND, T0 + 70 * SECOND, "footage")]
        assert await archive.reader.timeline("cam", T0 - 9, T0) == []
        assert await archive.reader.timeline("other", T0, T0 + SECOND) == []
        assert await archive.reader.bounds("other") is None


async def test_a_long_gop_is_read_as_one(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(230), gop=100), clock)
        gops = [one async for one in archive.reader.gops("cam", T0)]
        # The newest GOP is read as far as it is on the disk: less than two seconds are missing.
        assert [sum(one.is_video for one in gop) for gop in gops[:2]] == [100, 100]
        assert sum(len(gop) for gop in gops) > 690 - 2 * 75
        entries = scan(next(tmp_path.glob("*/*.mkv"))).entries  # noqa: ASYNC240
        assert len(entries) >= 8
        assert sum(one.key for one in entries) == 3
