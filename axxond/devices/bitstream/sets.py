"""The parameter sets of an H.264 or H.265 stream as they come by, and the record made of them."""

from __future__ import annotations

from axxond.devices.bitstream import h264, h265
from protocol.types import Codec, VideoFormat

_MAX_SETS = 32  # of each kind: H.264 allows 32 SPS; no camera sends more than two


class ParameterSets:
    """`format` and `reorder` follow what `look` is shown; a new set makes a new format object."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.format: VideoFormat | None = None
        self.reorder: int | None = None
        self._sets: dict[int, dict[int, bytes]] = {}
        self._changed = False

    def look(self, nal: bytes) -> None:
        """Take a parameter set; other NAL units are ignored, and so are sets that are broken."""
        try:
            self._look(nal)
        except (ValueError, IndexError):
            return  # the unit that holds it is kept as sent; a decoder may make more of it

    def _look(self, nal: bytes) -> None:
        number = nal[0] & 31 if self.codec is Codec.H264 else h265.kind(nal)
        if self.codec is Codec.H264:
            if number == h264.SPS:
                self._store(number, h264.parse_sps(nal).id, nal)
            elif number == h264.PPS:
                self._store(number, h264.pps_id(nal), nal)
        elif number == h265.VPS:
            self._store(number, nal[2] >> 4, nal)
        elif number == h265.SPS:
            self._store(number, h265.parse_sps(nal).id, nal)
        elif number == h265.PPS:
            self._store(number, h265.pps_id(nal), nal)

    def refresh(self) -> None:
        """Make `format` of what has been seen, once all kinds have."""
        if not self._changed:
            return
        if self.codec is Codec.H264:
            self._refresh_h264()
        else:
            self._refresh_h265()

    def _store(self, kind: int, number: int, nal: bytes) -> None:
        sets = self._sets.setdefault(kind, {})
        if sets.get(number) != nal and (number in sets or len(sets) < _MAX_SETS):
            sets[number] = nal
            self._changed = True

    def _all(self, kind: int) -> list[bytes]:
        return list(self._sets.get(kind, {}).values())

    def _refresh_h264(self) -> None:
        sequence, picture = self._all(h264.SPS), self._all(h264.PPS)
        if sequence and picture:
            info = h264.parse_sps(sequence[0])
            record = h264.avcc(sequence, picture)
            self.format = VideoFormat(Codec.H264, info.width, info.height, record)
            self.reorder = info.reorder
            self._changed = False

    def _refresh_h265(self) -> None:
        video, sequence, picture = (self._all(kind) for kind in (h265.VPS, h265.SPS, h265.PPS))
        if video and sequence and picture:
            info = h265.parse_sps(sequence[0])
            record = h265.hvcc(video, sequence, picture)
            self.format = VideoFormat(Codec.H265, info.width, info.height, record)
            self.reorder = info.reorder
            self._changed = False
