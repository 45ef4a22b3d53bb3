"""The metadata track: XML documents out of RTP packets (ONVIF Streaming §5.1.2.1).

A document may span packets; the marker bit is set on its last.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from axxond.base.units import KIB
from axxond.devices.rtsp import rtp
from axxond.devices.rtsp.messages import MalformedError

KIND, ENCODING = "application", "VND.ONVIF.METADATA"
# A document with a scene of hundreds of objects stays under that.
_MAX_DOCUMENT_BYTES = 512 * KIB

# Takes a document and when its last byte came, UTC.
TakeDocument = Callable[[bytes, int], None]


class Documents:
    """Listens on a metadata track's RTP channel.  A document of which a part is lost is let go."""

    pending = False

    def __init__(self, view: memoryview, deliver: TakeDocument) -> None:
        self.dropped = 0
        self._view = view
        self._deliver = deliver
        self._sequence = rtp.Sequence()
        self._parts: list[bytes] = []
        self._bytes = 0
        self._broken = False

    def detach(self) -> None:
        """Nothing is held."""

    def frame(self, begin: int, end: int, arrival_us: int) -> None:
        """One RTP packet; one that makes no sense is a lost one."""
        try:
            start, stop = rtp.payload_bounds(self._view, begin, end)
        except (MalformedError, struct.error):
            self._broken = True
            return
        missing = self._sequence.follow(int.from_bytes(self._view[begin + 2 : begin + 4], "big"))
        if missing is None:
            return
        self._broken = self._broken or missing > 0
        self._parts.append(bytes(self._view[start:stop]))
        self._bytes += stop - start
        if self._bytes > _MAX_DOCUMENT_BYTES:
            self._broken = True
            self._clear()
        if self._view[begin + 1] & 0x80:
            self._end(arrival_us)

    def _end(self, arrival_us: int) -> None:
        document, is_whole = b"".join(self._parts), not self._broken
        self._broken = False
        self._clear()
        if is_whole:
            self._deliver(document, arrival_us)
        else:
            self.dropped += 1

    def _clear(self) -> None:
        self._parts.clear()
        self._bytes = 0
