"""Export jobs."""

from __future__ import annotations

from attrs import field, frozen

from protocol.messages.base import Done, Message, Request
from protocol.messages.channels import Opened
from protocol.types import ExportMask, ExportRecord, Right


@frozen
class Export(Request):
    """Make a file of a camera's footage; its bytes follow on the channel, then notice "end".

    The quick way for one camera: an export job (`StartExport`) that belongs to the channel and
    ends with it.  `form` and `every_us` as there; `credit_bytes` as in playback.
    """

    NAME = "export"
    REPLY = Opened
    RIGHT = Right.EXPORT
    camera: str
    begin_us: int
    end_us: int
    form: str = "mkv"
    audio: bool = True
    every_us: int = 0
    credit_bytes: int = 4_000_000


@frozen
class ExportProgress(Message):
    NAME = "export.progress"
    channel: int
    share: float  # [0; 1]
    file_bytes: int  # 0 until known


@frozen
class ExportStarted(Message):
    NAME = "export.start.reply"
    job: ExportRecord


@frozen
class StartExport(Request):
    """Make one file of the footage of several cameras in [begin; end), on the server.

    The job goes on when its client leaves or the server restarts; the file stays until it is
    deleted or too old.  `form`: "mkv" (video as the camera encoded it; begins with the key frame
    at or before `begin_us`, a chapter marks the period), "mp4" (exactly the period by its edit
    list; what MP4 cannot hold is encoded anew), "jpeg", "png" (pictures, one every `every_us`, 0 =
    each; zipped), "pdf" (a contact sheet, one picture every `every_us`, 0 = 24 in all).  Several
    files, a password (AES-256) or `evidence` (with ledger, journal and a signed manifest of
    hashes) make it a zip.  `stamp` burns time and camera name into the picture; it and `masks`
    encode the video anew.
    """

    NAME = "export.start"
    REPLY = ExportStarted
    RIGHT = Right.EXPORT
    cameras: list[str]
    begin_us: int
    end_us: int
    form: str = "mkv"
    audio: bool = True
    every_us: int = 0
    stamp: bool = False
    masks: list[ExportMask] = field(factory=list)
    evidence: bool = False
    password: str = field(default="", repr=False)
    comment: str = ""


@frozen
class ExportJobs(Message):
    NAME = "exports"
    jobs: list[ExportRecord]  # newest first
    used_bytes: int
    limit_bytes: int


@frozen
class ListExports(Request):
    NAME = "exports.list"
    REPLY = ExportJobs
    RIGHT = Right.EXPORT


@frozen
class CancelExport(Request):
    """Stop a job that waits or runs; nothing of it is left but its entry in the list."""

    NAME = "export.cancel"
    REPLY = Done
    RIGHT = Right.EXPORT
    job: str


@frozen
class DeleteExport(Request):
    """Remove a job that has ended, and its file."""

    NAME = "export.delete"
    REPLY = Done
    RIGHT = Right.EXPORT
    job: str


@frozen
class FetchExport(Request):
    """The file of a job that is done: `ExportProgress` says its size, its bytes from
    `offset_bytes` on follow as of `Export`, then notice "end".  May be repeated."""

    NAME = "export.fetch"
    REPLY = Opened
    RIGHT = Right.EXPORT
    job: str
    offset_bytes: int = 0
    credit_bytes: int = 4_000_000


@frozen
class ExportNotice(Message):
    """With topic "exports" (needs the right `export`): a job is new, has gone on (at most twice a
    second), has changed its state, or is gone."""

    NAME = "export.job"
    job: ExportRecord
