"""Live pictures: one relay a camera stream, packing each packet once for all its viewers.

On the event loop.  A viewer begins with the newest GOP; one that does not read fast enough skips
to a key frame and is told how many packets it missed.  Nobody waits for anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import field, frozen

from axxond.base.clock import Clock
from axxond.base.tasks import spawn
from axxond.base.units import MIB
from axxond.media.packet import Packet
from axxond.server.outbound import Outbound
from axxond.server.ports import Unlisten
from axxond.stream.hub import Gap, Policy, StreamHub
from protocol.connection import pack_media, pack_notice
from protocol.messages import ChannelNotice, DetectionNotice, FormatNotice, MediaFrame
from protocol.transport import WireConnection
from protocol.types import Format, SeenObject

VIDEO, AUDIO = 0, 1
# What a relay may be behind its hub: it only packs, so this is a stalled event loop's worth.
_MAX_QUEUE_BYTES = 16 * MIB
_MAX_QUEUE_ITEMS = 4096
# The newest GOP, packed, for the next viewer; one that grows beyond waits for a key frame.
_MAX_GOP_BYTES = 32 * MIB

ListenDetections = Callable[[str, Callable[[int, list[SeenObject]], None]], Unlisten]


@frozen
class Packed:
    """A packet as it goes to every viewer."""

    data: bytes = field(repr=False)
    track: int
    begins: bool  # a viewer may begin here: a key frame, or sound where there is no video


class Viewer:
    """One session's place at a relay."""

    def __init__(
        self, connection: WireConnection, outbound: Outbound, channel: int, clock: Clock
    ) -> None:
        self.audio = False
        self.channel = channel
        self.skipped = 0  # since the last notice
        self._connection = connection
        self._outbound = outbound
        self._clock = clock
        self._waiting = True  # for a key frame
        self._starting = True  # nothing was skipped yet

    def format(self, notice: bytes) -> None:
        self._connection.send_media(notice)

    def interrupted(self, notice: bytes) -> None:
        self._waiting = self._starting = True
        self._connection.send_media(notice)

    def missed(self, count: int) -> None:
        """Packets that the viewer shall be told of; a key frame follows."""
        self._waiting, self._starting = True, False
        self.skipped += count

    def offer(self, packed: Packed) -> None:
        if packed.track == AUDIO and not self.audio:
            return
        if self._waiting and not self._goes_on(packed):
            self.skipped += not self._starting
            return
        if self._outbound.must_skip(self._clock.monotonic_us()):
            self._waiting, self._starting = True, False
            self.skipped += 1
            return
        self._connection.send_media(packed.data)

    def detection(self, notice: bytes) -> None:
        """What comes late is worth nothing."""
        if not self._waiting:
            self._connection.send_media(notice)

    def _goes_on(self, packed: Packed) -> bool:
        if not packed.begins:
            return False
        if not self._starting and not self._outbound.may_resume():
            return False
        self._waiting = self._starting = False
        if self.skipped:
            self._connection.notify(ChannelNotice(self.channel, "skipped", count=self.skipped))
            self.skipped = 0
        return True


class LiveRelay:
    """Ends by itself with the hub (the camera is removed or set up anew): `on_end`."""

    def __init__(
        self,
        channel: int,
        hub: StreamHub,
        listen_detections: ListenDetections,
        on_end: Callable[[LiveRelay], None],
    ) -> None:
        self.channel = channel
        self.hub = hub
        self.viewers: list[Viewer] = []
        self._formats: dict[int, Format] = {}
        self._gop: list[Packed] = []
        self._gop_bytes = 0
        self._on_end = on_end
        self._members: set[Viewer] = set()  # joined, or about to
        self._closed = False
        self._subscription = hub.subscribe(
            Policy.SKIP_TO_KEYFRAME, _MAX_QUEUE_BYTES, _MAX_QUEUE_ITEMS, newest_gop=True
        )
        for item in self._subscription.take():
            if isinstance(item, Packet):
                self._take(item)
        self._dropped = self._subscription.dropped
        self._unlisten = listen_detections(hub.key.camera, self._on_detections)
        self._task: asyncio.Task[None] = spawn(
            self._run(), f"live {hub.key.camera} {hub.key.role.value}"
        )

    def reserve(self, viewer: Viewer) -> None:
        """The relay stays for this viewer, who joins in a moment."""
        self._members.add(viewer)

    def join(self, viewer: Viewer) -> None:
        """Formats, then the newest GOP, at once.  A relay that has ended says so."""
        if self._closed:
            viewer.interrupted(self._farewell())
            return
        for track, form in self._formats.items():
            viewer.format(pack_notice(FormatNotice(self.channel, track, form)))
        if not self.hub.online:
            viewer.interrupted(pack_notice(ChannelNotice(self.channel, "no-signal")))
        for packed in self._gop:
            viewer.offer(packed)
        self.viewers.append(viewer)

    def leave(self, viewer: Viewer) -> None:
        """The relay ends with its last viewer."""
        self._members.discard(viewer)
        if viewer in self.viewers:
            self.viewers.remove(viewer)
        if not self._members:
            self.close()

    def close(self) -> None:
        """Once; the viewers are told."""
        if self._closed:
            return
        self._closed = True
        for viewer in self.viewers:
            viewer.interrupted(self._farewell())
        self._subscription.close()
        self._task.cancel()
        self._unlisten()
        self._on_end(self)

    def _farewell(self) -> bytes:
        return pack_notice(ChannelNotice(self.channel, "closed", text="the stream was closed"))

    async def _run(self) -> None:
        while items := await self._subscription.wait():
            self._count_missed()
            for item in items:
                if isinstance(item, Gap):
                    self._interrupt(item)
                else:
                    self._take(item)
        self.close()

    def _count_missed(self) -> None:
        """The event loop was away so long that the hub gave up waiting for this relay."""
        missed = self._subscription.dropped - self._dropped
        self._dropped += missed
        if missed:
            self._gop, self._gop_bytes = [], 0
            for viewer in self.viewers:
                viewer.missed(missed)

    def _take(self, packet: Packet) -> None:
        track = VIDEO if packet.is_video else AUDIO
        if self._formats.get(track) != packet.format:
            self._formats[track] = packet.format
            notice = pack_notice(FormatNotice(self.channel, track, packet.format))
            for viewer in self.viewers:
                viewer.format(notice)
        packed = self._pack(packet, track)
        self._keep(packed)
        for viewer in self.viewers:
            viewer.offer(packed)

    def _pack(self, packet: Packet, track: int) -> Packed:
        frame = MediaFrame(
            self.channel,
            0,
            track,
            packet.keyframe,
            packet.discontinuity,
            packet.pts_us,
            packet.dts_us,
            packet.duration_us,
            packet.data,
        )
        begins = packet.keyframe and (track == VIDEO or not self.hub.has_video)
        return Packed(pack_media(frame), track, begins)

    def _keep(self, packed: Packed) -> None:
        if packed.begins:
            self._gop, self._gop_bytes = [], 0
        elif not self._gop:
            return
        self._gop.append(packed)
        self._gop_bytes += len(packed.data)
        if self._gop_bytes > _MAX_GOP_BYTES:
            self._gop, self._gop_bytes = [], 0

    def _interrupt(self, gap: Gap) -> None:
        self._gop, self._gop_bytes = [], 0
        notice = pack_notice(
            ChannelNotice(self.channel, "no-signal", time_us=gap.at_us, text=gap.text)
        )
        for viewer in self.viewers:
            viewer.interrupted(notice)

    def _on_detections(self, time_us: int, seen: list[SeenObject]) -> None:
        notice = pack_notice(DetectionNotice(self.channel, time_us, seen))
        for viewer in self.viewers:
            viewer.detection(notice)
