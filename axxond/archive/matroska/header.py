"""What a segment file begins with: who recorded what, from when on, in which formats."""

from __future__ import annotations

from attrs import evolve, frozen

from axxond.archive.errors import EbmlError
from axxond.archive.matroska import ebml, ids
from axxond.archive.matroska.tracks import (
    AUDIO_TRACK,
    VIDEO_TRACK,
    decode_frame_us,
    decode_tracks,
    encode_tracks,
)
from protocol.types import AudioFormat, Format, StreamRole, VideoFormat

TICK_US = 100
TICK_NS = TICK_US * 1000
# DateUTC counts nanoseconds from 2001-01-01T00:00:00 UTC.
_DATE_EPOCH_US = 978_307_200 * 1_000_000
_APP = "axxond"
_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
# A header holds a few names and parameter sets; a larger one is not ours.
MAX_HEADER_BYTES = 1 << 20

_TAG_CAMERA = "AXXON_CAMERA"
_TAG_NAME = "AXXON_CAMERA_NAME"
_TAG_STREAM = "AXXON_STREAM"
_TAG_LINK = "AXXON_LINK"


@frozen
class SegmentHeader:
    """`origin_us` (UTC) is the zero of the segment's time stamps.  The tags carry all that ties a
    segment to a camera; nothing depends on file name, host or index.  `frame_us`: the camera's
    steady frame time; 0: it has none, or it is not known."""

    uid: bytes  # 16 bytes
    origin_us: int
    camera: str
    camera_name: str
    stream: StreamRole
    link: str
    video: VideoFormat | None
    audio: AudioFormat | None
    duration_us: int = 0  # 0 while open
    frame_us: int = 0

    @property
    def formats(self) -> list[Format]:
        return [one for one in (self.video, self.audio) if one is not None]


@frozen
class ParsedHeader:
    """A header and where it ends, `length` bytes from the file's start."""

    header: SegmentHeader
    length: int


def encode_header(header: SegmentHeader) -> bytes:
    """EBML head, Segment of unknown size, Info, Tracks, Tags: up to the first cluster."""
    return (
        _ebml_head()
        + ebml.encode_id(ids.SEGMENT)
        + _UNKNOWN_SIZE
        + _info(header)
        + encode_tracks(header.formats, header.frame_us)
        + _tags(header)
    )


def _ebml_head() -> bytes:
    return ebml.master(
        ids.EBML,
        ebml.uint(ids.EBML_VERSION, 1),
        ebml.uint(ids.EBML_READ_VERSION, 1),
        ebml.uint(ids.EBML_MAX_ID_LENGTH, 4),
        ebml.uint(ids.EBML_MAX_SIZE_LENGTH, 8),
        ebml.text(ids.DOC_TYPE, "matroska"),
        ebml.uint(ids.DOC_TYPE_VERSION, 4),
        ebml.uint(ids.DOC_TYPE_READ_VERSION, 2),
    )


def _info(header: SegmentHeader) -> bytes:
    ticks = header.duration_us / TICK_US
    # Void of the same length keeps the place that the closing writer fills.
    duration = ebml.float64(ids.DURATION, ticks) if ticks else ebml.element(ids.VOID, b"\0" * 9)
    return ebml.master(
        ids.INFO,
        ebml.element(ids.SEGMENT_UID, header.uid),
        ebml.uint(ids.TIMESTAMP_SCALE, TICK_NS),
        duration,
        ebml.sint(ids.DATE_UTC, (header.origin_us - _DATE_EPOCH_US) * 1000),
        ebml.text(ids.TITLE, header.camera_name),
        ebml.text(ids.MUXING_APP, _APP),
        ebml.text(ids.WRITING_APP, _APP),
    )


def _tags(header: SegmentHeader) -> bytes:
    pairs = {
        _TAG_CAMERA: header.camera,
        _TAG_NAME: header.camera_name,
        _TAG_STREAM: header.stream.value,
        _TAG_LINK: header.link,
    }
    simple = [
        ebml.master(
            ids.SIMPLE_TAG, ebml.text(ids.TAG_NAME, name), ebml.text(ids.TAG_STRING, value)
        )
        for name, value in pairs.items()
    ]
    return ebml.master(ids.TAGS, ebml.master(ids.TAG, ebml.master(ids.TARGETS), *simple))


def with_duration(header: SegmentHeader, duration_us: int) -> SegmentHeader:
    """The header as a closing writer rewrites it in place: same length."""
    return evolve(header, duration_us=max(TICK_US, duration_us))


def decode_header(data: bytes) -> ParsedHeader:
    """Parse a file's first bytes (at most MAX_HEADER_BYTES).  Raises EbmlError."""
    head = ebml.read_head(data, 0)
    if head.id != ids.EBML or head.end == ebml.UNKNOWN_SIZE or head.end > len(data):
        raise EbmlError("this is not a Matroska file")
    segment = ebml.read_head(data, head.end)
    if segment.id != ids.SEGMENT:
        raise EbmlError("this Matroska file has no segment")
    reader = _HeaderReader(data)
    length = reader.read(segment.begin)
    return ParsedHeader(reader.header(), length)


class _HeaderReader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._uid = b""
        self._origin_us: int | None = None
        self._scale_ns = 1_000_000
        self._title = ""
        self._tags: dict[str, str] = {}
        self._tracks: dict[int, Format] = {}
        self._duration = 0.0
        self._frame_us = 0

    def read(self, position: int) -> int:
        """Read up to the first cluster or the end of the data; returns that position."""
        while position < len(self._data):
            child = ebml.read_head(self._data, position)
            if child.id == ids.CLUSTER:
                break
            if child.end == ebml.UNKNOWN_SIZE or child.end > len(self._data):
                raise EbmlError("the segment's header is cut off")
            self._take(child)
            position = child.end
        return position

    def _take(self, child: ebml.Element) -> None:
        if child.id == ids.INFO:
            self._info(child)
        elif child.id == ids.TRACKS:
            self._tracks = decode_tracks(self._data, child)
            self._frame_us = decode_frame_us(self._data, child)
        elif child.id == ids.TAGS:
            for tag in ebml.children(self._data, child.begin, child.end):
                for simple in ebml.children(self._data, tag.begin, tag.end):
                    if simple.id == ids.SIMPLE_TAG:
                        self._tag(simple)

    def _info(self, info: ebml.Element) -> None:
        for child in ebml.children(self._data, info.begin, info.end):
            if child.id == ids.SEGMENT_UID:
                self._uid = bytes(self._data[child.begin : child.end])
            elif child.id == ids.TIMESTAMP_SCALE:
                self._scale_ns = ebml.as_uint(self._data, child)
            elif child.id == ids.DATE_UTC:
                self._origin_us = ebml.as_sint(self._data, child) // 1000 + _DATE_EPOCH_US
            elif child.id == ids.TITLE:
                self._title = ebml.as_text(self._data, child)
            elif child.id == ids.DURATION:
                self._duration = ebml.as_float(self._data, child)

    def _tag(self, simple: ebml.Element) -> None:
        name = value = ""
        for child in ebml.children(self._data, simple.begin, simple.end):
            if child.id == ids.TAG_NAME:
                name = ebml.as_text(self._data, child)
            elif child.id == ids.TAG_STRING:
                value = ebml.as_text(self._data, child)
        self._tags[name] = value

    def header(self) -> SegmentHeader:
        if self._scale_ns != TICK_NS or self._origin_us is None or _TAG_CAMERA not in self._tags:
            raise EbmlError("this Matroska file was not recorded by an archive")
        stream = self._tags.get(_TAG_STREAM, "")
        video = self._tracks.get(VIDEO_TRACK)
        audio = self._tracks.get(AUDIO_TRACK)
        return SegmentHeader(
            uid=self._uid,
            origin_us=self._origin_us,
            camera=self._tags[_TAG_CAMERA],
            camera_name=self._tags.get(_TAG_NAME, self._title),
            stream=StreamRole.LOW if stream == StreamRole.LOW.value else StreamRole.HIGH,
            link=self._tags.get(_TAG_LINK, ""),
            video=video if isinstance(video, VideoFormat) else None,
            audio=audio if isinstance(audio, AudioFormat) else None,
            duration_us=round(self._duration * TICK_US) if 0 <= self._duration < 1e12 else 0,
            frame_us=self._frame_us,
        )
