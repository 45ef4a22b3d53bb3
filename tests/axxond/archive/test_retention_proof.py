"""The ring on real files: random quotas, arrivals and protections, watched at every deletion."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from attrs import define, field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from axxond.archive import volume
from axxond.archive.archive import Archive
from axxond.archive.errors import EbmlError
from axxond.archive.model import Protection, SegmentInfo
from axxond.archive.segment import scan
from tests.axxond.archive.media import (
    T0,
    ManualClock,
    hub_of,
    link,
    opened,
    payloads,
    read_all,
    video,
)

SECOND = 1_000_000
CAMERAS = ("a", "b")


@frozen
class Arrival:
    """A recording of some seconds, pictures of some size, by one of the cameras."""

    camera: str
    seconds: int
    size: int


@frozen
class Keep:
    """Protect some of what was recorded up to now, in shares of it."""

    camera: str
    begin: float
    end: float


@frozen
class Lift:
    """Unprotect what was protected first."""


arrivals = st.builds(Arrival, st.sampled_from(CAMERAS), st.integers(2, 5), st.integers(500, 4000))
keeps = st.builds(Keep, st.sampled_from(CAMERAS), st.floats(0, 1), st.floats(0, 1))
steps = st.lists(st.one_of(arrivals, arrivals, arrivals, keeps, st.just(Lift())), max_size=24)


@define
class Watch:
    """Sees every deletion before it happens."""

    archive: Archive
    folder: Path
    wrong: list[str] = field(factory=list)
    deleted: int = 0

    def look(self, path: str) -> None:
        gone = self._info(path)
        assert gone is not None
        self.deleted += 1
        protections = self.archive.protections.active()
        if any(_touches(one, gone) for one in protections):
            self.wrong.append(f"{path} was protected")
        for other in self._closed():
            older = other.begin_us < gone.begin_us
            if older and not any(_touches(one, other) for one in protections):
                self.wrong.append(f"{path} went before {other.path}, which is older")

    def _closed(self) -> list[SegmentInfo]:
        live = self.archive.stores[0].catalog.live.values()
        being_written = {one.info.path for one in live if one.info.open}
        paths = {str(path.relative_to(self.folder)) for path in self.folder.glob("*/*.mkv")}
        found = [self._info(path) for path in paths - being_written]
        return [one for one in found if one is not None]

    def _info(self, path: str) -> SegmentInfo | None:
        try:
            return scan(self.folder / path).info(0, path)
        except (EbmlError, FileNotFoundError):
            return None


def _touches(one: Protection, info: SegmentInfo) -> bool:
    same = one.camera == info.identity.camera
    return same and one.begin_us < info.end_us and one.end_us > info.begin_us


@define
class Ring:
    """Goes through the steps; remembers what was given and what is protected."""

    archive: Archive
    clock: ManualClock
    given: dict[str, list[tuple[int, bytes]]] = field(factory=lambda: {"a": [], "b": []})
    second: int = 0
    most_bytes: int = 0  # of one segment
    most_over_bytes: int = 0  # above the quota, after any second

    async def go(self, step: Arrival | Keep | Lift) -> None:
        match step:
            case Arrival():
                await self._arrive(step)
            case Keep():
                await self._keep(step)
            case Lift():
                active = self.archive.protections.active()
                if active:
                    await self.archive.unprotect(active[0].id, "tester")
        await self.archive.flush()
        await self.archive.made_room()
        await self.archive.flush()

    async def _arrive(self, step: Arrival) -> None:
        hub = hub_of(step.camera)
        self.archive.recorder.attach(link(step.camera), hub)
        begin = self.second
        for self.second in range(begin, begin + step.seconds):
            for number in range(self.second * 25, self.second * 25 + 25):
                packet = video(number, size=step.size)
                hub.publish(packet)
                self.given[step.camera].append((packet.pts_us, packet.data))
            self.clock.time_us = T0 + (self.second + 1) * SECOND
            await self.archive.recorder.flush()
            over = self.archive.used_bytes - self.archive.settings.quota_bytes
            self.most_over_bytes = max(self.most_over_bytes, over)
        self.archive.recorder.detach(f"link-{step.camera}")
        self.second += 1
        self.most_bytes = max(self.most_bytes, step.seconds * 25 * (step.size + 60) + 4096)

    async def _keep(self, step: Keep) -> None:
        span = self.clock.time_us - T0
        begin, end = sorted(T0 + int(share * span) for share in (step.begin, step.end))
        if begin < end:
            await self.archive.protect(step.camera, (begin, end), "evidence", "tester")

    async def lost(self) -> list[str]:
        """Packets within protections that were there when these were made, and are not now."""
        found = []
        for camera in CAMERAS:
            there = set(payloads(await read_all(self.archive, camera)))
            found += [
                f"{camera} at {at}"
                for at, data in self.given[camera]
                if data not in there and (camera, at) in self.due
            ]
        return found

    due: set[tuple[str, int]] = field(factory=set)

    async def note_protected(self) -> None:
        """What protections hold from now on."""
        self.due = set()
        for one in self.archive.protections.active():
            there = set(payloads(await read_all(self.archive, one.camera)))
            self.due |= {
                (one.camera, at)
                for at, data in self.given[one.camera]
                if one.begin_us <= at < one.end_us and data in there
            }


async def _prove(folder: Path, quota: int, course: list[Arrival | Keep | Lift]) -> int:
    clock = ManualClock()
    async with opened(folder, clock, quota_bytes=quota) as archive:
        watch, ring = Watch(archive, folder), Ring(archive, clock)
        _watched.append(watch)
        for step in course:
            await ring.go(step)
            assert watch.wrong == []
            assert await ring.lost() == []
            await ring.note_protected()
            assert ring.most_over_bytes <= ring.most_bytes
        return watch.deleted


_watched: list[Watch] = []


@pytest.fixture
def watch_deletions(monkeypatch: pytest.MonkeyPatch) -> None:
    real = volume.Volume._delete

    def delete(self: volume.Volume, path: str) -> None:
        _watched[-1].look(path)
        real(self, path)

    monkeypatch.setattr(volume.Volume, "_delete", delete)


@pytest.mark.usefixtures("watch_deletions")
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(300_000, 2_000_000), steps)
def test_protected_footage_stays_the_oldest_other_goes_and_the_quota_holds(
    quota: int, course: list[Arrival | Keep | Lift]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_prove(Path(folder), quota, course))


@pytest.mark.usefixtures("watch_deletions")
async def test_the_proof_sees_deletions(tmp_path: Path) -> None:
    course = [Arrival("a", 5, 4000), Keep("a", 0, 0.5), *[Arrival("b", 5, 4000)] * 6]
    assert await _prove(tmp_path, 1_000_000, course) > 0
