"""What a maker of files is, and what it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from attrs import frozen

from axxond.media.packet import Packet
from protocol.types import AudioFormat, ExportMask, VideoFormat

FORMS = ("mkv", "mp4", "jpeg", "png", "pdf")
FILM_FORMS = ("mkv", "mp4")


@frozen
class CameraOrder:
    """Footage of one camera in [begin; end) as files.  `form` is one of FORMS; `every_us` is the
    distance of pictures (0: each; of a contact sheet: 24 in all)."""

    camera: str
    name: str
    begin_us: int
    end_us: int
    form: str = "mkv"
    audio: bool = True
    every_us: int = 0
    stamp: bool = False
    mask: ExportMask | None = None

    @property
    def is_film(self) -> bool:
        return self.form in FILM_FORMS

    @property
    def is_painted(self) -> bool:
        """Whether pictures are changed, so that video must be encoded anew."""
        return self.stamp or self.mask is not None


@frozen
class Film:
    """One file with video and sound: times of packets count in UTC from `begin_us`, what comes
    before is for the decoder only."""

    path: Path
    title: str
    begin_us: int
    video: VideoFormat | None
    audio: AudioFormat | None


class Sink(Protocol):
    """Makes files; all calls on one thread."""

    def add(self, packets: list[Packet]) -> None:
        """A GOP or the end of one, in decoding order.  Raises ExportError, OSError."""

    def finish(self) -> list[Path]:
        """The files, whole.  Raises ExportError, OSError."""

    def abort(self) -> None:
        """Close whatever is open; never raises."""
