"""One track: RTP packets in, `Packet`s with UTC times out, and its RTCP."""

from __future__ import annotations

import struct
from collections.abc import Callable

from axxond.devices.rtsp import rtcp, rtp
from axxond.devices.rtsp.depay import choose
from axxond.devices.rtsp.depay.h264 import H264
from axxond.devices.rtsp.depay.whole import Expected, h264_picture
from axxond.devices.rtsp.messages import MalformedError
from axxond.devices.rtsp.sdp import PayloadFormat
from axxond.media.packet import Packet
from axxond.media.timeline import StreamClock
from protocol.types import Format

_MIN_BYTES = rtp.MIN_BYTES
_unpack = rtp.HEADER.unpack_from

Deliver = Callable[[Packet], None]


# The first unit of a connection comes late, behind the answers to our requests and what else goes
# on while a camera connects.
HEAD_START_US = 200_000
# How late the undelayed packet may seem: what scheduling on a busy machine adds now and then.
_SLACK_US = 10_000


class Track:
    """Listens on a track's RTP channel.  Raises ValueError for an offer it cannot take.

    Nothing that a camera sends raises from `frame`: a packet that makes no sense counts as lost.
    """

    def __init__(
        self, kind: str, offer: PayloadFormat, view: memoryview, deliver: Deliver
    ) -> None:
        self.kind = kind
        self.clock = StreamClock(offer.clock_rate, head_start_us=HEAD_START_US, slack_us=_SLACK_US)
        self.sequence = rtp.Sequence()
        self.ssrc: int | None = None
        self.on_new_source: Callable[[], None] = lambda: None
        self._payload_type = offer.payload_type
        self._view = view
        self._deliver = deliver
        self._depay = choose(kind, offer, self._unit)
        self._format: Format | None = None
        self._arrival_us = 0
        self._lost = 0

    @property
    def pending(self) -> bool:
        return self._depay.pending

    @property
    def format(self) -> Format | None:
        """As known before the first packet, or as it stands now."""
        return self._depay.format

    def detach(self) -> None:
        self._depay.detach()

    def frame(self, begin: int, end: int, arrival_us: int) -> None:
        """One RTP packet."""
        # 64 cameras send 7000 packets a second: one call fewer each is one percent of the whole.
        self._arrival_us = arrival_us
        view = self._view
        try:
            if end - begin < _MIN_BYTES:
                raise MalformedError("a short RTP packet")
            first, second, number, timestamp, ssrc = _unpack(view, begin)
            if first == 0x80:
                start = begin + _MIN_BYTES
            else:
                start, end = rtp.payload_bounds(view, begin, end)
            if ssrc != self.ssrc:
                self._source(ssrc)
            if second & 0x7F != self._payload_type and not self._adopt(second & 0x7F):
                return
            missing = self.sequence.follow(number)
            if missing:
                self._lost += missing
                self._depay.lost()
            if missing is not None:
                self._depay.push(view, start, end, timestamp, second >= 0x80)
        except (ValueError, IndexError, struct.error, MalformedError):
            self._lost += 1
            self._depay.lost()

    def whole(self, channel: int) -> Callable[[int, int, int], int] | None:
        """A way to take pictures that have come whole; None where the codec has none.

        It takes (begin, end, arrival_us) of the buffer from an interleaved packet of `channel` on
        and gives the place after a picture, 0 when there is not a plain whole one.
        """
        depay = self._depay
        if not isinstance(depay, H264):
            return None
        view = self._view

        def take(begin: int, end: int, arrival_us: int) -> int:
            number, ssrc = self.sequence.expected, self.ssrc
            if number is None or ssrc is None or not depay.is_between_units:
                return 0
            expected = Expected(channel, self._payload_type, number, ssrc)
            found = h264_picture(view, begin, end, expected)
            if found is None or number + found.packets > 0xFFFF:
                return 0
            self._arrival_us = arrival_us
            if not depay.take(found):
                return 0
            self.sequence.skip(found.packets)
            return found.end

        return take

    def _source(self, ssrc: int) -> None:
        """The first packet, or the camera has begun anew."""
        if self.ssrc is not None:
            self.sequence = rtp.Sequence(received=self.sequence.received, lost=self.sequence.lost)
            self.clock.restart()
            self._depay.lost()
            self.on_new_source()
        self.ssrc = ssrc

    def _adopt(self, payload_type: int) -> bool:
        """Some cameras number their packets otherwise than they said: believe the first one.

        Others, later, are comfort noise or retransmissions: not ours.
        """
        if self.sequence.received or 72 <= payload_type <= 76:
            return False
        self._payload_type = payload_type
        return True

    def _unit(self, timestamp: int, data: bytes, keyframe: bool, kind: Format, ticks: int) -> None:
        clock = self.clock
        if kind is not self._format:
            self._format = kind
            clock.reorder(self._depay.reorder)
        stamp = clock.stamp(timestamp, self._arrival_us)
        duration_us = ticks * 1_000_000 // clock.rate if ticks else clock.interval_us
        lost, self._lost = self._lost, 0
        self._deliver(
            Packet(
                kind,
                data,
                stamp.pts_us,
                stamp.dts_us,
                duration_us,
                keyframe,
                stamp.discontinuity,
                lost,
                clock.newest_us,
            )
        )


class Control:
    """Listens on a track's RTCP channel and makes its receiver reports."""

    pending = False

    def __init__(
        self,
        track: Track,
        view: memoryview,
        on_report: Callable[[Track, rtcp.SenderReport, int], None],
        on_bye: Callable[[Track], None],
    ) -> None:
        self.track = track
        self._view = view
        self._on_report = on_report
        self._on_bye = on_bye
        self._middle = 0
        self._report_us = 0
        self._received = 0
        self._lost = 0

    def detach(self) -> None:
        """Nothing is held."""

    def frame(self, begin: int, end: int, arrival_us: int) -> None:
        for part in rtcp.parse(bytes(self._view[begin:end])):
            if isinstance(part, rtcp.Bye):
                self._on_bye(self.track)
                continue
            self._middle, self._report_us = part.middle, arrival_us
            self._on_report(self.track, part, arrival_us)

    def report(self, own_ssrc: int, now_us: int) -> bytes:
        """A receiver report; b"" before the first packet."""
        sequence, ssrc = self.track.sequence, self.track.ssrc
        if ssrc is None:
            return b""
        lost, received = sequence.lost - self._lost, sequence.received - self._received
        self._lost, self._received = sequence.lost, sequence.received
        fraction = min(255, 256 * lost // max(1, lost + received))
        delay = (now_us - self._report_us) * 65536 // 1_000_000 if self._middle else 0
        reception = rtcp.Reception(
            ssrc, fraction, sequence.lost, sequence.highest, self._middle, max(0, delay)
        )
        return rtcp.receiver_report(own_ssrc, reception)
