"""What a volume's index holds beside footage, as plain files: `ledger/` in the volume's folder.

`<YYYY-MM>.jsonl` has gaps, and what each link wanted from when on; `protected.jsonl` the
protections.  Files only grow; a line is one record as JSON, a blank, and the CRC-32 of the JSON in
eight hex digits.  Of records about the same thing the newest counts; a torn line counts for
nothing.  All of it blocks and raises OSError.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import astuple, frozen

from axxond.archive import rawfile
from axxond.archive.index import Op, put_gap, put_protection, want
from axxond.archive.model import GapRow, Protection
from protocol.types import GapReason

log = logging.getLogger(__name__)
LEDGER_FOLDER = "ledger"
_SUFFIX = ".jsonl"
_PROTECTED = "protected"
# A month of a flaky camera's gaps is some MB; more is not read into memory at once.
_MAX_FILE_BYTES = 256 << 20


@frozen
class Want:
    """From `at_us` on a link's footage is wanted, or no longer."""

    link: str
    camera: str
    wanted: bool
    at_us: int


Record = GapRow | Want | Protection


def op_of(record: Record) -> Op:
    """The same for the index."""
    match record:
        case GapRow():
            return put_gap(record)
        case Want():
            return want(record.link, record.camera, record.wanted)
        case Protection():
            return put_protection(record)


def encode(record: Record) -> bytes:
    text = json.dumps([_NAMES[type(record)], *astuple(record)], separators=(",", ":"))
    data = text.encode()
    return data + b" %08x\n" % zlib.crc32(data)


def decode(line: bytes) -> Record | None:
    """None for a line that is torn or not one of ours."""
    data, _, crc = line.rstrip(b"\n").rpartition(b" ")
    try:
        if int(crc, 16) != zlib.crc32(data):
            return None
        name, *values = json.loads(data)
        return _KINDS[name](values)
    except (ValueError, KeyError, TypeError):
        return None


def _gap(values: Sequence[Any]) -> GapRow:
    camera, link, begin_us, end_us, reason, text = values
    return GapRow(camera, link, begin_us, end_us, GapReason(reason), text)


_NAMES: dict[type[Any], str] = {GapRow: "gap", Want: "want", Protection: "protect"}
_KINDS: dict[str, Callable[[list[Any]], Record]] = {
    "gap": _gap,
    "want": lambda values: Want(*values),
    "protect": lambda values: Protection(*values),
}


class LedgerFiles:
    """Of one volume.  Appends on one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / LEDGER_FOLDER

    def append(self, records: Iterable[Record]) -> None:
        """Protections are on the disk when this returns; the rest with the next sync."""
        by_file: dict[str, list[Record]] = {}
        for record in records:
            by_file.setdefault(_file_of(record), []).append(record)
        for name, group in by_file.items():
            self._append(name, b"".join(map(encode, group)), durable=name == _PROTECTED)

    def read(self) -> list[Record]:
        """All records, oldest first; [] when there are none."""
        found: list[Record] = []
        for path in self._paths():
            if path.stat().st_size > _MAX_FILE_BYTES:
                log.warning("%s is too large and is passed over", path)
                continue
            lines = path.read_bytes().splitlines()
            found += [one for one in map(decode, lines) if one is not None]
        return found

    def forget(self, before_us: int) -> None:
        """Months that end before all footage go; protections stay."""
        first = _month(before_us)
        for path in self._paths():
            if path.stem != _PROTECTED and path.stem < first:
                path.unlink(missing_ok=True)

    def _paths(self) -> list[Path]:
        """Months in order, protections last."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(self._folder.glob(f"*{_SUFFIX}"))
        return []

    def _append(self, name: str, data: bytes, durable: bool) -> None:
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{name}{_SUFFIX}"
        fd = rawfile.open_file(path, rawfile.APPEND)
        try:
            if _is_torn(fd):
                data = b"\n" + data
            os.write(fd, data)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)


def ops_of(records: Iterable[Record]) -> list[Op]:
    """For an index that is made anew: in the records' order."""
    return [op_of(record) for record in records]


def _is_torn(fd: int) -> bool:
    """Whether the last line has no end: a crash came between."""
    size = os.fstat(fd).st_size
    return size > 0 and rawfile.read_at(fd, 1, size - 1) != b"\n"


def _file_of(record: Record) -> str:
    match record:
        case Protection():
            return _PROTECTED
        case Want():
            return _month(record.at_us)
        case GapRow():
            return _month(record.end_us)


def _month(time_us: int) -> str:
    return time.strftime("%Y-%m", time.gmtime(time_us // 1_000_000))
