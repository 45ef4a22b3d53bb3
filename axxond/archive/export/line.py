"""From a camera's clipped GOPs to its files: paint, encode anew, close holes, cut into films.

Runs on one thread of low priority.
"""

from __future__ import annotations

from pathlib import Path

from axxond.archive.export.frames import FramesSink
from axxond.archive.export.mkv import MkvSink
from axxond.archive.export.mp4 import VIDEO_CODECS, Mp4Sink
from axxond.archive.export.names import instant, safe, suffix
from axxond.archive.export.paint import Painter
from axxond.archive.export.period import HoleCloser
from axxond.archive.export.port import CameraOrder, Film, Sink
from axxond.archive.export.transcode import Transcoder
from axxond.archive.stored import Piece, StoredGops
from axxond.base.units import MIB, SECOND_US
from axxond.media.packet import Packet
from protocol.types import AudioFormat, VideoFormat

# Sound that has not come by then is not waited for: a film names its tracks at its beginning.
_WAIT_FOR_SOUND_US = 3 * SECOND_US
_MAX_HELD_BYTES = 32 * MIB


class Line:
    """`folder` is for this camera's files alone.  Raises ExportError, OSError everywhere."""

    def __init__(self, folder: Path, order: CameraOrder) -> None:
        self.folder = folder
        self._order = order
        self._painter = Painter(order.name, order.stamp, order.mask)
        self._transcoder: Transcoder | None = None
        self._holes = HoleCloser()
        self._sink: Sink | None = None
        self._video: VideoFormat | None = None  # of the film being made
        self._audio: AudioFormat | None = None
        self._held: list[Packet] = []
        self._begun = False
        self._files: list[Path] = []
        self._stem = safe(f"{order.name} {instant(order.begin_us)}", order.camera)
        if not order.is_film:
            self._sink = self._pictures()

    def add(self, piece: Piece) -> None:
        if isinstance(piece, list):
            self._add_gop(piece)
        elif not self._pass_on(piece):
            for gop in piece.gops(self._order.audio):
                self._add_gop(gop)

    def _pass_on(self, stored: StoredGops) -> bool:
        """Put it as it is into the film under way; False: that cannot be."""
        sink = self._sink
        if self._transcoder is not None or not isinstance(sink, MkvSink):
            return False
        formats = stored.formats
        if (formats[1] is not None and not self._order.audio) or self._needs_other(*formats):
            return False
        for part, data in stored.parts():
            origin_us = sink.origin_us() if data is not None else None
            if data is None or origin_us is None:
                for gop in part.gops(self._order.audio):
                    self._add_gop(gop)
                continue
            earlier_us = self._holes.pass_by(part.start_us, part.end_us)
            part.move(data, origin_us, earlier_us)
            sink.add_clusters(data, part.end_us - earlier_us)
        return True

    def _add_gop(self, gop: list[Packet]) -> None:
        if not self._order.is_film:
            assert self._sink is not None
            self._sink.add(gop)
            return
        if self._transcoder is None and self._must_encode(gop):
            self._transcoder = Transcoder(self._painter, self._order.begin_us)
        for part in self._transcoder.take(gop) if self._transcoder is not None else [gop]:
            self._film(part)

    def finish(self) -> list[Path]:
        """All files, whole."""
        if self._transcoder is not None:
            for part in self._transcoder.end():
                self._film(part)
        self._open()
        self._end()
        return self._files

    def abort(self) -> None:
        if self._sink is not None:
            self._sink.abort()
            self._sink = None

    def _must_encode(self, gop: list[Packet]) -> bool:
        """Once begun it goes on: a film has one kind of video."""
        if self._order.is_painted:
            return True
        if self._order.form != "mp4":
            return False
        return any(one.is_video and one.format.codec not in VIDEO_CODECS for one in gop)

    def _pictures(self) -> Sink:
        painter = self._painter if self._order.is_painted else None
        if self._order.form == "pdf":
            # A quarter of a second, which only those spend who want a sheet.
            from axxond.archive.export.sheet import SheetSink  # noqa: PLC0415

            return SheetSink(self.folder / f"{self._stem}.pdf", self._order, painter)
        return FramesSink(self.folder, self._order, painter)

    # --- films -----------------------------------------------------------------------------

    def _film(self, packets: list[Packet]) -> None:
        packets = self._holes.close(packets)
        if self._changes(packets):
            self._open()
            self._end()
        if self._sink is not None:
            self._sink.add(packets)
            return
        self._held += packets
        span_us = packets[-1].pts_us - self._held[0].pts_us
        size = sum(len(one.data) for one in self._held)
        sounds = any(not one.is_video for one in self._held) or not self._order.audio
        if sounds or span_us > _WAIT_FOR_SOUND_US or size > _MAX_HELD_BYTES:
            self._open()

    def _changes(self, packets: list[Packet]) -> bool:
        """Whether a film that is under way cannot hold these."""
        if self._sink is None and not self._held:
            return False
        return self._needs_other(*_formats(packets))

    def _needs_other(self, video: VideoFormat | None, audio: AudioFormat | None) -> bool:
        known_video, known_audio = (
            (self._video, self._audio) if self._sink is not None else _formats(self._held)
        )
        if video is not None and (known_video is None or not _alike(known_video, video)):
            return True
        if audio is None or audio == known_audio:
            return False
        return known_audio is not None or self._sink is not None

    def _open(self) -> None:
        """Begin a film with what is held."""
        if self._sink is not None or not self._held:
            return
        self._video, self._audio = _formats(self._held)
        number = len(self._files) + 1
        name = self._stem if number == 1 else f"{self._stem} part {number}"
        first_us = min(one.pts_us for one in self._held)
        begin_us = first_us if self._begun else max(first_us, self._order.begin_us)
        self._begun = True
        film = Film(
            self.folder / f"{name}.{suffix(self._order.form)}",
            self._order.name,
            begin_us,
            self._video,
            self._audio,
        )
        self._sink = MkvSink(film) if self._order.form == "mkv" else Mp4Sink(film)
        held, self._held = self._held, []
        self._sink.add(held)

    def _end(self) -> None:
        if self._sink is not None:
            self._files += self._sink.finish()
            self._sink = None


def _formats(packets: list[Packet]) -> tuple[VideoFormat | None, AudioFormat | None]:
    """The first ones of either kind."""
    video = next((one.format for one in packets if isinstance(one.format, VideoFormat)), None)
    audio = next((one.format for one in packets if isinstance(one.format, AudioFormat)), None)
    return video, audio


def _alike(one: VideoFormat, other: VideoFormat) -> bool:
    """New parameter sets are in the stream; another codec or size needs another file."""
    return (one.codec, one.width, one.height) == (other.codec, other.width, other.height)
