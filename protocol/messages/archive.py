"""What was recorded: time lines, pictures, coverage, protections, volumes."""

from __future__ import annotations

from attrs import frozen

from protocol.messages.base import Done, Message, Request
from protocol.types import (
    ArchiveState,
    CameraLine,
    CoverageDay,
    PictureAt,
    ProtectionRecord,
    Right,
    Span,
    VideoFormat,
)


@frozen
class TimeLine(Message):
    NAME = "timeline"
    first_us: int | None  # oldest footage of the camera anywhere
    last_us: int | None
    spans: list[Span]


@frozen
class GetTimeLine(Request):
    """Spans that touch [begin; end), joined where they are less than `detail_us` apart."""

    NAME = "timeline.get"
    REPLY = TimeLine
    RIGHT = Right.ARCHIVE
    camera: str
    begin_us: int
    end_us: int
    detail_us: int = 1_000_000


@frozen
class Picture(Message):
    """The payload is the encoded key frame (decode it with `format`); none: empty payload."""

    NAME = "picture"
    time_us: int
    format: VideoFormat | None


@frozen
class GetPicture(Request):
    """The key frame at or before a time (scrubbing, alarm cards); `time_us` None = newest live."""

    NAME = "picture.get"
    REPLY = Picture
    RIGHT = Right.ARCHIVE
    camera: str
    time_us: int | None = None


@frozen
class TimeLines(Message):
    NAME = "timelines"
    lines: list[CameraLine]  # in the order of the cameras asked for


@frozen
class GetTimeLines(Request):
    """As `GetTimeLine`, footage and gaps only, for many cameras at once."""

    NAME = "timelines.get"
    REPLY = TimeLines
    RIGHT = Right.ARCHIVE
    cameras: list[str]  # at most 256
    begin_us: int
    end_us: int
    detail_us: int = 1_000_000


@frozen
class Found(Message):
    """`begin_us` None: there is none."""

    NAME = "archive.found"
    begin_us: int | None
    end_us: int | None = None


@frozen
class FindNext(Request):
    """The next recording or alarm that begins after a time; `reverse`: the last one before it.
    `what`: "recording" (an unbroken stretch of footage) or "alarm"."""

    NAME = "archive.find"
    REPLY = Found
    RIGHT = Right.ARCHIVE
    camera: str
    time_us: int
    reverse: bool = False
    what: str = "recording"


@frozen
class Pictures(Message):
    """Their key frames follow each other in the payload."""

    NAME = "pictures"
    pictures: list[PictureAt]


@frozen
class GetPictures(Request):
    """`count` key frames spread evenly over the footage (not the holes) of [begin; end); fewer
    when there are fewer.  What fits no frame of the wire is left out."""

    NAME = "pictures.get"
    REPLY = Pictures
    RIGHT = Right.ARCHIVE
    camera: str
    begin_us: int
    end_us: int
    count: int = 12  # at most 64


@frozen
class Coverage(Message):
    NAME = "coverage"
    days: list[CoverageDay]


@frozen
class GetCoverage(Request):
    """Of every camera-second of [begin; end), at most 400 days: recorded, not wanted, or lost and
    why; by days of the server's calendar.  `archive` "": what any archive has is recorded."""

    NAME = "coverage.get"
    REPLY = Coverage
    RIGHT = Right.ARCHIVE
    camera: str
    begin_us: int
    end_us: int
    archive: str = ""


@frozen
class Protections(Message):
    NAME = "protections"
    protections: list[ProtectionRecord]


@frozen
class GetProtections(Request):
    NAME = "protections.get"
    REPLY = Protections
    RIGHT = Right.ARCHIVE


@frozen
class Protect(Request):
    """Keep footage that touches [begin; end) from being deleted, in all archives that have any
    of it ("") or in one.  Answered with the protections made, one an archive."""

    NAME = "protect"
    REPLY = Protections
    RIGHT = Right.CONTROL
    camera: str
    begin_us: int
    end_us: int
    reason: str
    archive: str = ""


@frozen
class Unprotect(Request):
    """Footage may go again: it takes the right to configure, as a smaller quota does."""

    NAME = "unprotect"
    REPLY = Done
    RIGHT = Right.CONFIGURE
    protection: str


@frozen
class Archives(Message):
    NAME = "archives"
    archives: list[ArchiveState]


@frozen
class GetArchives(Request):
    """All archives: volumes, whose footage they hold, how long it will stay."""

    NAME = "archives.get"
    REPLY = Archives
    RIGHT = Right.ARCHIVE
