"""Footage that is passed on as it is stored: the film holds what one made of packets does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.archive.export import line
from axxond.archive.export.port import CameraOrder
from axxond.archive.matroska.cluster import Block, decode_blocks, decode_head
from axxond.archive.segment import Scan, scan
from axxond.archive.stored import Piece
from axxond.media.packet import Packet
from protocol.types import Codec
from tests.axxond.archive import encoded
from tests.axxond.archive.export.made import SECOND, Source, export, record
from tests.axxond.archive.media import T0, ManualClock, opened, stream

CLUSTER = b"\x1f\x43\xb6\x75"


class ByPackets(Source):
    """The obvious way: every packet is looked at."""

    def gops(
        self, camera: str, from_us: int, key_frames_only: bool, audio: bool
    ) -> AsyncIterator[Piece]:
        return self.archive.reader.gops(camera, from_us, False, key_frames_only, audio)


@pytest.fixture
def passed_on(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each piece as it is stored: whether it went on so."""
    told: list[bool] = []
    real = line.Line._pass_on

    def watched(self: line.Line, stored: line.StoredGops) -> bool:
        told.append(real(self, stored))
        return told[-1]

    monkeypatch.setattr(line.Line, "_pass_on", watched)
    return told


def blocks(path: Path) -> tuple[list[Block], Scan]:
    """All of a film's, every CRC looked at."""
    found = scan(path, full=True)
    data = path.read_bytes()
    every: list[Block] = []
    for entry in found.entries:
        head = decode_head(data, entry.offset)
        end = entry.offset + entry.length
        every += decode_blocks(data, entry.offset, end, head, found.header.origin_us)
    return every, found


async def both(
    folder: Path, packets: list[Packet], begin_s: float, end_s: float, audio: bool = True
) -> None:
    clock = ManualClock()
    async with opened(folder / "archive", clock) as archive:
        await record(archive, clock, packets)
        await compare(folder, Source(archive), ByPackets(archive), begin_s, end_s, audio)


async def compare(
    folder: Path, ours: Source, plain: Source, begin_s: float, end_s: float, audio: bool = True
) -> None:
    begin_us, end_us = T0 + round(begin_s * SECOND), T0 + round(end_s * SECOND)
    order = CameraOrder("cam", "Gate", begin_us, end_us, "mkv", audio)
    films = []
    for name, source in (("ours", ours), ("plain", plain)):
        (folder / name).mkdir()
        films.append(await export(source.archive, order, folder / name, source=source))
    assert len(films[0]) == len(films[1]) > 0
    for one, other in zip(*films, strict=True):
        (found, how), (wanted, twin) = blocks(one), blocks(other)
        assert found == wanted
        assert (how.damaged, twin.damaged) == (0, 0)
        assert how.header.duration_us == twin.header.duration_us
        assert how.header.formats == twin.header.formats


@settings(max_examples=25, deadline=None)
@given(
    begin_s=st.floats(0, 12),
    length_s=st.floats(0.5, 40),
    hole_s=st.sampled_from([0, 1, 2.5, 9, 40]),
    gop=st.sampled_from([5, 25, 40, 100]),
    audio=st.booleans(),
)
def test_any_period_holds_the_same_packets_at_the_same_times(
    tmp_path_factory: pytest.TempPathFactory,
    begin_s: float,
    length_s: float,
    hole_s: float,
    gop: int,
    audio: bool,
) -> None:
    skipped = round(hole_s * 25 / gop) * gop
    packets = stream([*range(12 * gop), *range(12 * gop + skipped, 24 * gop + skipped)], gop)
    begin_s = min(begin_s, 12 * gop / 25 - 0.5)
    folder = tmp_path_factory.mktemp("film")
    asyncio.run(both(folder, packets, begin_s, begin_s + length_s, audio))


@pytest.mark.parametrize("sound", [Codec.G726, Codec.AAC, Codec.PCMU])
@pytest.mark.parametrize("bframes", [0, 2])
def test_reordered_pictures_and_any_sound_stay_as_they_are(
    tmp_path: Path, passed_on: list[bool], sound: Codec, bframes: int
) -> None:
    pictures = encoded.video(Codec.H264, 10, bframes=bframes)
    packets = encoded.mixed(pictures, encoded.audio(sound, 10))
    asyncio.run(both(tmp_path, packets, 0.3, 8.7))
    assert passed_on == [True]


def test_sound_that_is_not_wanted_is_left_out(tmp_path: Path, passed_on: list[bool]) -> None:
    asyncio.run(both(tmp_path, stream(range(200)), 0, 8, audio=False))
    assert passed_on == [False]


def test_several_segments_and_origins_make_one_film(
    tmp_path: Path, passed_on: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("axxond.archive.segment.SEGMENT_SPAN_US", 4 * SECOND)
    odd = [p for start in (0, 37) for p in stream(range(start * 25, start * 25 + 250))]
    asyncio.run(both(tmp_path, odd, 0, 60))
    assert passed_on
    assert all(passed_on)


async def _damaged(folder: Path) -> None:
    clock = ManualClock()
    async with opened(folder / "archive", clock) as archive:
        await record(archive, clock, stream(range(500)))
        (segment,) = (folder / "archive").glob("*/*.mkv")
        data = bytearray(segment.read_bytes())
        at = 0
        for _cluster in range(8):
            at = data.index(CLUSTER, at + 1)
        data[at + 5000] ^= 1
        segment.write_bytes(data)
        await compare(folder, Source(archive), ByPackets(archive), 0, 20)


def test_a_flipped_bit_costs_its_cluster_and_is_never_passed_on(tmp_path: Path) -> None:
    asyncio.run(_damaged(tmp_path))
    found, _ = blocks(next((tmp_path / "ours").iterdir()))
    assert 450 <= sum(one.track == 1 for one in found) < 500


async def _deleted(folder: Path) -> None:
    clock = ManualClock()
    async with opened(folder / "archive", clock) as archive:
        await record(archive, clock, stream(range(500)))

        class Deleting(Source):
            def gops(
                self, camera: str, from_us: int, key_frames_only: bool, audio: bool
            ) -> AsyncIterator[Piece]:
                return self._deleting(super().gops(camera, from_us, key_frames_only, audio))

            async def _deleting(self, pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
                async for piece in pieces:
                    if not isinstance(piece, list):
                        piece.path.unlink()
                    yield piece

        order = CameraOrder("cam", "Gate", T0, T0 + 20 * SECOND, "mkv")
        (film,) = await export(archive, order, folder, source=Deleting(archive))
        found, how = blocks(film)
        assert 0 < sum(one.track == 1 for one in found) < 100
        assert how.damaged == 0


def test_a_segment_that_the_ring_takes_meanwhile_is_passed_over(tmp_path: Path) -> None:
    asyncio.run(_deleted(tmp_path))
