"""Several cameras' footage on one clock: the pacing thread and what a person can ask of it."""

from __future__ import annotations

import threading
import time

from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.video.clock import PlaybackClock
from axxon_client.video.playback import PlaybackFeed
from axxon_client.video.pool import DecodePool

# Without anything due, the thread still looks after its feeds that often.
_IDLE_US = 250_000
# Sound is handed over in blocks; pictures due within this are shown together.
_MIN_WAIT_US = 1_000


class Player:
    """All methods from any thread (not from a feed's callback: those must not wait).

    Starts paused at a position; `play` runs the clock.  It waits for feeds that have no picture
    yet, jumps over what is a hole for all of them, and pauses at the end of all.
    """

    def __init__(self, network: NetworkThread, pool: DecodePool, position_us: int) -> None:
        self.clock = PlaybackClock(position_us, _mono_us())
        self._network = network
        self._pool = pool
        self._feeds: list[PlaybackFeed] = []
        self._wake = threading.Condition()
        self._woken = False
        self._steps = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    def add(
        self, link: ServerLink, camera: str, archive: str = "", audio: bool = False
    ) -> PlaybackFeed:
        """Set its callbacks, then `start` it."""
        feed = PlaybackFeed(
            self._network, link, self._pool, self.clock, camera, archive, audio
        )  # fmt: skip
        feed.on_change = self._notify
        with self._wake:
            self._feeds.append(feed)
        self._notify()
        return feed

    def remove(self, feed: PlaybackFeed) -> None:
        with self._wake:
            if feed in self._feeds:
                self._feeds.remove(feed)
        feed.stop()

    def close(self) -> None:
        """Stop all feeds and the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()
        for feed in list(self._feeds):
            self.remove(feed)

    def position_us(self) -> int:
        return self.clock.position_us(_mono_us())

    def play(self) -> None:
        self._steps = 0
        self.clock.play(_mono_us())
        self._notify()

    def pause(self) -> None:
        self.clock.pause(_mono_us())
        self._notify()

    def set_speed(self, speed: float) -> None:
        """[1/8; 128], negative = backwards.  Raises ValueError."""
        self.clock.set_speed(speed, _mono_us())
        self._notify()

    def seek(self, position_us: int) -> None:
        self._steps = 0
        self.clock.seek(position_us, _mono_us())
        self._notify()

    def step(self, forward: bool = True) -> None:
        """Pause, and show the next picture (of the first feed), or the one before."""
        self.clock.pause(_mono_us())
        if forward:
            self._steps += 1
        else:
            shown = next((feed.shown_us for feed in self._feeds if feed.shown_us), None)
            self.seek((shown if shown is not None else self.position_us()) - 1)
        self._notify()

    # --- the player's thread ---------------------------------------------------------------

    def _notify(self) -> None:
        with self._wake:
            self._woken = True
            self._wake.notify()

    def _run(self) -> None:
        while not self._closed:
            now = _mono_us()
            due_us = now + _IDLE_US
            for feed in list(self._feeds):
                next_us = feed.tick(now)
                if next_us is not None:
                    due_us = min(due_us, next_us)
            self._step_if_asked(now)
            self._jump_or_end(now)
            wait_us = max(due_us - _mono_us(), _MIN_WAIT_US)
            with self._wake:
                if not self._woken and not self._closed:
                    self._wake.wait(wait_us / 1e6)
                self._woken = False

    def _step_if_asked(self, now_us: int) -> None:
        if not self._steps or not self._feeds:
            return
        next_us = self._feeds[0].next_us()
        if next_us is not None:
            self._steps -= 1
            self.clock.move(next_us, now_us)
            self._notify()

    def _jump_or_end(self, now_us: int) -> None:
        """Nobody has anything to show now: go where the first one has, or stop."""
        feeds = list(self._feeds)
        busy = [feed for feed in feeds if not feed.idle]
        if any(feed.down for feed in feeds) and not busy:
            self.clock.hold(self, now_us)  # it goes on with the connection
            return
        self.clock.release(self, now_us)
        if not feeds or self.clock.paused:
            return
        if not busy:
            self.clock.pause(now_us)
            return
        waits = [feed.waits_until_us for feed in busy]
        known = [wait for wait in waits if wait is not None]
        if len(known) == len(busy):
            target_us = max(known) if self.clock.speed < 0 else min(known)
            self.clock.move(target_us, now_us)
            self._notify()


def _mono_us() -> int:
    return time.monotonic_ns() // 1000
