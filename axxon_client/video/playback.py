"""One camera's footage, shown as a `Player`'s clock says.

Encoded frames wait in an inbox whose size the credit bounds; the lane decodes a few pictures
ahead; the player's thread calls `show`, which hands the picture that is due back to the lane to be
prepared for the screen, and to be seen together with those of the other feeds.
"""

from __future__ import annotations

import concurrent.futures
import math
import threading
import time
from collections import deque
from collections.abc import Callable

from attrs import evolve, frozen

from axxon_client.net.channels import PulledChannel
from axxon_client.net.errors import LinkError
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.wire import ChannelMessage
from axxon_client.video.ahead import MAX_PICTURES, Ahead, Want
from axxon_client.video.clock import PlaybackClock, Reading
from axxon_client.video.decode import AudioBlock, AudioDecoder, VideoDecoder
from axxon_client.video.frame import VideoPicture
from axxon_client.video.live import FeedNote
from axxon_client.video.meter import RateMeter
from axxon_client.video.pool import DecodePool
from axxon_client.video.round import Reveal, Round
from axxon_client.video.soundahead import SoundAhead
from protocol.errors import ProtocolError
from protocol.messages import ChannelNotice, FormatNotice, MediaFrame, OpenPlayback
from protocol.types import AudioFormat, VideoFormat

# A second and a half at 4 Mbit/s: enough to read on while the network pauses, little enough that
# 25 cameras can be dragged along the time line together.
CREDIT_BYTES = 750_000
# A GOP is decoded whole to be shown backwards: so much for all feeds of a player together, and for
# one of them at most; of longer GOPs every second picture is left out, every fourth, …
TURNED_BYTES = 512 << 20
MAX_TURNED_BYTES = 96 << 20
# Fast, pictures are used up sooner; three times the depth is 8 MB of 640x360.
_MAX_DEPTH = 3


@frozen
class PlaybackStats:
    """`late` pictures came after their moment; `stalls` counts waits for the network."""

    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    bitrate_bps: int = 0
    pictures: int = 0
    late: int = 0
    stalls: int = 0
    errors: int = 0
    on_card: bool = False  # the graphics card decodes
    shown_us: int | None = None  # the time of the picture on show


class PlaybackFeed:
    """Made by `Player.add`.  Callbacks, to be set before `start`: `on_picture(VideoPicture)`
    (decode threads; prepares it, and returns what makes it visible, for the player's stage),
    `on_audio(AudioBlock, due_us)` (only at 1x; when to be heard, monotonic; the player's thread),
    `on_hush()` (what was handed over is void), `on_note(FeedNote)`
    with "no-footage" (`time_us`: where it goes on), "footage" (after it), "end", "lost",
    "refused".  Only `on_note` may still come once after `stop` has returned.
    """

    def __init__(
        self,
        network: NetworkThread,
        link: ServerLink,
        pool: DecodePool,
        clock: PlaybackClock,
        camera: str,
        archive: str = "",
        audio: bool = False,
    ) -> None:
        self.camera = camera
        self.archive = archive
        self.audio = audio
        self.on_picture: Callable[[VideoPicture], Reveal] = lambda picture: lambda: None
        self.on_audio: Callable[[AudioBlock, int], None] = lambda block, due_us: None
        self.on_hush: Callable[[], None] = lambda: None
        self.on_note: Callable[[FeedNote], None] = _ignore
        self.on_change: Callable[[], None] = lambda: None  # for the player: look soon
        self.turned_bytes = MAX_TURNED_BYTES  # its share of the memory for GOPs read backwards
        self._network = network
        self._link = link
        self._clock = clock
        self._lane = pool.lane()
        self._video = VideoDecoder()
        self._audio = AudioDecoder()
        self._lock = threading.RLock()  # guards what follows
        self._formats: dict[int, VideoFormat | AudioFormat] = {}
        self._inbox: deque[MediaFrame | ChannelNotice] = deque()
        self._ahead: Ahead[VideoPicture] = Ahead()
        self._sounds = SoundAhead(clock)
        self._turned: list[VideoPicture] = []  # the GOP being decoded backwards
        self._stride = 1  # of a long one only every so-manyth picture is kept
        self._number = 0  # of the next picture within the GOP
        self._reading = Reading(-1, 0, False, False)
        self._serial = 0  # rises whenever what was received is void
        self._starved = True  # the player waits for what comes
        self._fresh_decoder = True  # forget the decoder's state before the next frame
        self._decoding = False
        self._down = ""  # why nothing comes
        self._told_state: tuple[str, int | None] = ("", 0)
        self._stats = PlaybackStats()
        self._rate = RateMeter()
        self._bits = RateMeter()
        self._opening: concurrent.futures.Future[None] | None = None
        self._channel: PulledChannel | None = None
        self._stopped = False

    # --- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Read from where the clock stands."""
        with self._lock:
            self._begin(self._clock.reading)
        self._opening = self._network.run(self._open())

    def stop(self) -> None:
        """Returns once no decode thread calls back any more."""
        with self._lock:
            self._stopped = True
        self._lane.close()
        if self._opening is not None and self._network.running:
            self._network.run(self._close())

    async def _open(self) -> None:
        reading = self._reading
        request = OpenPlayback(
            self.camera,
            reading.from_us,
            self.archive,
            reading.reverse,
            reading.key_frames_only,
            self.audio,
            CREDIT_BYTES,
        )
        try:
            self._channel = await self._link.open_pulled(request, self)
        except (ProtocolError, LinkError) as error:
            self._set_down("refused", str(error))
            return
        if self._stopped:
            await self._close()
        elif self._reading is not reading:
            await self._seek(self._reading)

    async def _close(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            try:
                await channel.close()
            except (ProtocolError, LinkError):
                return  # it ended with the connection

    async def _seek(self, reading: Reading) -> None:
        if self._channel is None or reading is not self._reading:
            return  # not open yet, or another seek came meanwhile
        try:
            await self._channel.seek(reading.from_us, reading.reverse, reading.key_frames_only)
        except LinkError:
            return  # `lost` tells; after the reconnect it begins there
        except ProtocolError as error:
            self._set_down("refused", str(error))

    def stats(self) -> PlaybackStats:
        """From any thread."""
        now = _mono_us()
        with self._lock:
            return evolve(
                self._stats,
                fps=round(self._rate.count_per_s(now), 1),
                bitrate_bps=int(self._bits.sum_per_s(now) * 8),
                errors=self._video.errors + self._audio.errors,
                on_card=self._video.on_card,
            )

    # --- the player's thread ---------------------------------------------------------------

    def follow(self) -> None:
        """Begin anew where the clock was sent."""
        with self._lock:
            reading = self._clock.reading
            if self._stopped or reading is self._reading:
                return
            self._begin(reading)
            hushes = self._sounds.hushes(begins_anew=True)
        if hushes:
            self.on_hush()
        self._network.run(self._seek(reading))

    @property
    def reach_us(self) -> int | None:
        """How far the clock may run: beyond, it is not known what to show.  None: on and on."""
        with self._lock:
            return None if self._down or self._stopped else self._ahead.reach_us

    @property
    def filled(self) -> bool:
        """No more is decoded before some of it was shown."""
        with self._lock:
            return self._ahead.full

    def wait_begins(self) -> None:
        """The clock stands because of this feed."""
        with self._lock:
            self._starved = True
            if self._stats.pictures:
                self._stats = evolve(self._stats, stalls=self._stats.stalls + 1)

    def show(self, position_us: int, together: Round) -> int | None:
        """The picture of that moment, if it is a new one; when the next one is due (a time of the
        footage), None = when something changes."""
        with self._lock:
            if self._stopped:
                return None
            reading, speed = self._reading, self._clock.speed
            picture, late = self._ahead.due(position_us)
            if abs(speed) <= 1.0:
                self._stats = evolve(self._stats, late=self._stats.late + late)
            self._ahead.depth = MAX_PICTURES * min(_MAX_DEPTH, max(1, math.ceil(abs(speed))))
            want, next_us = self._ahead.want(), self._ahead.next_us
            self._starved = want is Want.PICTURES and not self._down
            sounds = self._sounds.due(position_us, _mono_us())
            hushes = self._sounds.hushes()
        if picture is not None:
            together.join(self)
            self._lane.put_urgent(lambda: self._present(picture, reading, together))
        else:
            self._tell_state(want, next_us, together)
        for block, due_us in sounds:
            self.on_audio(block, due_us)
        if hushes:
            self.on_hush()
        self._kick()
        return next_us

    @property
    def waits_until_us(self) -> int | None:
        """In a hole of the footage: where it goes on.  None when there is something to show."""
        with self._lock:
            return self._ahead.next_us if self._ahead.want() is Want.GAP else None

    @property
    def down(self) -> bool:
        """No connection, or refused."""
        return bool(self._down)

    @property
    def idle(self) -> bool:
        """Nothing more comes by itself: the end, or no connection."""
        with self._lock:
            return bool(self._down) or self._ahead.want() is Want.END

    def next_us(self) -> int | None:
        """Where a step goes: the next picture or footage; None while it is not decoded."""
        with self._lock:
            return self._ahead.next_us

    @property
    def shown_us(self) -> int | None:
        return self._stats.shown_us

    def _begin(self, reading: Reading) -> None:
        self._reading = reading
        self._forget()
        if self._channel is not None:
            self._channel.resume_us = reading.from_us

    def _forget(self) -> None:
        """All that was received; what is being decoded meanwhile is not wanted any more."""
        self._serial += 1
        unused = sum(len(item.payload) for item in self._inbox if isinstance(item, MediaFrame))
        self._inbox.clear()
        if unused:
            self._give_back(unused)
        self._sounds.clear()
        self._forget_turned()
        self._starved = True
        self._ahead.begin(self._reading.from_us, self._reading.reverse)
        self._fresh_decoder = True

    def _tell_state(self, want: Want, next_us: int | None, together: Round) -> None:
        """Tell changes only, and not before the picture that came before was seen."""
        if self._down:
            return
        words = {Want.GAP: "no-footage", Want.END: "end", Want.NOTHING: "footage"}
        word = words.get(want, "")
        if not word or (word, next_us if want is Want.GAP else 0) == self._told_state:
            return
        self._told_state = (word, next_us if want is Want.GAP else 0)
        note = FeedNote(word, time_us=(next_us or 0) if want is Want.GAP else 0)
        together.say(lambda: self._tell(note))

    # --- what arrives (ChannelListener, network thread) -------------------------------------

    def reset(self) -> None:
        with self._lock:
            self._down = ""
            self._forget()

    def lost(self, reason: str) -> None:
        self._set_down("lost", reason)

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, FormatNotice):
            with self._lock:
                self._formats[message.track] = message.format
        elif isinstance(message, ChannelNotice):
            with self._lock:
                self._inbox.append(message)
            self._kick()

    def media(self, frame: MediaFrame) -> None:
        with self._lock:
            self._inbox.append(frame)
            self._bits.add(_mono_us(), len(frame.payload))
        self._kick()

    def _set_down(self, what: str, reason: str) -> None:
        with self._lock:
            self._down = reason or what
            self._forget()
        self._tell(FeedNote(what, reason))
        self.on_change()

    def _tell(self, note: FeedNote) -> None:
        if not self._stopped:
            self.on_note(note)

    # --- decode threads --------------------------------------------------------------------

    def _kick(self) -> None:
        """Have the lane decode if there is something, and room for it."""
        with self._lock:
            if self._decoding or self._stopped or not self._may_decode():
                return
            self._decoding = True
        self._lane.put(self._decode_one)

    def _may_decode(self) -> bool:
        """While there is room; backwards, one GOP is decoded while the one before it is shown."""
        if not self._inbox or not self._ahead.full:
            return bool(self._inbox)
        head = self._inbox[0]
        if not self._reading.reverse or isinstance(head, ChannelNotice):
            return False
        return not self._turned or not (head.track == 0 and head.keyframe)

    def _decode_one(self) -> None:
        with self._lock:
            self._decoding = False
            if not self._inbox:
                return
            item = self._inbox.popleft()
            reading, serial = self._reading, self._serial
            fresh, self._fresh_decoder = self._fresh_decoder, False
            starved = self._starved
            form = self._formats.get(item.track) if isinstance(item, MediaFrame) else None
        if fresh:
            self._video.reset()
        if isinstance(item, ChannelNotice):
            self._decode_notice(item, reading, serial)
        else:
            self._decode_frame(item, form, reading, serial)
            self._give_back(len(item.payload))
        self._kick()
        if starved or isinstance(item, ChannelNotice):
            self.on_change()

    def _decode_notice(self, notice: ChannelNotice, reading: Reading, serial: int) -> None:
        rest = self._video.flush()
        with self._lock:
            if serial != self._serial:
                return
            self._add(rest, reading)
            self._turn_over()
            if notice.what == "no-footage" and notice.time_us:
                self._ahead.add_gap(notice.time_us)
            elif notice.what == "end":
                self._ahead.add_end()
            elif notice.what == "closed":
                self._ahead.add_end()
                self._tell(FeedNote("refused", notice.text))

    def _decode_frame(
        self,
        frame: MediaFrame,
        form: VideoFormat | AudioFormat | None,
        reading: Reading,
        serial: int,
    ) -> None:
        if isinstance(form, AudioFormat):
            self._audio.configure(form)
            blocks = self._audio.decode(frame.payload, frame.pts_us)
            with self._lock:
                if serial == self._serial:
                    self._sounds.add(blocks)
            return
        if form is not None:
            self._video.configure(form)
        rest: list[VideoPicture] = []
        begins = frame.keyframe and (reading.reverse or frame.discontinuity)
        if begins:
            rest = self._video.flush()
        pictures = self._video.decode(frame.payload, frame.pts_us, frame.dts_us)
        with self._lock:
            if serial != self._serial:
                return
            self._add(rest, reading)
            if begins and reading.reverse:
                self._turn_over()
            self._add(pictures, reading)

    def _add(self, pictures: list[VideoPicture], reading: Reading) -> None:
        if not reading.reverse:
            for picture in pictures:
                self._ahead.add(picture)
            return
        for picture in pictures:
            if self._number % self._stride == 0:
                self._turned.append(picture)
            self._number += 1
        if sum(picture.bytes for picture in self._turned) > self.turned_bytes:
            del self._turned[1::2]
            self._stride *= 2

    def _turn_over(self) -> None:
        """A GOP read backwards is complete."""
        for picture in reversed(self._turned):
            self._ahead.add(picture)
        self._forget_turned()

    def _forget_turned(self) -> None:
        self._turned.clear()
        self._stride, self._number = 1, 0

    def _give_back(self, byte_count: int) -> None:
        channel = self._channel
        if channel is not None and self._network.running:
            self._network.call(channel.consumed, byte_count)

    def _present(self, picture: VideoPicture, reading: Reading, together: Round) -> None:
        reveal: Reveal | None = None
        try:
            with self._lock:
                if self._stopped or reading is not self._reading:
                    return
                self._note_shown(picture)
            reveal = self.on_picture(picture)
        finally:
            if reveal is None:
                together.leave(self)
            else:
                together.ready(self, self._guarded(reveal, reading))

    def _guarded(self, reveal: Reveal, reading: Reading) -> Reveal:
        """Unless another moment is wanted by then."""

        def run() -> None:
            if not self._stopped and reading is self._reading:
                reveal()

        return run

    def _note_shown(self, picture: VideoPicture) -> None:
        self._rate.add(_mono_us())
        self._stats = evolve(
            self._stats,
            codec=self._video.format.codec.value if self._video.format else "",
            width=picture.width,
            height=picture.height,
            pictures=self._stats.pictures + 1,
            shown_us=picture.pts_us,
        )
        if self._channel is not None:
            self._channel.resume_us = picture.pts_us


def _ignore(_item: object) -> None:
    pass


def _mono_us() -> int:
    return time.monotonic_ns() // 1000
