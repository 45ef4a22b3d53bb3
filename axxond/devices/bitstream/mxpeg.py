"""MxPEG: JPEG images of which most hold only the macroblocks that have changed, and blocks of
A-law sound between them.  Without I/O.

The layout is nowhere published; this is what FFmpeg's demuxer and decoder take (libavformat/mxg.c,
libavcodec/mxpegdec.c): times in comments "MXF", the map of the macroblocks present in comments
"MXM", sound in APP13 segments.  Times are the camera's UTC, microseconds, little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from axxond.devices.bitstream import jpegscan
from axxond.devices.bitstream.jpegscan import Image, JpegStream

SOUND_RATE = 8000
_APP13, _COM, _SOI, _SOS = 0xED, 0xFE, 0xD8, 0xDA
_TIME = slice(8, 16)  # of a comment MXF; the name is followed by a zero and four bytes more
_SOUND_TIME, _SOUND_BEGIN = slice(4, 12), 12
_MAP_BEGIN = 12


@frozen
class Sound:
    """A-law, mono, 8 kHz.  `time_us`: of its first sample."""

    data: bytes
    time_us: int


@frozen
class Frame:
    """What an image says of itself.  `is_key`: all of the picture is in it.  `time_us` and `size`
    (width, height) None: not said."""

    is_key: bool
    time_us: int | None
    size: tuple[int, int] | None


class MxpegStream(JpegStream):
    """As `JpegStream`, but for the sound, which `units` gives too."""

    def __init__(self, max_image_bytes: int = jpegscan.MAX_IMAGE_BYTES) -> None:
        super().__init__(max_image_bytes)
        self._units: list[Image | Sound] = []

    def units(self, data: bytes) -> list[Image | Sound]:
        """Images and sound that have become whole with these bytes, in order."""
        self._units = []
        self._scan(data, self._units.append)
        return self._units

    def _find_start(self) -> bool:
        """Between images stand segments, whose content may look like an image's begin."""
        data = self._data
        while (at := data.find(b"\xff")) >= 0 and len(data) >= at + 4:
            marker = data[at + 1]
            if marker == _SOI and data[at + 2] == 0xFF:
                return self._open_at(at)
            after = at + 1
            if 0xE0 <= marker <= 0xEF or marker == _COM:
                after = at + 2 + (data[at + 2] << 8 | data[at + 3])
                if after > len(data):
                    break
                self._aside(marker, bytes(data[at + 4 : after]))
            del data[: max(after, at + 1)]
            self.waste_bytes += max(after, at + 1)
        if at < 0:
            self.waste_bytes += len(data)
            data.clear()
        return False

    def _take(self, end: int) -> Image:
        image = super()._take(end)
        for marker, body in segments(image.data):
            self._aside(marker, body)
        return image

    def _aside(self, marker: int, body: bytes) -> None:
        if marker == _APP13 and len(body) > _SOUND_BEGIN:
            self.waste_bytes = 0
            time_us = int.from_bytes(body[_SOUND_TIME], "little")
            self._units.append(Sound(body[_SOUND_BEGIN:], time_us))


def segments(image: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of what stands before an image's scan."""
    at = 2
    while at + 4 <= len(image) and image[at] == 0xFF and image[at + 1] != _SOS:
        length = image[at + 2] << 8 | image[at + 3]
        yield image[at + 1], image[at + 4 : at + 2 + length]
        at += 2 + max(2, length)


def look(image: bytes) -> Frame:
    """A picture is whole with a frame header and no map, or with one that has every bit set."""
    time_us = None
    partial = False
    for marker, body in segments(image):
        if marker != _COM:
            continue
        if body[:3] == b"MXF" and len(body) >= _TIME.stop:
            time_us = int.from_bytes(body[_TIME], "little")
        elif body[:3] == b"MXM":
            partial = partial or not _is_full(body)
    size = jpegscan.size(image)
    return Frame(size is not None and not partial, time_us, size)


def _is_full(body: bytes) -> bool:
    width, height = (int.from_bytes(body[at : at + 2], "little") for at in (4, 6))
    blocks = width * height
    present = body[_MAP_BEGIN : _MAP_BEGIN + (blocks + 7) // 8]
    whole, rest = divmod(blocks, 8)
    # The last byte may hold fewer; which end of it counts is not known: all its bits, or as many.
    tail = present[whole:]
    return (
        len(present) * 8 >= blocks > 0
        and present[:whole].count(0xFF) == whole
        and all(byte.bit_count() >= rest for byte in tail)
    )
