"""Motion JPEG payloads (RFC 2435): whole images are put together again, headers and all."""

from __future__ import annotations

from axxond.devices.bitstream import jpeg
from axxond.devices.rtsp.depay.port import MAX_UNIT_BYTES, Emit
from axxond.devices.rtsp.messages import MalformedError
from protocol.types import Codec, VideoFormat

_MAX_TABLES = 128  # one set a Q value of 128 to 254


class Mjpeg:
    """`size`: width and height for images above 2040 pixels, which the payload cannot express."""

    reorder: int | None = 0

    def __init__(self, size: tuple[int, int], emit: Emit) -> None:
        self.dropped = 0
        self._emit = emit
        self._size = size
        self._format: VideoFormat | None = None
        self._tables: dict[int, tuple[bytes, int]] = {}
        self._header: tuple[object, bytes] = (None, b"")
        self._parts: list[bytes | memoryview] = []
        self._bytes = 0
        self._timestamp = -1

    @property
    def format(self) -> VideoFormat | None:
        return self._format

    @property
    def pending(self) -> bool:
        return bool(self._parts)

    def detach(self) -> None:
        self._parts = [bytes(part) for part in self._parts]

    def lost(self) -> None:
        self.dropped += bool(self._parts)
        self._parts = []

    def push(self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool) -> None:
        if end - begin < 8:
            raise MalformedError("a JPEG payload without its header")
        offset = int.from_bytes(data[begin + 1 : begin + 4], "big")
        kind, quality = data[begin + 4], data[begin + 5]
        if self._parts and timestamp != self._timestamp:
            self._finish()  # it had no marker
        start, interval = begin + 8, 0
        if kind & 0x40:
            interval = int.from_bytes(data[start : start + 2], "big")
            start += 4
        if offset == 0:
            self._timestamp = timestamp
            side = (8 * data[begin + 6], 8 * data[begin + 7])
            start = self._begin(data, start, end, (kind, quality, *side, interval))
        elif not self._parts or offset != self._bytes:
            self.lost()
            return
        if start > end:
            raise MalformedError("a JPEG header beyond its packet")
        self._bytes += end - start
        if self._bytes > MAX_UNIT_BYTES:
            self.lost()
            return
        self._parts.append(data[start:end])
        if marker:
            self._finish()

    def _begin(
        self, data: memoryview, start: int, end: int, form: tuple[int, int, int, int, int]
    ) -> int:
        """The first packet of an image; returns where its data start."""
        self.lost()
        kind, quality, width, height, interval = form
        if kind & 0x3F > 1 or kind >= 128:
            raise MalformedError(f"JPEG type {kind}")
        width, height = width or self._size[0], height or self._size[1]
        if not (width and height):
            raise MalformedError("a JPEG image of unknown size")
        if quality >= 128:
            start = self._read_tables(data, start, end, quality)
            tables, precision = self._tables[quality]
        else:
            tables, precision = b"", 0
        key = (kind, quality, width, height, interval, tables, precision)
        if self._header[0] != key:
            tables = tables or jpeg.quantizers(quality)
            head = jpeg.header(kind & 1, width, height, tables, precision, interval)
            self._header = (key, head)
        if self._format is None or (self._format.width, self._format.height) != (width, height):
            self._format = VideoFormat(Codec.MJPEG, width, height)
        self._parts = [self._header[1]]
        self._bytes = 0
        return start

    def _read_tables(self, data: memoryview, start: int, end: int, quality: int) -> int:
        """The quantization table header (§3.1.8); an empty one means the same as before."""
        if start + 4 > end:
            raise MalformedError("JPEG quantizers beyond their packet")
        precision = data[start + 1]
        length = data[start + 2] << 8 | data[start + 3]
        start += 4
        if start + length > end:
            raise MalformedError("JPEG quantizers beyond their packet")
        if length:
            if quality not in self._tables and len(self._tables) >= _MAX_TABLES:
                self._tables.clear()
            self._tables[quality] = (bytes(data[start : start + length]), precision)
        if quality not in self._tables:
            raise MalformedError(f"JPEG quantizers {quality} that were never sent")
        return start + length

    def _finish(self) -> None:
        parts, self._parts = self._parts, []
        if self._format is not None:
            image = b"".join(parts)
            if not image.endswith(jpeg.END):
                image += jpeg.END
            self._emit(self._timestamp, image, True, self._format, 0)
