"""Whole JPEG images out of a stream of bytes with anything between them, without I/O.

Where an image ends is told by the image itself (ITU-T T.81 annex B), never by what a sender says
around it: HTTP cameras get boundaries and lengths wrong in every way, the inside of their images
has to be right or nothing would show them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import frozen

from axxond.base.units import MIB

# The best quality of an 8K camera stays under 6 MB.
MAX_IMAGE_BYTES = 8 * MIB

_START = b"\xff\xd8\xff"
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
# In a scan: a marker that is neither a stuffed byte, a restart, a fill byte nor a reserved code.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
# SOF0 to SOF15 but for DHT, JPG and DAC (T.81 table B.1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BREAK = b"\r\n--"  # what a multipart sender writes after an image


# A multipart sender's headers: a few lines.
_MAX_BEFORE = 1024


@frozen
class Image:
    """`data` from FF D8 to FF D9.  `before`: the bytes ahead of it, at most the last 1 KiB: there
    stand the headers of a multipart sender."""

    data: bytes
    before: bytes


class JpegStream:
    """Feed it bytes as they come; whole images come out.

    Holds no more than one image.  `dropped` counts images that were cut off, broken or longer
    than `MAX_IMAGE_BYTES`; `waste_bytes` what came since the last image and was none.
    """

    def __init__(self, max_image_bytes: int = MAX_IMAGE_BYTES) -> None:
        self.dropped = 0
        self.waste_bytes = 0
        self._max_bytes = max_image_bytes
        self._data = bytearray()
        self._before = b""
        self._at = 0  # everything before it is understood
        self._open = False  # an image begins at 0
        self._in_scan = False

    def feed(self, data: bytes) -> list[Image]:
        images: list[Image] = []
        self._scan(data, images.append)
        return images

    def _scan(self, data: bytes, found: Callable[[Image], None]) -> None:
        self._data += data
        while self._open or self._find_start():
            image = self._walk()
            if image is not None:
                found(image)
            elif self._open:
                return

    def _find_start(self) -> bool:
        """Let go of what is before the next image."""
        begin = self._data.find(_START)
        if begin < 0:
            keep = max(0, len(self._data) - _MAX_BEFORE)
            self.waste_bytes += keep
            del self._data[:keep]
            return False
        return self._open_at(begin)

    def _open_at(self, begin: int) -> bool:
        self._before = bytes(self._data[max(0, begin - _MAX_BEFORE) : begin])
        self.waste_bytes += begin
        del self._data[:begin]
        self._at, self._open, self._in_scan = 2, True, False
        return True

    def _walk(self) -> Image | None:
        """The image when it is whole; None: more bytes are needed, or (not `_open`) it is none."""
        data = self._data
        while self._open:
            if self._in_scan:
                match = _MARKER.search(data, self._at)
                if match is None:
                    self._at = max(self._at, len(data) - 1)
                    break
                self._at = match.start()
            if len(data) < self._at + 2:
                break
            marker = data[self._at + 1]
            if data[self._at] != 0xFF or marker < 0xC0 or 0xD0 <= marker <= _SOI:
                return self._unexpected()
            if marker == _EOI:
                return self._take(self._at + 2)
            if not self._segment(marker):
                break
        if len(data) > self._max_bytes:
            self._drop(len(data))
        return None

    def _segment(self, marker: int) -> bool:
        """Step over it; False: its length has not come yet."""
        data = self._data
        if marker == 0xFF:  # a fill byte (B.1.1.2)
            self._at += 1
            return True
        if len(data) < self._at + 4:
            return False
        length = data[self._at + 2] << 8 | data[self._at + 3]
        after = self._at + 2 + length
        if length < 2:
            self._drop(self._at + 2)
            return True
        if after > len(data):
            return False
        self._in_scan = marker == _SOS
        self._at = after
        return True

    def _unexpected(self) -> Image | None:
        """No marker where one must be, or an image within one: that one was never ended."""
        cut = self._data.rfind(_BREAK, 0, self._at) if self._in_scan else -1
        if cut > 0:
            self._data[cut:cut] = b"\xff\xd9"
            return self._take(cut + 2)
        self._drop(max(self._at, 2))
        return None

    def _take(self, end: int) -> Image:
        image = Image(bytes(self._data[:end]), self._before)
        del self._data[:end]
        self._open = False
        self.waste_bytes = 0
        return image

    def _drop(self, count: int) -> None:
        del self._data[:count]
        self._open = False
        self.dropped += 1
        self.waste_bytes += count


def size(image: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None: not told by its headers."""
    at = 2
    while at + 9 <= len(image) and image[at] == 0xFF:
        marker = image[at + 1]
        if marker in _FRAMES:
            height, width = image[at + 5] << 8 | image[at + 6], image[at + 7] << 8 | image[at + 8]
            return (width, height) if width and height else None
        if marker == _SOS:
            return None
        at += 1 if marker == 0xFF else 2 + (image[at + 2] << 8 | image[at + 3])
    return None
