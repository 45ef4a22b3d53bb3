"""One camera's live pictures, sound and detections, with statistics."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable

from attrs import evolve, frozen

from axxon_client.net.channels import LiveTap
from axxon_client.net.errors import LinkError
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.wire import ChannelMessage
from axxon_client.video.decode import AudioBlock, AudioDecoder, VideoDecoder
from axxon_client.video.frame import VideoPicture
from axxon_client.video.lips import Lips, Shelf
from axxon_client.video.meter import RateMeter
from axxon_client.video.pool import DecodePool
from protocol.errors import ProtocolError
from protocol.messages import ChannelNotice, DetectionNotice, FormatNotice, MediaFrame
from protocol.types import AudioFormat, SeenObject, StreamRole, VideoFormat

# What may wait for the decoder: some seconds of the largest cameras; beyond, the newest key
# frame is next.
_MAX_WAITING = 150
# A feed that never catches up still shows a picture that often.
_SHOW_AT_LEAST_US = 200_000


@frozen
class LiveStats:
    """What a tile's statistics line shows.  `latency_us`: the server's clock now minus the
    picture's time; None before the first picture."""

    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    bitrate_bps: int = 0
    packets_per_s: float = 0.0
    latency_us: int | None = None
    pictures: int = 0
    skipped: int = 0  # packets that the server or we left out
    errors: int = 0  # packets that could not be decoded
    on_card: bool = False  # the graphics card decodes
    first_picture_us: int | None = None  # from `start` to the first picture


@frozen
class FeedNote:
    """Something a viewer should see: `what` is "lost", "refused" (with `text`), "reset", or a
    `ChannelNotice`'s word."""

    what: str
    text: str = ""
    time_us: int = 0
    count: int = 0


def _ignore(_item: object) -> None:
    pass


class LiveFeed:
    """`start` and `stop` from any thread.

    Set the callbacks before `start`: `on_picture(VideoPicture)` and `on_audio(AudioBlock, due_us)`
    come from decode threads, `on_note(FeedNote)` and `on_seen(time_us, objects)` from the network
    thread.  None of them comes after `stop` has returned.  `due_us`: when to be heard, monotonic;
    with sound, pictures wait for their moment too, on a thread of their own.
    """

    def __init__(
        self,
        network: NetworkThread,
        link: ServerLink,
        pool: DecodePool,
        camera: str,
        role: StreamRole = StreamRole.HIGH,
        audio: bool = False,
    ) -> None:
        self.camera = camera
        self.role = role
        self.audio = audio
        self.on_picture: Callable[[VideoPicture], None] = _ignore
        self.on_audio: Callable[[AudioBlock, int], None] = lambda block, due_us: None
        self.on_note: Callable[[FeedNote], None] = _ignore
        self.on_seen: Callable[[int, list[SeenObject]], None] = lambda time_us, objects: None
        self._network = network
        self._link = link
        self._lane = pool.lane()
        self._video = VideoDecoder()
        self._audio = AudioDecoder()
        self._lips = Lips()  # decode threads
        self._shelf = Shelf(self._show, _mono_us) if audio else None
        self._formats: dict[int, VideoFormat | AudioFormat] = {}
        self._lock = threading.Lock()  # guards what follows
        self._waiting = 0  # video packets that the lane has not decoded yet
        self._need_keyframe = True
        self._epoch = 0  # packets of an older one are not decoded any more
        self._stats = LiveStats()
        self._packets = RateMeter()
        self._shown = RateMeter()
        self._shown_us = 0
        self._started_us = 0
        self._opening: concurrent.futures.Future[None] | None = None
        self._tap: LiveTap | None = None
        self._stopped = False

    # --- life ------------------------------------------------------------------------------

    def start(self) -> None:
        self._started_us = _mono_us()
        self._opening = self._network.run(self._open())

    def stop(self) -> None:
        """Returns once no callback runs any more; the server is told in the background."""
        self._stopped = True
        self._lane.close()
        if self._shelf is not None:
            self._shelf.close()
        if self._opening is not None and self._network.running:
            self._network.run(self._close())

    async def _open(self) -> None:
        try:
            tap = await self._link.open_live(self.camera, self.role, self.audio, self)
        except (ProtocolError, LinkError) as error:
            self._tell(FeedNote("refused", str(error)))
            return
        self._tap = tap
        if self._stopped:
            await self._close()

    async def _close(self) -> None:
        tap, self._tap = self._tap, None
        if tap is not None:
            try:
                await tap.close()
            except (ProtocolError, LinkError):
                return  # it ended with the connection

    # --- statistics ------------------------------------------------------------------------

    def stats(self) -> LiveStats:
        """From any thread."""
        now = _mono_us()
        with self._lock:
            return evolve(
                self._stats,
                fps=round(self._shown.count_per_s(now), 1),
                bitrate_bps=int(self._packets.sum_per_s(now) * 8),
                packets_per_s=round(self._packets.count_per_s(now), 1),
                errors=self._video.errors + self._audio.errors,
                on_card=self._video.on_card,
            )

    # --- what arrives (ChannelListener, network thread) -------------------------------------

    def reset(self) -> None:
        with self._lock:
            self._epoch += 1
            self._need_keyframe = True
        self._lane.put(self._lips.restart)
        self._tell(FeedNote("reset"))

    def lost(self, reason: str) -> None:
        self._tell(FeedNote("lost", reason))

    def message(self, message: ChannelMessage) -> None:
        if self._stopped:
            return
        if isinstance(message, FormatNotice):
            self._formats[message.track] = message.format
            self._note_format(message.format)
        elif isinstance(message, DetectionNotice):
            self.on_seen(message.time_us, message.objects)
        elif isinstance(message, ChannelNotice):
            self._count(message.count)
            note = FeedNote(message.what, message.text, message.time_us, message.count)
            self._tell(note)

    def media(self, frame: MediaFrame) -> None:
        if self._stopped:
            return
        with self._lock:
            self._packets.add(_mono_us(), len(frame.payload))
        if frame.track == 1:
            if self.audio:
                self._lane.put(lambda: self._decode_audio(frame, self._formats.get(1)))
            return
        self._queue_video(frame)

    def _queue_video(self, frame: MediaFrame) -> None:
        with self._lock:
            if self._waiting >= _MAX_WAITING:
                self._epoch += 1
                self._stats = evolve(self._stats, skipped=self._stats.skipped + self._waiting)
                self._waiting = 0
                self._need_keyframe = True
            if self._need_keyframe and not frame.keyframe:
                self._stats = evolve(self._stats, skipped=self._stats.skipped + 1)
                return
            self._need_keyframe = False
            self._waiting += 1
            epoch = self._epoch
        wanted = self._formats.get(0)
        self._lane.put(lambda: self._decode_video(frame, wanted, epoch))

    def _tell(self, note: FeedNote) -> None:
        if not self._stopped:
            self.on_note(note)

    def _note_format(self, form: VideoFormat | AudioFormat) -> None:
        if isinstance(form, VideoFormat):
            with self._lock:
                self._stats = evolve(
                    self._stats, codec=form.codec.value, width=form.width, height=form.height
                )

    def _count(self, skipped: int) -> None:
        with self._lock:
            self._stats = evolve(self._stats, skipped=self._stats.skipped + skipped)

    # --- decode threads --------------------------------------------------------------------

    def _decode_video(
        self, frame: MediaFrame, wanted: VideoFormat | AudioFormat | None, epoch: int
    ) -> None:
        with self._lock:
            if epoch != self._epoch:
                return
            self._waiting -= 1
            behind = self._waiting > 1
        if isinstance(wanted, VideoFormat):
            self._video.configure(wanted)
        if frame.keyframe and frame.discontinuity:
            self._video.reset()
        for picture in self._video.decode(frame.payload, frame.pts_us, frame.dts_us):
            self._offer(picture, behind)

    def _offer(self, picture: VideoPicture, behind: bool) -> None:
        now = _mono_us()
        if behind and now - self._shown_us < _SHOW_AT_LEAST_US:
            return
        self._shown_us = now
        due_us = self._lips.picture_us(picture.pts_us, now)
        if self._shelf is None or (due_us <= now and self._shelf.empty):
            self._show(picture)
        else:
            self._shelf.put(picture, due_us)

    def _show(self, picture: VideoPicture) -> None:
        now = _mono_us()
        first = self._stats.first_picture_us
        with self._lock:
            self._shown.add(now)
            self._stats = evolve(
                self._stats,
                width=picture.width,
                height=picture.height,
                pictures=self._stats.pictures + 1,
                latency_us=self._link.server_now_us() - picture.pts_us,
                first_picture_us=now - self._started_us if first is None else first,
            )
        self.on_picture(picture)

    def _decode_audio(self, frame: MediaFrame, wanted: VideoFormat | AudioFormat | None) -> None:
        if isinstance(wanted, AudioFormat):
            self._audio.configure(wanted)
        for block in self._audio.decode(frame.payload, frame.pts_us):
            due_us = self._lips.sound_us(block.pts_us, _mono_us())
            if due_us is not None:
                self.on_audio(block, due_us)


def _mono_us() -> int:
    return time.monotonic_ns() // 1000
