"""Cuts a camera's GOPs to a period and closes holes up, pure."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from axxond.archive.model import JOIN_US
from axxond.archive.stored import Piece
from axxond.media.packet import Packet


class Clipper:
    """Give pieces in order.  The first begins with the key frame before the period; sound from
    before that key frame, and everything after the period, is left out."""

    def __init__(self, begin_us: int, end_us: int, audio: bool) -> None:
        self._begin_us = begin_us
        self._end_us = end_us
        self._audio = audio
        self.found = False
        self.done = False
        self.share = 0.0

    def clip(self, piece: Piece) -> Iterator[Piece]:
        """What of it belongs to the period, stored GOPs as they are as far as they do whole."""
        if isinstance(piece, list):
            yield from self._clipped(piece)
            return
        whole = piece.until(self._end_us) if self.found else 0
        if whole:
            self._note_share(piece.first(whole).end_us)
            yield piece.first(whole)
        for gop in piece.after(whole).gops(self._audio):
            yield from self._clipped(gop)
            if self.done:
                return

    def _clipped(self, gop: list[Packet]) -> Iterator[list[Packet]]:
        clipped = self._clip_gop(gop)
        if clipped:
            yield clipped

    def _note_share(self, end_us: int) -> None:
        span = max(1, self._end_us - self._begin_us)
        self.share = min(1.0, max(self.share, (end_us - self._begin_us) / span))

    def _clip_gop(self, gop: list[Packet]) -> list[Packet]:
        start = gop[0].pts_us
        if start >= self._end_us:
            self.done = True
            return []
        end = max(packet.pts_us + packet.duration_us for packet in gop)
        if end <= self._begin_us:
            return []
        self._note_share(end)
        if not self.found:
            self.found = True
            gop = _from_picture(gop)
        return self._until_end(gop)

    def _until_end(self, gop: list[Packet]) -> list[Packet]:
        """Up to the last picture shown before the end: later ones may be references for it.
        Nothing is shown or heard for longer than the period."""
        last = max(
            (at for at, one in enumerate(gop) if one.is_video and one.pts_us < self._end_us),
            default=len(gop) - 1,
        )
        kept = [
            one
            for at, one in enumerate(gop)
            if (at <= last if one.is_video else one.pts_us < self._end_us)
        ]
        return [self._shortened(one) for one in kept]

    def _shortened(self, packet: Packet) -> Packet:
        left_us = self._end_us - packet.pts_us
        if packet.duration_us <= left_us:
            return packet
        return evolve(packet, duration_us=max(1, left_us))


def _from_picture(gop: list[Packet]) -> list[Packet]:
    """Without the sound from before the first picture."""
    begin = next((one.pts_us for one in gop if one.is_video), gop[0].pts_us)
    return [one for one in gop if one.is_video or one.pts_us >= begin]


class HoleCloser:
    """Shifts times so that holes of more than 2 s vanish; both tracks alike."""

    def __init__(self) -> None:
        self._end_us: int | None = None
        self.shift_us = 0

    def close(self, gop: list[Packet]) -> list[Packet]:
        """The GOP at its time in the file."""
        start = min(one.pts_us for one in gop)
        end = max(one.pts_us + one.duration_us for one in gop)
        shift = self.pass_by(start, end)
        if shift:
            gop = [
                evolve(one, pts_us=one.pts_us - shift, dts_us=one.dts_us - shift) for one in gop
            ]
        if gop[0].discontinuity:
            gop = [evolve(gop[0], discontinuity=False), *gop[1:]]
        return gop

    def pass_by(self, start_us: int, end_us: int) -> int:
        """For footage that somebody else shifts: by how much earlier it is in the file."""
        if self._end_us is not None and not -JOIN_US <= start_us - self._end_us <= JOIN_US:
            self.shift_us += start_us - self._end_us
        self._end_us = end_us
        return self.shift_us
