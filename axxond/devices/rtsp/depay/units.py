"""Access units out of NAL units: what RFC 6184 (H.264) and RFC 7798 (H.265) have in common.

A unit ends with the RTP marker, or where the time stamp changes if the camera sets no marker.
All NAL units are kept as sent, each behind a 4-byte length.
"""

from __future__ import annotations

from axxond.devices.bitstream.sets import ParameterSets
from axxond.devices.rtsp.depay.port import MAX_UNIT_BYTES, Emit
from protocol.types import Codec, VideoFormat

_START_CODE = b"\0\0\1"


class AccessUnits:
    """Base: collects NAL units of one time stamp.  Subclasses read the payload structures."""

    def __init__(self, codec: Codec, emit: Emit) -> None:
        self._emit = emit
        self._sets = ParameterSets(codec)
        self.dropped = 0
        self._parts: list[bytes | memoryview] = []
        self._bytes = 0
        self._timestamp = -1
        self._ended = -1  # the stamp of the unit that a marker ended
        self._has_picture = False
        self._keyframe = False
        self._damaged = False
        self._after_loss = False  # the next picture may have lost its first slice
        self._trust_marker = True
        self._slot = -1  # where the length and header of the open fragmented NAL unit go
        self._slot_head = b""
        self._slot_bytes = 0

    @property
    def format(self) -> VideoFormat | None:
        return self._sets.format

    @property
    def reorder(self) -> int | None:
        return self._sets.reorder

    @property
    def pending(self) -> bool:
        return bool(self._parts)

    def detach(self) -> None:
        self._parts = [bytes(part) for part in self._parts]

    def lost(self) -> None:
        """What is being put together is damaged; what follows with a new time stamp is not."""
        self._damaged = self._after_loss = True
        self._abandon_fragment()

    # For subclasses.

    def _turn(self, timestamp: int) -> None:
        """The next payload has another time stamp than the one before."""
        self._timestamp, before = timestamp, self._timestamp
        if self._parts and not (self._has_picture or self._damaged or self._slot >= 0):
            return  # parameter sets under a stamp of their own belong to the picture that follows
        if self._parts or self._damaged:
            self._finish(before)
        self._reset()

    def _nal(self, data: memoryview, begin: int, end: int) -> None:
        size = end - begin
        self._bytes += size
        if self._bytes > MAX_UNIT_BYTES:
            self._give_up()
            return
        self._parts.append(size.to_bytes(4, "big"))
        self._parts.append(data[begin:end])

    def _open_fragment(self, head: bytes) -> None:
        if self._slot >= 0:
            self._damaged = True
            self._abandon_fragment()
        self._slot = len(self._parts)
        self._slot_head = head
        self._slot_bytes = len(head)
        self._parts.append(b"")

    def _fragment(self, data: memoryview, begin: int, end: int) -> None:
        if self._slot < 0:
            self._damaged = True
            return
        size = end - begin
        self._slot_bytes += size
        self._bytes += size
        if self._bytes > MAX_UNIT_BYTES:
            self._give_up()
            return
        self._parts.append(data[begin:end])

    def _close_fragment(self) -> None:
        if self._slot >= 0:
            self._parts[self._slot] = self._slot_bytes.to_bytes(4, "big") + self._slot_head
            self._slot = -1

    def _fragment_bytes(self) -> bytes:
        """The open fragmented NAL unit, joined."""
        return self._slot_head + b"".join(self._parts[self._slot + 1 :])

    def _split_fragment(self) -> None:
        """Replace the open fragment by the NAL units that start codes separate in it."""
        whole = self._fragment_bytes()
        del self._parts[self._slot :]
        self._slot = -1
        self._split(whole)

    def _split(self, whole: bytes) -> None:
        """Some cameras send SPS, PPS and a picture with start codes between as one NAL unit."""
        for part in whole.split(_START_CODE):
            nal = part.rstrip(b"\0")
            if nal:
                self._parts += [len(nal).to_bytes(4, "big"), nal]
                self._look(nal)

    def _look(self, nal: bytes) -> None:
        raise NotImplementedError

    def _end(self, timestamp: int) -> None:
        """A marker was seen."""
        if not self._has_picture and not self._damaged:
            return  # parameter sets sent with a marker of their own: the picture follows
        if self._trust_marker and (self._parts or self._damaged):
            self._finish(timestamp)
            self._reset()
            self._ended = timestamp

    def _note_picture(self, is_first: bool, is_key: bool) -> None:
        """A slice begins; `is_first`: at the picture's first block."""
        if not is_first and not self._has_picture:
            if self._ended == self._timestamp:
                # It belongs to the unit that a marker ended: this camera's markers mean nothing.
                self._trust_marker = False
            elif self._after_loss:
                self._damaged = True
        self._has_picture = True
        self._after_loss = False
        if is_key:
            self._keyframe = True

    def _finish(self, timestamp: int) -> None:
        if self._slot >= 0 or self._damaged:
            self.dropped += 1
            return
        self._sets.refresh()
        if (known := self._sets.format) is not None:
            self._emit(timestamp, b"".join(self._parts), self._keyframe, known, 0)

    def _reset(self) -> None:
        self._parts = []
        self._bytes = 0
        self._has_picture = self._keyframe = self._damaged = False
        self._slot = -1

    def _give_up(self) -> None:
        self._reset()
        self._damaged = True

    def _abandon_fragment(self) -> None:
        if self._slot >= 0:
            del self._parts[self._slot :]
            self._slot = -1
