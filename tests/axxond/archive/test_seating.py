"""Which volume is written, and which one gives up footage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from axxond.archive import seating, segment
from axxond.archive.archive import Archive
from axxond.archive.catalog import Catalog
from axxond.archive.health import Health
from axxond.archive.lane import Lane
from axxond.archive.model import ArchiveSettings, VolumeSettings
from axxond.archive.seating import choose, should_leave
from tests.axxond.archive.media import T0, ManualClock, feed, hub_of, link, read_all, stream

SECOND = 1_000_000
HOUR = 3600 * SECOND
_Lanes = list[tuple[int, int, bool, bool, int | None]]


def _lane(number: int, quota: int, used: int, **state: object) -> Lane:
    clock, catalog = ManualClock(), Catalog()
    catalog.used_bytes = used
    lane = Lane(number, None, catalog, Health("", Path("x"), clock, lambda one: None), clock)  # type: ignore[arg-type]
    lane.quota_bytes = quota
    lane.ready = True
    for name, value in state.items():
        setattr(lane, name, value)
    return lane


_SIZE = st.integers(0, 1 << 42)


@given(
    st.lists(
        st.tuples(st.integers(1, 1 << 42), _SIZE, st.booleans(), st.booleans(), st.none() | _SIZE),
        min_size=1,
        max_size=5,
    )
)
def test_a_link_goes_where_there_is_room_and_else_where_it_works(volumes: _Lanes) -> None:
    lanes = [
        _lane(number, quota, used, ready=ready, stuffed=stuffed, free_bytes=free)
        for number, (quota, used, ready, stuffed, free) in enumerate(volumes)
    ]
    chosen = choose(lanes)
    fit = [lane for lane in lanes if lane.fit]
    roomy = [lane for lane in fit if lane.has_room]
    if not any(lane.ready for lane in lanes):
        assert chosen is None
        return
    assert chosen in (roomy or fit or [lane for lane in lanes if lane.ready])
    if roomy and chosen is not None:
        fullness = [lane.catalog.used_bytes / lane.capacity_bytes for lane in roomy]
        assert chosen.catalog.used_bytes / chosen.capacity_bytes < min(fullness) + 0.1


def test_a_quota_that_the_disk_cannot_hold_is_no_room() -> None:
    small = _lane(0, 1 << 40, 1 << 30, free_bytes=1 << 20)
    large = _lane(1, 1 << 40, 1 << 39, free_bytes=1 << 38)
    assert (small.has_room, large.has_room) == (False, True)
    assert choose([small, large]) is large
    assert should_leave(small, [small, large])
    assert not should_leave(large, [small, large])


def test_the_floor_of_a_disk_is_no_room() -> None:
    lane = _lane(0, 1 << 40, 1 << 30, free_bytes=5 << 30, floor_bytes=5 << 30)
    assert not lane.has_room


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=5))
def test_when_all_are_full_the_oldest_footage_of_all_goes_next(ages_h: list[int]) -> None:
    lanes = [_lane(n, 1 << 40, 1 << 40, oldest_us=T0 + h * HOUR) for n, h in enumerate(ages_h)]
    lanes[0].catalog.last_us = T0 + 1000 * HOUR
    chosen = choose(lanes)
    assert chosen is not None
    assert chosen.oldest_us is not None
    assert chosen.oldest_us <= T0 + min(ages_h) * HOUR + 50 * HOUR


def test_of_two_as_old_the_one_that_was_given_less_is_next() -> None:
    lanes = [_lane(n, 1 << 40, 1 << 40, oldest_us=T0 + n * HOUR // 2) for n in range(2)]
    lanes[0].written_bytes = 1 << 30
    assert choose(lanes) is lanes[1]


# --- whole ---

_QUOTA = 600_000


def _settings(folder: Path, volumes: int, quotas: tuple[int, ...] = ()) -> ArchiveSettings:
    sizes = quotas or (_QUOTA,) * volumes
    more = tuple(VolumeSettings(folder / f"v{n}", sizes[n]) for n in range(1, volumes))
    return ArchiveSettings("a", folder / "v0", sizes[0], more=more)


class _Year:
    """One camera, recorded second by second; what there is of it is looked at each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(segment, "SEGMENT_SPAN_US", 3 * SECOND)
        self.clock = ManualClock()
        self.at = 0

    async def record(self, archive: Archive, seconds: int) -> None:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        for _ in range(seconds):
            await feed(archive, hub, stream(range(self.at, self.at + 25)), self.clock)
            await archive.made_room()
            self.at += 25
        archive.recorder.detach("link-cam")
        await archive.flush()
        await archive.made_room()


async def _first_second(archive: Archive) -> float:
    return (min(one.pts_us for one in await read_all(archive)) - T0) / SECOND


@asynccontextmanager
async def _opened(settings: ArchiveSettings, year: _Year) -> AsyncIterator[Archive]:
    archive = await Archive.open(settings, year.clock, lambda one: None)
    try:
        yield archive
    finally:
        await archive.close()


async def test_a_disk_that_is_added_is_filled_before_anything_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = _Year(monkeypatch)
    async with _opened(_settings(tmp_path, 1), year) as archive:
        await year.record(archive, 60)
        kept_from_s = await _first_second(archive)
        assert kept_from_s > 10  # it turned as a ring
    async with _opened(_settings(tmp_path, 2), year) as archive:
        for _ in range(12):
            await year.record(archive, 2)
            assert archive.stores[0].used_bytes <= _QUOTA
            assert await _first_second(archive) == kept_from_s
        assert archive.recorder.stats("cam").lost == 0


async def test_full_volumes_turn_as_one_ring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A younger disk must not lose footage while the other still has much older."""
    monkeypatch.setattr(seating, "_AS_OLD_US", 0)
    quota, year = 2_000_000, _Year(monkeypatch)
    async with _opened(_settings(tmp_path, 1, (quota,)), year) as archive:
        await year.record(archive, 120)
    firsts = []
    async with _opened(_settings(tmp_path, 2, (quota, quota)), year) as archive:
        for _ in range(50):
            await year.record(archive, 5)
            firsts.append(await _first_second(archive))
            # Volumes that are as old to within a twentieth share the work: some holes are there.
            sound_us = T0 + round((firsts[-1] + (year.at / 25 - firsts[-1]) / 5) * SECOND)
            line = await archive.reader.timeline("cam", sound_us, T0 + HOUR)
            assert [span.kind for span in line].count("footage") == 1
            for store in archive.stores:
                assert store.used_bytes <= quota
    assert firsts == sorted(firsts)
    assert firsts[-1] > 160
    a_second = sum(len(one.data) for one in stream(range(25)))
    assert year.at / 25 - firsts[-1] > 1.5 * quota / a_second  # both hold their share


async def test_a_quota_made_smaller_holds_although_another_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = _Year(monkeypatch)
    settings = _settings(tmp_path, 2, (_QUOTA, 10 * _QUOTA))
    async with _opened(settings, year) as archive:
        await year.record(archive, 40)
        used = archive.stores[0].used_bytes
        assert used > 100_000
        archive.limit(evolve(settings, quota_bytes=used // 2))
        await archive.made_room()
        assert 0 < archive.stores[0].used_bytes <= used // 2
