"""Where tiles get their pictures: live feeds and playback of one server's link.

Pictures go from a decode thread straight to a tile's gate; notes and what detectors see become
signals.
"""

from __future__ import annotations

import concurrent.futures
from typing import Protocol

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.ui.layouts.gate import Gate
from axxon_client.video.audio import AudioOut
from axxon_client.video.decode import AudioBlock
from axxon_client.video.frame import VideoPicture
from axxon_client.video.live import FeedNote, LiveFeed, LiveStats
from axxon_client.video.picture import decode_picture
from axxon_client.video.playback import PlaybackFeed, PlaybackStats
from axxon_client.video.player import Player
from axxon_client.video.pool import DecodePool
from axxon_client.video.round import Reveal
from axxon_client.video.tick import display_tick
from protocol.types import SeenObject, StreamRole, VideoFormat


class Stats(Protocol):
    """What statistics of either kind of feed have in common."""

    codec: str
    width: int
    height: int
    fps: float
    bitrate_bps: int
    errors: int


class Source(QObject):
    """A feed bound to a gate.

    Signals: `noted(FeedNote)`; `saw(int time_us, list of SeenObject)`.
    """

    noted = pyqtSignal(object)
    saw = pyqtSignal(object, object)

    def __init__(self, feeds: Feeds, camera: str, audio: bool, gate: Gate) -> None:
        super().__init__()
        self.camera = camera
        self.audio = audio
        self._gate = gate
        self._feeds = feeds
        self._open = True

    def start(self) -> None:
        raise NotImplementedError

    def stats(self) -> LiveStats | PlaybackStats:
        raise NotImplementedError

    def close(self) -> None:
        """At once for the caller; the feed ends in the background."""
        self._open = False
        if self.audio:
            self._feeds.silence(self)
        self._end()
        self.deleteLater()

    def _end(self) -> None:
        raise NotImplementedError

    def _bind(self, feed: LiveFeed | PlaybackFeed) -> None:
        feed.on_note = self._on_note
        if self.audio:
            self._feeds.sound(self)
            feed.on_audio = self._on_audio

    def _on_audio(self, block: AudioBlock, due_us: int) -> None:
        """Decode or player's thread."""
        if self._open:
            self._feeds.audio.play(self, block, due_us)

    def _on_hush(self) -> None:
        """Player's thread."""
        self._feeds.audio.hush(self)

    def _on_note(self, note: FeedNote) -> None:
        """Network or player's thread."""
        if self._open and not sip.isdeleted(self):
            self.noted.emit(note)

    def _on_seen(self, time_us: int, objects: list[SeenObject]) -> None:
        """Network thread."""
        if self._open and not sip.isdeleted(self):
            self.saw.emit(time_us, objects)


class LiveSource(Source):
    def __init__(
        self, feeds: Feeds, camera: str, role: StreamRole, audio: bool, gate: Gate
    ) -> None:
        super().__init__(feeds, camera, audio, gate)
        self.role = role
        self._feed = LiveFeed(feeds.network, feeds.link, feeds.pool, camera, role, audio)
        self._bind(self._feed)
        self._feed.on_picture = self._on_picture
        self._feed.on_seen = self._on_seen

    def _on_picture(self, picture: VideoPicture) -> None:
        """Decode thread."""
        if self._open:
            self._gate(picture)

    def start(self) -> None:
        self._feed.start()

    def stats(self) -> LiveStats:
        return self._feed.stats()

    def _end(self) -> None:
        self._feeds.later(self._feed.stop)


class PlaybackSource(Source):
    """On the clock that all playing tiles share."""

    def __init__(self, feeds: Feeds, player: Player, camera: str, audio: bool, gate: Gate) -> None:
        super().__init__(feeds, camera, audio, gate)
        self._player = player
        self._feed = player.add(feeds.link, camera, audio=audio)
        self._bind(self._feed)
        self._feed.on_picture = self._prepare
        self._feed.on_hush = self._on_hush

    def _prepare(self, picture: VideoPicture) -> Reveal:
        """Decode thread."""
        show = self._gate.prepare(picture)

        def reveal() -> None:
            """Display tick."""
            if self._open:
                show()

        return reveal

    def start(self) -> None:
        self._feed.start()

    def stats(self) -> PlaybackStats:
        return self._feed.stats()

    @property
    def shown_us(self) -> int | None:
        return self._feed.shown_us

    def _end(self) -> None:
        self._feeds.later(self._player.remove, self._feed)


class Feeds:
    """What feeds of one link share: network thread, decode threads, sound."""

    def __init__(self, network: NetworkThread, link: ServerLink, pool: DecodePool) -> None:
        self.network = network
        self.link = link
        self.pool = pool
        self.audio = AudioOut()
        # Ending a feed waits for the picture being decoded, and a sound card takes its time to
        # open: neither in the GUI thread.  One thread keeps their order.
        self._stills = pool.lane()
        self._aside = concurrent.futures.ThreadPoolExecutor(1, "feeds-aside")

    def live(self, camera: str, role: StreamRole, audio: bool, gate: Gate) -> LiveSource:
        return LiveSource(self, camera, role, audio, gate)

    def playback(self, player: Player, camera: str, audio: bool, gate: Gate) -> PlaybackSource:
        return PlaybackSource(self, player, camera, audio, gate)

    def player(self, position_us: int) -> Player:
        return Player(self.network, self.pool, position_us, display_tick().stage)

    def show_still(self, form: VideoFormat, payload: bytes, time_us: int, gate: Gate) -> None:
        """Decode a key frame and show it, off the GUI thread."""

        def work() -> None:
            picture = decode_picture(form, payload, time_us)
            if picture is not None:
                gate(picture)

        self._stills.put(work)

    def later(self, run: object, *args: object) -> None:
        """Off the GUI thread, in the order of the calls."""
        self._aside.submit(run, *args)  # type: ignore[arg-type]

    def sound(self, source: Source) -> None:
        """Only this source sounds from now on."""
        self.later(self.audio.select, source)

    def silence(self, source: Source) -> None:
        """Unless another one sounds already."""

        def quiet() -> None:
            if self.audio.source is source:
                self.audio.select(None)

        self.later(quiet)

    def close(self) -> None:
        """Waits for the feeds that are ending."""
        self._stills.close()
        self._aside.shutdown(wait=True)
        self.audio.close()
