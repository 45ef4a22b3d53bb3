from __future__ import annotations

from pathlib import Path

import pytest

from axxond.archive.link import Mode
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
    stream,
)


@pytest.mark.parametrize("gop", [1, 5, 25, 100])
async def test_what_goes_in_comes_back_byte_for_byte(tmp_path: Path, gop: int) -> None:
    clock, hub, sent = ManualClock(), hub_of(), stream(range(200), gop)
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, sent, clock)
    async with opened(tmp_path, clock) as archive:
        got = await read_all(archive)
        assert archive.recovery is not None
        assert archive.recovery.clean
    assert payloads(got) == payloads(sent)
    assert [one.keyframe for one in got] == [one.keyframe for one in sent]
    assert max(abs(a.pts_us - b.pts_us) for a, b in zip(got, sent, strict=True)) <= 50
    assert {one.format for one in got} == {one.format for one in sent}
    assert [one.duration_us for one in got] == [one.duration_us for one in sent]


async def test_footage_of_a_second_ago_is_there_while_it_is_being_written(tmp_path: Path) -> None:
    clock, hub, sent = ManualClock(), hub_of(), stream(range(110))
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, sent, clock)
        got = await read_all(archive)
        bounds = await archive.reader.bounds("cam")
    assert payloads(got) == payloads(sent[: 3 * 100])
    assert bounds == (T0, T0 + 100 * FRAME_US)


async def test_statistics_say_what_is_on_the_disk(tmp_path: Path) -> None:
    clock, hub, sent = ManualClock(), hub_of(), stream(range(101))
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, sent, clock)
        stats = archive.recorder.stats("cam")
    assert (stats.received, stats.packets, stats.key_frames, stats.lost) == (303, 300, 4, 0)
    assert stats.bytes == sum(map(len, payloads(sent[:300])))
    assert stats.recording


async def test_a_link_without_sound_records_none(tmp_path: Path) -> None:
    clock, hub, sent = ManualClock(), hub_of(), stream(range(60))
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(audio=False), hub)
        await feed(archive, hub, sent, clock)
        archive.recorder.detach("link-cam")
        await archive.flush()
        got = await read_all(archive)
        stats = archive.recorder.stats("cam")
    assert payloads(got) == payloads(one for one in sent if one.is_video)
    assert stats.received == stats.packets == 60


async def test_mode_never_records_nothing(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(mode=Mode.NEVER), hub)
        await feed(archive, hub, stream(range(60)), clock)
        assert await read_all(archive) == []
        assert not archive.recorder.stats("cam").recording
        assert await archive.reader.bounds("cam") is None
