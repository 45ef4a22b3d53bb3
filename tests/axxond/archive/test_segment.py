from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from axxond.archive.cutter import Cutter
from axxond.archive.errors import EbmlError
from axxond.archive.model import Identity, pack_entries, unpack_entries
from axxond.archive.segment import INDEX_NAME, Appended, Closed, Opened, SegmentWriter, scan
from protocol.types import StreamRole
from tests.axxond.archive.media import T0, stream

WHO = Identity("cam", "Büro / 2. Stock", StreamRole.HIGH, "link")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A closed segment of six clusters."""
    (tmp_path / INDEX_NAME).touch()
    writer = SegmentWriter(tmp_path, WHO, itertools.count(7))
    cutter = Cutter(audio=True)
    cutter.feed(stream(range(150)))
    cutter.seal()
    events = [event for one in cutter.sealed for event in writer.write(one)]
    assert isinstance(events[0], Opened)
    assert events[0].info.id == 7
    assert [type(one) for one in events[1:]] == [Appended] * 6
    (closed,) = writer.close()
    path = tmp_path / events[0].info.path
    assert closed == Closed(7, path.stat().st_size)
    return path


def test_a_scan_finds_what_was_written(written: Path) -> None:
    found = scan(written, full=True)
    assert found.header.camera_name == WHO.camera_name
    assert found.header.duration_us == 6_000_000
    assert (found.good_bytes, found.size, found.damaged) == (written.stat().st_size,) * 2 + (0,)
    info = found.info(1, "x")
    assert (info.identity, info.begin_us, info.end_us) == (WHO, T0, T0 + 6_000_000)
    assert (info.hole_us, len(found.entries)) == (0, 6)
    assert unpack_entries(pack_entries(found.entries)) == found.entries


def test_its_name_tells_camera_and_time_in_plain_letters(written: Path) -> None:
    assert written.parent.name == "2027-01-15"
    assert written.name.startswith("B-ro-2-Stock_080000Z_")


def test_a_writer_needs_the_index_beside(tmp_path: Path) -> None:
    cutter = Cutter(audio=True)
    cutter.feed(stream(range(30)))
    with pytest.raises(FileNotFoundError):
        SegmentWriter(tmp_path, WHO, itertools.count(1)).write(cutter.sealed[0])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_damaged_file_is_scanned_or_refused_never_worse(written: Path, seed: int) -> None:
    rng = random.Random(seed)
    whole = written.read_bytes()
    entries = scan(written).entries
    for _ in range(60):
        data = bytearray(whole[: rng.randrange(1, len(whole) + 1)])
        for _ in range(rng.randrange(5)):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(1, 60)] = rng.randbytes(rng.randrange(60))
        written.write_bytes(data)
        try:
            found = scan(written, full=True)
        except EbmlError:
            continue
        assert found.good_bytes <= found.size == len(data)
        known = {(one.start_us, one.length) for one in entries}
        assert all((one.start_us, one.length) in known for one in found.entries)


def test_a_file_full_of_false_clusters_is_scanned_in_no_time(written: Path) -> None:
    """256 KiB of cluster ids: each is looked at once."""
    with written.open("ab") as file:
        file.write(b"\x1f\x43\xb6\x75" * (1 << 16))
    found = scan(written)
    assert (len(found.entries), found.damaged) == (6, 1)
