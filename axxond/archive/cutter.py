"""Cuts a stream of packets into clusters, pure.

A cluster is a GOP, or about a second of a longer one: that bounds what a crash can lose.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from axxond.archive.matroska.cluster import MAX_PACKET_BYTES
from axxond.base.units import MIB
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Format, MediaKind, VideoFormat

# A GOP longer than this goes on in another cluster.  Above 1 s, so that a GOP of one second stays
# whole in spite of jitter; below 2 s less the time a cluster waits to be written.
_MAX_SPAN_US = 1_100_000
# GOPs shorter than this (MJPEG: every picture) share a cluster.
_MIN_SPAN_US = 400_000
# 100 Mbit/s for a third of a second; a larger single picture still makes one cluster.
_MAX_BYTES = 4 * MIB
# Sound that comes before the first key frame, or in a new format, waits for the next one and
# joins its cluster: as far as a block's time can reach back.
_MAX_HELD_US = 2_900_000
# Without any video for that long there is none.
_MAX_WAIT_US = 10_000_000
_MAX_HELD = 1000
# Frames that must agree, within that share of a frame's time, to be called steady.
_STEADY_FRAMES, _STEADY_SHARE = 4, 20


@frozen
class Cluster:
    """What goes to disk in one write.  `video` and `audio` are the stream's formats then, whether
    or not a packet of that kind is in it.  `key`: a reader may begin here.  `start_us` and
    `end_us` are the first packet's and the last one's."""

    packets: list[Packet]
    video: VideoFormat | None
    audio: AudioFormat | None
    key: bool
    start_us: int
    end_us: int
    bytes: int


def frame_us(packets: Iterable[Packet]) -> int:
    """The time that every video frame takes by the camera's own clock; 0 where it varies.

    Arrival times tell it less well: they are corrected as the clock is learned.
    """
    times = sorted(one.duration_us for one in packets if one.is_video and one.duration_us > 0)
    if len(times) < _STEADY_FRAMES or times[-1] - times[0] > times[0] // _STEADY_SHARE:
        return 0
    return times[len(times) // 2]


class Cutter:
    """Feed packets in order; take `sealed` clusters.

    Video before the first key frame, and after an interruption up to the next one, cannot be
    decoded and is left out, counted in `undecodable`.
    """

    def __init__(self, audio: bool) -> None:
        self.sealed: list[Cluster] = []
        self.undecodable = 0
        self.last_key_us: int | None = None  # newest video key frame taken
        self._take_audio = audio
        self._video: VideoFormat | None = None
        self._audio: AudioFormat | None = None
        self._needs_key = True
        self._packets: list[Packet] = []
        self._held: list[Packet] = []  # sound that waits for a key frame
        self._alone = False  # there is no video
        self._sealed_any = False
        self._bytes = 0
        self._base_us = 0
        self._key = True  # the first video packet of the cluster being filled is a key frame
        self._has_video = False

    @property
    def filling(self) -> int:
        """Packets in the cluster that is not sealed yet."""
        return len(self._packets)

    def expect(self, formats: Iterable[Format]) -> None:
        """Formats known beforehand: a segment's header then names tracks that come later."""
        for one in formats:
            self._change(one)

    def interrupt(self) -> None:
        """The stream ends here, or begins anew."""
        if self._held and self._video is None:
            self._go_alone()
        self.seal()
        self._needs_key = True
        self._alone = False
        self.undecodable += len(self._held)
        self._held = []

    def feed(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            one = packet.format
            if one is self._video:
                plain = self._has_video and not (packet.keyframe or packet.discontinuity)
            else:
                plain = one is self._audio and not self._held
            size = self._bytes + len(packet.data)
            span = packet.pts_us - self._base_us
            fits = -_MAX_SPAN_US <= span <= _MAX_SPAN_US and size <= _MAX_BYTES
            if plain and fits and self._packets:  # the most frequent case by far
                self._packets.append(packet)
                self._bytes = size
                continue
            self._take(packet, one.kind is MediaKind.VIDEO)

    def _take(self, packet: Packet, video: bool) -> None:
        if not (self._admit_video(packet) if video else self._admit_audio(packet)):
            return
        if self._packets and self._is_full(packet):
            self.seal()
        if not self._packets:
            self._base_us = packet.pts_us
            self._key = True
            self._has_video = False
        if video and not self._has_video:
            self._has_video = True
            self._key = packet.keyframe
        self._packets.append(packet)
        self._bytes += len(packet.data)
        if self._held and video:
            self._release()

    def _admit_audio(self, packet: Packet) -> bool:
        one = packet.format
        if not self._take_audio or not isinstance(one, AudioFormat):
            return False
        if self._needs_key and not self._alone:
            self._hold(packet)  # the camera connects in the middle of a GOP
            return False
        if one is self._audio and not self._held:
            return True
        if one == self._audio or self._video is None or not self._sealed_any:
            self._change(one)
            return True
        # A new track needs a new segment, and that must begin with a key frame: wait for it.
        self._hold(packet)
        return False

    def _hold(self, packet: Packet) -> None:
        self._held.append(packet)
        reach = _MAX_WAIT_US if self._video is None else _MAX_HELD_US
        while len(self._held) > _MAX_HELD or packet.pts_us - self._held[0].pts_us > reach:
            if self._video is None:
                self._go_alone()
                return
            del self._held[0]
            self.undecodable += 1

    def _go_alone(self) -> None:
        """There is no video: sound is recorded by itself."""
        self._alone = True
        held, self._held = self._held, []
        for packet in held:
            self._take(packet, video=False)

    def _release(self) -> None:
        """Right after a key frame: sound that waited joins it, as far as a block can hold."""
        if not self._packets[-1].keyframe:
            return
        held, self._held = self._held, []
        for packet in held:
            if self._base_us - packet.pts_us < _MAX_HELD_US:
                self._packets.append(packet)
                self._bytes += len(packet.data)
            else:
                self.undecodable += 1

    def _admit_video(self, packet: Packet) -> bool:
        if packet.format is not self._video:
            self._change(packet.format)
        if packet.discontinuity:
            self.interrupt()
        if packet.keyframe:
            self._needs_key = False
            self._alone = False
            self.last_key_us = packet.pts_us
            short = packet.pts_us - self._base_us < _MIN_SPAN_US
            if self._packets and (self._held or not (self._key and short)):
                self.seal()
            if self._held:
                self._change(self._held[-1].format)
        elif self._needs_key or len(packet.data) > MAX_PACKET_BYTES:
            self.undecodable += 1
            return False
        return True

    def _is_full(self, packet: Packet) -> bool:
        span = packet.pts_us - self._base_us
        return (
            span > _MAX_SPAN_US
            or span < -_MAX_SPAN_US
            or self._bytes + len(packet.data) > _MAX_BYTES
        )

    def _change(self, one: Format) -> None:
        if isinstance(one, VideoFormat):
            if one != self._video and (self._video is not None or self._packets):
                self.interrupt()
            self._video = one
        elif self._take_audio:
            if self._audio is not None and one != self._audio:
                self.seal()
            self._audio = one

    def seal(self) -> None:
        """End the cluster being filled; for the end of a recording, or when it has waited."""
        if not self._packets:
            return
        packets = self._packets
        self._sealed_any = True
        self.sealed.append(
            Cluster(
                packets,
                self._video,
                self._audio,
                self._key,
                packets[0].pts_us,
                packets[-1].pts_us + packets[-1].duration_us,
                self._bytes,
            )
        )
        self._packets = []
        self._bytes = 0
