from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from axxond.archive.model import Identity, SegmentInfo
from axxond.archive.retention import segment_limit, victims
from axxond.base.units import DAY_US, MIB
from protocol.types import StreamRole
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
    video,
)

WHO = Identity("cam", "name", StreamRole.HIGH, "link")


def segment(number: int, size: int, begin_us: int = T0, span_us: int = 1_000_000) -> SegmentInfo:
    return SegmentInfo(number, f"{number}.mkv", WHO, begin_us, begin_us + span_us, size)


sizes = st.lists(st.integers(1, 300 * MIB), max_size=40)


@given(sizes, st.integers(-(10**9), 10**10), st.integers(0, 30))
def test_the_oldest_go_just_until_quota_and_days_hold(
    of: list[int], excess: int, days: int
) -> None:
    stored = [segment(n, size, T0 + n * DAY_US) for n, size in enumerate(of)]
    now = T0 + len(of) * DAY_US
    gone = victims(stored, excess, now, days)
    assert gone == stored[: len(gone)]
    kept = stored[len(gone) :]
    assert not kept or sum(one.bytes for one in gone) >= excess
    assert not days or all(one.end_us >= now - days * DAY_US for one in kept)
    if gone and (not days or gone[-1].end_us >= now - days * DAY_US):
        assert sum(one.bytes for one in gone[:-1]) < excess  # not one more than needed


@given(
    st.integers(1, 20).map(lambda mib: mib * MIB),
    st.lists(st.tuples(st.integers(0, 7), st.integers(1, 200_000)), max_size=400),
)
def test_the_quota_is_never_exceeded_by_more_than_a_segment(
    quota: int, arrivals: list[tuple[int, int]]
) -> None:
    """Cameras write in any order; what is over is deleted after each write."""
    most = segment_limit(quota, 8, 256 * MIB)
    open_sizes: dict[int, int] = {}
    closed: list[SegmentInfo] = []
    for at, (camera, size) in enumerate(arrivals):
        if open_sizes.get(camera, 0) + size > most and camera in open_sizes:
            closed.append(segment(at, open_sizes.pop(camera)))
        open_sizes[camera] = open_sizes.get(camera, 0) + size
        used = sum(one.bytes for one in closed) + sum(open_sizes.values())
        gone = victims(closed, used - quota, T0, 0)
        closed = closed[len(gone) :]
        used -= sum(one.bytes for one in gone)
        assert used <= quota + most


async def test_the_ring_keeps_the_newest_within_the_quota(tmp_path: Path) -> None:
    clock, hubs = ManualClock(), [hub_of(f"c{n}") for n in range(2)]
    quota, most = 4 * MIB, 0
    async with opened(tmp_path, clock, quota) as archive:
        for hub in hubs:
            archive.recorder.attach(link(hub.key.camera), hub)
        for second in range(160):
            for number in range(second * 25, second * 25 + 25):
                packet = video(number, size=4000)
                for hub in hubs:
                    hub.publish(packet)
            clock.time_us = T0 + (second + 1) * 1_000_000
            await archive.recorder.flush()
            await archive.made_room()
            most = max(most, archive.used_bytes)
        await archive.flush()
        on_disk = sum(file.stat().st_size for file in tmp_path.glob("*/*.mkv"))  # noqa: ASYNC240
        assert archive.used_bytes == on_disk
        limit = segment_limit(quota, 2, 256 * MIB)
        assert quota - 2 * limit < on_disk <= quota + limit
        assert most <= quota + limit
        first = archive.first_us
        for hub in hubs:
            got = await read_all(archive, hub.key.camera)
            times = [one.pts_us for one in got]
            assert times == list(range(times[0], T0 + 159 * 1_000_000, 40_000))
            assert first is not None
            assert abs(times[0] - first) < 30_000_000
            assert archive.recorder.stats(hub.key.camera).lost == 0


async def test_old_footage_goes_by_days(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(50)), clock)
        archive.recorder.detach("link-cam")
        await archive.flush()
    clock.time_us += 3 * DAY_US
    async with opened(tmp_path, clock, days=4) as archive:
        await archive.made_room()
        assert len(payloads(await read_all(archive))) == 150
    clock.time_us += 2 * DAY_US
    async with opened(tmp_path, clock, days=4) as archive:
        await archive.made_room()
        await archive.flush()
        assert await read_all(archive) == []
        assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == ["ledger"]  # noqa: ASYNC240
        assert archive.used_bytes == 0


async def test_a_quota_made_smaller_takes_effect_at_once(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        for part in range(4):
            hub = hub_of()
            archive.recorder.attach(link(), hub)
            await feed(archive, hub, stream(range(part * 100, part * 100 + 100)), clock)
            archive.recorder.detach("link-cam")
            await archive.flush()
        used = archive.used_bytes
        settings = type(archive.settings)("archive", tmp_path, used // 2)
        archive.limit(settings)
        await archive.made_room()
        await archive.flush()
        assert archive.used_bytes <= used // 2
        assert payloads(await read_all(archive)) == payloads(stream(range(200, 400)))
