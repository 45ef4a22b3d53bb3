"""A camera in several archives at once: nothing that one of them has is missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.app.footage import Footage
from axxond.archive.archive import Archive
from axxond.archive.export.camera import export_camera
from axxond.archive.export.port import CameraOrder
from axxond.archive.segment import scan
from axxond.archive.stored import Piece
from axxond.base.tasks import Worker
from axxond.media.packet import Packet
from tests.axxond.archive.media import T0, ManualClock, feed, hub_of, link, opened, video

SECOND = 1_000_000
_Seconds = tuple[int, int]


async def _record(archive: Archive, stretches: list[_Seconds]) -> None:
    clock = archive._clock
    assert isinstance(clock, ManualClock)
    for begin, end in stretches:
        hub = hub_of()
        archive.recorder.attach(link(), hub)
        clock.time_us = T0 + begin * SECOND
        await feed(archive, hub, [video(n) for n in range(begin * 25, end * 25)], clock)
        archive.recorder.detach("link-cam")
        await archive.flush()


@asynccontextmanager
async def _archives(folder: Path, parts: list[list[_Seconds]]) -> AsyncIterator[Footage]:
    async with AsyncExitStack() as stack:
        found = []
        for number, stretches in enumerate(parts):
            where = opened(folder / f"a{number}", ManualClock())
            archive = await stack.enter_async_context(where)
            await _record(archive, stretches)
            found.append((archive, "cam"))
        runtime: Any = SimpleNamespace(holding=lambda camera: found)
        nothing: Any = None
        yield Footage(runtime, nothing, nothing)


def _numbers(packets: list[Packet]) -> list[int]:
    return [int.from_bytes(one.data[:8]) for one in packets]


async def _read(footage: Footage, from_us: int, reverse: bool) -> list[int]:
    gops = [gop async for gop in footage.gops("cam", "", from_us, reverse, False, True)]
    return _numbers([one for gop in (reversed(gops) if reverse else gops) for one in gop])


def _all(parts: list[list[_Seconds]]) -> list[int]:
    return sorted({n for one in parts for begin, end in one for n in range(begin * 25, end * 25)})


@pytest.mark.parametrize(
    "parts",
    [
        [[(0, 30)]],
        [[(0, 10), (20, 30)], [(0, 30)]],
        [[(10, 20)], [(0, 30)]],
        [[(0, 10)], [(10, 20)], [(20, 30)]],
        [[(0, 8), (24, 30)], [(4, 12)], [(8, 26)]],
    ],
)
async def test_what_one_archive_lacks_another_fills_in(
    tmp_path: Path, parts: list[list[_Seconds]]
) -> None:
    async with _archives(tmp_path, parts) as footage:
        assert await _read(footage, T0, False) == _all(parts)
        assert await _read(footage, T0 + 40 * SECOND, True) == _all(parts)
        line = await footage.timelines(["cam"], T0, T0 + 30 * SECOND, 1)
        assert [(span.kind, span.begin_us, span.end_us) for span in line[0].spans] == [
            ("footage", T0, T0 + 30 * SECOND)
        ]


async def test_reading_begins_within_the_hole_of_the_nearest(tmp_path: Path) -> None:
    async with _archives(tmp_path, [[(0, 10), (20, 30)], [(0, 30)]]) as footage:
        got = await _read(footage, T0 + 12 * SECOND + SECOND // 2, False)
    assert got == list(range(12 * 25, 30 * 25))


def _longest(numbers: list[int]) -> int:
    """Of runs of numbers that follow each other."""
    longest = run = 0
    for at, number in enumerate(numbers):
        run = run + 1 if at and number == numbers[at - 1] + 1 else 1
        longest = max(longest, run)
    return longest


_stretches = st.lists(st.integers(0, 40), min_size=2, max_size=6, unique=True).map(
    lambda edges: [(a, b) for a, b in zip(*[iter(sorted(edges))] * 2, strict=False)]
)


@settings(max_examples=15, deadline=None)
@given(st.lists(_stretches, min_size=1, max_size=3))
def test_all_there_is_comes_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[_Seconds]]
) -> None:
    """Holes of up to 2 s are none; what another has of them may be left out."""

    async def run() -> None:
        async with _archives(tmp_path_factory.mktemp("together"), parts) as footage:
            forth = await _read(footage, T0, False)
            back = await _read(footage, T0 + 60 * SECOND, True)
            for got in (forth, back):
                assert got == sorted(set(got))
                missed = sorted(set(_all(parts)) - set(got))
                assert set(got) <= set(_all(parts))
                assert _longest(missed) <= 2 * 25

    asyncio.run(run())


class _Source:
    def __init__(self, footage: Footage) -> None:
        self._footage = footage

    def gops(
        self, camera: str, from_us: int, key_frames_only: bool, audio: bool
    ) -> AsyncIterator[Piece]:
        return self._footage.stored(camera, from_us, audio)

    def busy(self) -> bool:
        return False


async def test_an_export_holds_what_any_archive_has(tmp_path: Path) -> None:
    parts = [[(0, 10), (20, 30)], [(5, 25)]]
    worker = Worker("export")
    async with _archives(tmp_path, parts) as footage:
        order = CameraOrder("cam", "", T0, T0 + 30 * SECOND, "mkv")
        (film,) = await export_camera(_Source(footage), order, tmp_path, worker)
    worker.close()
    found = scan(film, full=True)
    assert found.damaged == 0
    assert found.header.duration_us == 30 * SECOND
    starts = [entry.start_us for entry in found.entries]
    assert starts == [T0 + second * SECOND for second in range(30)]
