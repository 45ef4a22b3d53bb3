"""What can go wrong in an archive, and how it is told."""

from __future__ import annotations

import enum
import errno

from attrs import frozen

from axxond.base.errors import AxxonError


class ArchiveError(AxxonError):
    """The archive could not do what was asked; the message names folder or file and remedy."""


class EbmlError(ArchiveError):
    """Bytes are not the Matroska that was expected; the only error that the parsers raise."""


class ExportError(ArchiveError):
    """An export could not be made; the message says why."""


class TroubleKind(enum.StrEnum):
    """What is wrong with an archive's disk, in words that choose the remedy."""

    FULL = "full"  # the disk has no room though the quota is not used up
    READ_ONLY = "read-only"  # mounted read-only, or no permission
    GONE = "gone"  # the folder is not there: unplugged or not mounted
    SLOW = "slow"  # a write has hung for seconds
    IO = "io"  # the disk reports errors
    INDEX = "index"  # the index cannot be written, or was damaged and has been rebuilt


@frozen
class Trouble:
    """A change of an archive's health.  `over`: what `kind` named before is well again."""

    archive: str
    kind: TroubleKind
    text: str
    since_us: int
    over: bool = False


_KINDS = {
    errno.ENOSPC: TroubleKind.FULL,
    errno.EDQUOT: TroubleKind.FULL,
    errno.EROFS: TroubleKind.READ_ONLY,
    errno.EACCES: TroubleKind.READ_ONLY,
    errno.EPERM: TroubleKind.READ_ONLY,
    errno.ENOENT: TroubleKind.GONE,
    errno.ENOTDIR: TroubleKind.GONE,
    errno.ENODEV: TroubleKind.GONE,
    errno.ENXIO: TroubleKind.GONE,
    errno.ESTALE: TroubleKind.GONE,
}

_REMEDIES = {
    TroubleKind.FULL: "make room on this disk or lower the archive's size",
    TroubleKind.READ_ONLY: "give the service the right to write there, or mount it writable",
    TroubleKind.GONE: "connect or mount the disk; recording goes on by itself then",
    TroubleKind.IO: "check the disk and its cable; recording is tried again every second",
    TroubleKind.SLOW: "the disk does not keep up: check it, or record less to it",
    TroubleKind.INDEX: "run `axxond check` on this archive",
}


def kind_of(error: OSError) -> TroubleKind:
    """The trouble that an operating system's error stands for."""
    return _KINDS.get(error.errno or 0, TroubleKind.IO)


def describe(kind: TroubleKind, folder: str, detail: str) -> str:
    """One sentence: what failed, where, with what value, and what to do."""
    return f"Cannot record to {folder}: {detail}; {_REMEDIES[kind]}."
