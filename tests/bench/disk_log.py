"""What `native/diskshim.c` recorded, and what a disk may hold when the power goes at some moment.

The model is harsher than ext4, XFS or NTFS are.  A write, a truncation, a new name, a removed
name is on the disk for sure only after an fsync of the file (of the folder, for names) or a syncfs
that began after it and has returned.  Of all that came later each thing, independently of its
order, may be there, be missing, or (a write) be there in part: any of its sectors of 512 bytes or
4 KiB.  Where a later write is there and an earlier one is not, or a file's length is there and its
data is not, the file has zeros.
"""

from __future__ import annotations

import enum
import random
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath

from attrs import define, field, frozen

_HEAD = struct.Struct("<IIQQQqq")
_CREATED, _EMPTIED = 1, 2
_SCOPE_FS = 2
_SECTORS = (512, 4096)
_LENGTH_ONLY = -1


class Kind(enum.IntEnum):
    OPEN = 1
    WRITE = 2
    TRUNCATE = 3
    RENAME = 4
    UNLINK = 5
    MKDIR = 6
    RMDIR = 7
    SYNC_BEGIN = 8
    SYNC_END = 9


@frozen
class Record:
    kind: Kind
    time_us: int
    path: str
    inode: int
    offset: int
    value: int
    data: bytes


def read_log(path: Path) -> list[Record]:
    data = path.read_bytes()
    found, at = [], 0
    while at + _HEAD.size <= len(data):
        kind, name, size, time_ns, inode, offset, value = _HEAD.unpack_from(data, at)
        begin = at + _HEAD.size
        at = begin + name + size
        if at > len(data):
            break
        text = data[begin : begin + name].decode()
        body = data[begin + name : at]
        found.append(Record(Kind(kind), time_ns // 1000, text, inode, offset, value, body))
    return found


@frozen
class Change:
    """A record that may or may not be on the disk.  `file` is the file's number, not its inode,
    which the next file may get; 0 for a folder."""

    record: Record
    file: int


@define
class Disk:
    """Files by their numbers and names by their paths (number 0: a folder)."""

    files: dict[int, bytearray] = field(factory=dict)
    names: dict[str, int] = field(factory=dict)

    def apply(self, change: Change, data: bytes | None = None, at: int = 0) -> None:
        """`data` and `at`: a part of a write."""
        record = change.record
        if record.kind is Kind.WRITE:
            whole = record.data if data is None else data
            _put(self._own(change.file), record.offset + at, whole)
        elif record.kind is Kind.TRUNCATE:
            held = self._own(change.file)
            del held[record.value :]
            held.extend(bytes(record.value - len(held)))
        elif record.kind is Kind.RENAME:
            old, new = record.path.split("\0")
            self.names.pop(old, None)
            self.names[new] = change.file
        elif record.kind in (Kind.UNLINK, Kind.RMDIR):
            self.names.pop(record.path, None)
        else:
            self.names[record.path] = change.file

    def _own(self, number: int) -> bytearray:
        return self.files.setdefault(number, bytearray())

    def copy(self, changed: set[int]) -> Disk:
        """Files in `changed` are copied, the others shared."""
        files = {n: bytearray(d) if n in changed else d for n, d in self.files.items()}
        return Disk(files, dict(self.names))

    def materialise(self, root: str, target: Path) -> None:
        """Make what is below `root` anew below `target`; names in lost folders are lost."""
        folders = {path for path, number in self.names.items() if number == 0} | {root}
        for path in sorted(folders):
            if _whole(path, root, folders):
                (target / path[len(root) + 1 :]).mkdir(parents=True, exist_ok=True)
        for path, number in self.names.items():
            if number and _whole(path, root, folders):
                (target / path[len(root) + 1 :]).write_bytes(self.files.get(number, b""))


def _whole(path: str, root: str, folders: set[str]) -> bool:
    """Whether all folders above are there."""
    while path != root:
        path = str(PurePosixPath(path).parent)
        if path not in folders:
            return False
    return True


def _put(held: bytearray, offset: int, data: bytes) -> None:
    if len(held) < offset:
        held.extend(bytes(offset - len(held)))
    held[offset : offset + len(data)] = data


class Tape:
    """Goes through the records in order: `durable` is certain, `pending` is not."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.at = 0
        self.durable = Disk()
        self.pending: list[tuple[int, Change]] = []
        self.seen = Disk()  # names only: as the program saw them
        self._by_inode: dict[int, int] = {}
        self._next = 1
        self._begun: dict[int, int] = {}

    def advance(self, until: int) -> None:
        """Take in the records before that one."""
        while self.at < until:
            self._take(self.records[self.at])
            self.at += 1

    def _take(self, record: Record) -> None:
        kind = record.kind
        if kind is Kind.SYNC_BEGIN:
            self._begun[record.offset] = self.at
        elif kind is Kind.SYNC_END:
            self._synced(record, self._begun.pop(record.offset))
        elif kind is Kind.OPEN:
            self._open(record)
        elif kind in (Kind.WRITE, Kind.TRUNCATE):
            self._pend(record, self._by_inode[record.inode])
        elif kind is Kind.RENAME:
            self._pend(record, self.seen.names[record.path.split("\0")[0]])
        else:
            self._pend(record, 0)

    def _open(self, record: Record) -> None:
        if record.value & _CREATED:
            self._by_inode[record.inode] = self._next
            self._next += 1
            self._pend(record, self._by_inode[record.inode])
        elif record.value & _EMPTIED:
            cut = Record(Kind.TRUNCATE, record.time_us, "", record.inode, 0, 0, b"")
            self._pend(cut, self._by_inode[record.inode])

    def _pend(self, record: Record, number: int) -> None:
        change = Change(record, number)
        if record.kind not in (Kind.WRITE, Kind.TRUNCATE):
            self.seen.apply(change)
        self.pending.append((self.at, change))

    def _synced(self, record: Record, begun: int) -> None:
        left = []
        for at, change in self.pending:
            if at < begun and _covers(record, change, self._by_inode.get(record.inode)):
                self.durable.apply(change)
            else:
                left.append((at, change))
        self.pending = left
        named = set(self.durable.names.values()) | set(self.seen.names.values())
        named |= {change.file for _, change in left}
        for number in self.durable.files.keys() - named:
            del self.durable.files[number]

    def crashed(self, dice: random.Random) -> Disk:
        """One of the states in which a power cut now may leave the disk."""
        fate = dice.choice(_FATES)
        kept = list(fate(dice, [change for _, change in self.pending]))
        changed = {change.file for change, _ in kept}
        disk = self.durable.copy(changed)
        for change, sector in kept:
            if sector == _LENGTH_ONLY:
                end = change.record.offset + len(change.record.data)
                _put(disk.files.setdefault(change.file, bytearray()), end, b"")
            elif sector:
                for at, part in _torn(dice, change.record, sector):
                    disk.apply(change, part, at)
            else:
                disk.apply(change)
        return disk


def _covers(sync: Record, change: Change, number: int | None) -> bool:
    if sync.value == _SCOPE_FS:
        return True
    record = change.record
    if record.kind in (Kind.WRITE, Kind.TRUNCATE):
        return change.file == number
    names = record.path.split("\0")
    return any(str(PurePosixPath(name).parent) == sync.path for name in names)


# Changes that are on the disk, in the order in which they got there; with a size of sectors for
# writes of which only a part is.
_Kept = Iterator[tuple[Change, int]]


def _nothing(dice: random.Random, changes: list[Change]) -> _Kept:
    return iter(())


def _everything(dice: random.Random, changes: list[Change]) -> _Kept:
    return ((change, 0) for change in changes)


def _in_order(dice: random.Random, changes: list[Change]) -> _Kept:
    """Up to one, which is torn."""
    count = dice.randrange(len(changes) + 1)
    for change in changes[:count]:
        yield change, 0
    if count < len(changes) and changes[count].record.kind is Kind.WRITE:
        yield changes[count], dice.choice(_SECTORS)


def _names_in_order(dice: random.Random, changes: list[Change]) -> _Kept:
    """As a journal of names alone has it: what is in the files is anybody's guess."""
    count = dice.randrange(len(changes) + 1)
    share = dice.random()
    for at, change in enumerate(changes):
        if change.record.kind in (Kind.WRITE, Kind.TRUNCATE):
            if dice.random() < share:
                yield change, _how(dice, change)
        elif at < count:
            yield change, 0


def _at_random(dice: random.Random, changes: list[Change]) -> _Kept:
    share = dice.random()
    for change in changes:
        if dice.random() < share:
            yield change, _how(dice, change)


_FATES = (_nothing, _everything, _in_order, _names_in_order, _at_random, _at_random)


def _how(dice: random.Random, change: Change) -> int:
    """Whole, in sectors, or as a length; names and truncations are whole."""
    if change.record.kind is not Kind.WRITE:
        return 0
    return dice.choice((0, 0, *_SECTORS, _LENGTH_ONLY))


def _torn(dice: random.Random, record: Record, sector: int) -> Iterator[tuple[int, bytes]]:
    """Some of the sectors that a write touches, or the first of them only."""
    begin, end = record.offset, record.offset + len(record.data)
    edges = [begin, *range((begin // sector + 1) * sector, end, sector), end]
    parts = [(left - begin, record.data[left - begin : right - begin])
             for left, right in pairwise(edges)]  # fmt: skip
    if dice.random() < 0.5:
        yield from parts[: dice.randrange(len(parts) + 1)]
    else:
        yield from (part for part in parts if dice.random() < 0.5)
