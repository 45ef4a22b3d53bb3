"""The ring and what it must leave alone, on real files and a real index."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.archive.errors import Trouble, TroubleKind
from axxond.archive.matroska.cluster import ClusterHead, Mark
from axxond.archive.model import Entry, Identity, Protection, SegmentInfo, VolumeSettings
from axxond.archive.protections import Protections
from axxond.archive.segment import Appended, Closed, Opened
from axxond.archive.store import Store
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
)

SECOND = 1_000_000
SEGMENT_S = 10


@frozen
class Arrival:
    """A segment of a camera, `size` bytes; then perhaps a protection of the past, or one that is
    lifted."""

    camera: int
    size: int
    protect: tuple[int, int, int] | None  # camera, begin, length in segments before now
    lift: bool


arrivals = st.lists(
    st.builds(
        Arrival,
        st.integers(0, 2),
        st.integers(1, 1000),
        st.none() | st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(1, 3)),
        st.booleans(),
    ),
    min_size=5,
    max_size=50,
)


class Ring:
    """Arrivals written as a volume's writer would, and a model that is obviously right."""

    def __init__(self, folder: Path, quota: int) -> None:
        self.protections = Protections()
        self.clock = ManualClock()
        self.told: list[Trouble] = []
        settings_ = VolumeSettings(folder, quota)
        self.store = Store(0, settings_, self.clock, self.protections, self.told.append)
        self.folder = folder
        self.quota = quota
        self.there: dict[int, SegmentInfo] = {}

    async def arrive(self, number: int, one: Arrival) -> None:
        begin = T0 + number * SEGMENT_S * SECOND
        who = Identity(f"c{one.camera}", "name", StreamRole.HIGH, f"l{one.camera}")
        path = f"day/{number}.mkv"
        (self.folder / "day").mkdir(exist_ok=True)
        (self.folder / path).write_bytes(bytes(one.size))
        info = SegmentInfo(number + 1, path, who, begin, begin, 0, open=True)
        end = begin + SEGMENT_S * SECOND
        head = ClusterHead(one.size, 0, 0, Mark.KEY, begin, end, 0, 1, 0, 1)
        entry = Entry(begin, end, 0, one.size, 0, Mark.KEY)
        self.store.catalog.take(
            [Opened(info), Appended(info.id, entry, head), Closed(info.id, one.size)]
        )
        self.there[info.id] = evolve(info, end_us=end, bytes=one.size, open=False)
        self.clock.time_us = end
        await self._settle()

    async def protect(self, number: int, wish: tuple[int, int, int]) -> None:
        camera, back, length = wish
        begin = T0 + max(0, number - back) * SEGMENT_S * SECOND
        id_ = f"p{len(self.protections.all())}"
        end = begin + length * SEGMENT_S * SECOND
        one = Protection(id_, f"c{camera}", begin, end, "", "", 0)
        self.protections.add(one)
        self.store.protect()
        await self._settle()

    async def lift(self) -> None:
        active = self.protections.active()
        if active:
            self.protections.lift(active[0].id, "me", self.clock.time_us)
            self.store.protect()
            await self._settle()

    async def _settle(self) -> None:
        await self.store.commit()
        self.store.make_room(False)
        await self.store.made_room()
        await self.store.commit()

    def check(self) -> None:
        left = {int(path.stem) + 1 for path in self.folder.glob("day/*.mkv")}
        gone = set(self.there) - left
        assert not [n for n in gone if self.protections.keeps(self.there[n])]
        used = sum(self.there[number].bytes for number in left)
        assert used == self.store.used_bytes
        kept = sum(one.bytes for one in map(self.there.get, left) if self._is_kept(one))
        assert used <= max(self.quota, kept)
        # Nothing that could go is older than what has gone for room.
        deletable = [n for n in left if not self.protections.keeps(self.there[n])]
        newly = [n for n in gone if n in self.there]
        if deletable and newly:
            assert min(deletable) > max(newly)
        self.there = {number: self.there[number] for number in left}

    def _is_kept(self, one: SegmentInfo | None) -> bool:
        return one is not None and self.protections.keeps(one)


async def _turn(folder: Path, quota: int, arriving: list[Arrival]) -> None:
    ring = Ring(folder, quota)
    assert await ring.store.open()
    ring.store.begin()
    try:
        for number, one in enumerate(arriving):
            await ring.arrive(number, one)
            ring.check()
            if one.protect is not None:
                await ring.protect(number, one.protect)
                ring.check()
            if one.lift and number % 5 == 4:
                await ring.lift()
                left = dict(ring.there)
                ring.check()
                assert set(ring.there) <= set(left)
    finally:
        await ring.store.close()


@settings(max_examples=25, deadline=None)
@given(st.integers(500, 8000), arrivals)
def test_the_oldest_deletable_goes_and_nothing_protected(
    quota: int, arriving: list[Arrival]
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="ring-"))
    try:
        asyncio.run(_turn(folder, quota, arriving))
    finally:
        shutil.rmtree(folder)


async def test_protections_survive_a_lost_index(tmp_path: Path) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(200)), clock)
        period = T0 + SECOND, T0 + 2 * SECOND
        kept = await archive.protect("cam", period, "theft", "anna")
        other = await archive.protect("cam", period, "mistake", "anna")
        assert await archive.unprotect(other.id, "boss") is not None
        assert await archive.unprotect(other.id, "boss") is None
    for name in tmp_path.glob("index.sqlite3*"):  # noqa: ASYNC240
        name.unlink()
    async with opened(tmp_path, clock) as archive:
        assert archive.protections.active() == [kept]
        lifted = [one for one in archive.protections.all() if one.removed_us]
        assert [(one.id, one.removed_by) for one in lifted] == [(other.id, "boss")]


async def test_protected_footage_stays_when_the_quota_shrinks(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as archive:
        for part in range(4):
            hub = hub_of()
            archive.recorder.attach(link(), hub)
            await feed(archive, hub, stream(range(part * 100, part * 100 + 100)), clock)
            archive.recorder.detach("link-cam")
            await archive.flush()
        await archive.protect("cam", (T0 + 5 * SECOND, T0 + 6 * SECOND), "theft", "anna")
        used = archive.used_bytes
        archive.limit(evolve(archive.settings, quota_bytes=used // 2))
        await archive.made_room()
        await archive.flush()
        # The second of the four parts is kept; of the others the newest stays.
        wanted = [*range(100, 200), *range(300, 400)]
        assert payloads(await read_all(archive)) == payloads(stream(wanted))


async def test_a_volume_full_of_protected_footage_says_so_and_stops(tmp_path: Path) -> None:
    clock, hub, told = ManualClock(), hub_of(), list[Trouble]()
    async with opened(tmp_path, clock, on_trouble=told.append) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(200)), clock)
        one = await archive.protect("cam", (T0, T0 + 8 * SECOND), "theft", "anna")
        archive.limit(evolve(archive.settings, quota_bytes=archive.used_bytes))
        await archive.made_room()
        assert [(t.kind, t.over) for t in told] == [(TroubleKind.FULL, False)]
        used = archive.used_bytes
        await feed(archive, hub, stream(range(200, 300)), clock)
        assert archive.used_bytes == used
        await archive.unprotect(one.id, "anna")
        await archive.made_room()
        assert [(t.kind, t.over) for t in told][-1] == (TroubleKind.FULL, True)
        await feed(archive, hub, stream(range(300, 400)), clock)
        await archive.made_room()
        got = payloads(await read_all(archive))
        # What waited in memory meanwhile is there.
        assert got[-75:] == payloads(stream(range(350, 375)))
