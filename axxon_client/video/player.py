"""Several cameras' footage on one clock: the pacing thread and what a person can ask of it."""

from __future__ import annotations

import threading
import time

from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.video.clock import PlaybackClock
from axxon_client.video.playback import MAX_TURNED_BYTES, TURNED_BYTES, PlaybackFeed
from axxon_client.video.pool import DecodePool
from axxon_client.video.round import Round, Stage, at_once

# Without anything due, the thread still looks after its feeds that often.
_IDLE_US = 250_000
# Rounds of pictures come no faster than the screen shows them, and a round early: preparing takes
# its time.
_ROUND_US = 20_000
_LEAD_US = 30_000
# After a wait for pictures the clock runs on when there are so many more, in real time.
_BUFFER_US = 80_000
# A feed that ended while its picture was being prepared cannot keep the others waiting.
_GIVE_UP_US = 1_000_000
_BUFFERS = "buffers"  # who holds the clock then


class Player:
    """All methods from any thread (not from a feed's callback: those must not wait).

    Starts paused at a position; `play` runs the clock.  It waits for feeds that have no picture
    yet, jumps over what is a hole for all of them, and pauses at the end of all.  All feeds show
    the pictures of one and the same moment: the round goes to `stage` when all are prepared.
    """

    def __init__(
        self,
        network: NetworkThread,
        pool: DecodePool,
        position_us: int,
        stage: Stage = at_once,
    ) -> None:
        self.clock = PlaybackClock(position_us, _mono_us())
        self._network = network
        self._pool = pool
        self._stage = stage
        self._round: Round | None = None
        self._round_us = 0
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
            self._share_memory()
        self._notify()
        return feed

    def remove(self, feed: PlaybackFeed) -> None:
        with self._wake:
            if feed in self._feeds:
                self._feeds.remove(feed)
            self._share_memory()
        feed.stop()
        if self._round is not None:
            self._round.leave(feed)
        self._notify()

    def _share_memory(self) -> None:
        share = TURNED_BYTES // max(1, len(self._feeds))
        for feed in self._feeds:
            feed.turned_bytes = min(MAX_TURNED_BYTES, share)

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
            now_us = _mono_us()
            wait_us = self._turn(now_us)
            with self._wake:
                if not self._woken and not self._closed:
                    self._wake.wait(wait_us / 1e6)
                self._woken = False

    def _turn(self, now_us: int) -> int:
        """Show what is due; for how long there is nothing to do, unless something changes."""
        feeds = list(self._feeds)
        for feed in feeds:
            feed.follow()
        waits = self._round is not None and not self._round.done
        if waits and now_us - self._round_us < _GIVE_UP_US:
            return _IDLE_US
        early_us = self._round_us + _ROUND_US - now_us
        if early_us > 0 and not self.clock.paused:
            return early_us
        self._step_if_asked(now_us)
        position_us = self._bounded_position(feeds, now_us)
        self._round, self._round_us = Round(self._stage, self._notify), now_us
        nexts = [feed.show(position_us, self._round) for feed in feeds]
        self._round.close()
        if not self._round.joined:  # the last picture before a hole is seen first
            self._jump_or_end(now_us)
        return self._until(nexts, now_us)

    def _until(self, nexts: list[int | None], now_us: int) -> int:
        """Until the next picture is due, but not sooner than the next round."""
        if self.clock.holds(_BUFFERS):
            return _ROUND_US
        moments = [self.clock.mono_at(us, now_us) for us in nexts if us is not None]
        due_us = min((us for us in moments if us is not None), default=now_us + _IDLE_US)
        wait_us = due_us - _LEAD_US - now_us
        return min(_IDLE_US, max(_ROUND_US, wait_us))

    def _bounded_position(self, feeds: list[PlaybackFeed], now_us: int) -> int:
        """What is to be seen next; where a feed is not that far yet, the clock waits for it."""
        clock = self.clock
        if clock.paused:
            clock.release(_BUFFERS, now_us)
            return clock.position_us(now_us)
        reaches = [(feed.reach_us, feed) for feed in feeds]
        sign = -1 if clock.speed < 0 else 1
        known = [(sign * reach_us, feed) for reach_us, feed in reaches if reach_us is not None]
        if not known:
            clock.release(_BUFFERS, now_us)
            return clock.position_us(now_us)
        limit_us, slowest = min(known, key=lambda one: one[0])
        self._wait_or_run(limit_us, sign, slowest, now_us)
        position_us = sign * clock.position_us(now_us if clock.held else now_us + _LEAD_US)
        return sign * min(position_us, limit_us)

    def _wait_or_run(self, limit_us: int, sign: int, slowest: PlaybackFeed, now_us: int) -> None:
        """`limit_us` times `sign` grows with the playing."""
        clock = self.clock
        at_us = sign * clock.position_us(now_us)
        if clock.holds(_BUFFERS):
            enough_us = round(_BUFFER_US * abs(clock.speed))
            if limit_us >= at_us + enough_us or slowest.filled:
                clock.release(_BUFFERS, now_us)
        elif at_us > limit_us:
            clock.hold(_BUFFERS, now_us)
            clock.move(sign * limit_us, now_us)
            slowest.wait_begins()

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
            self._round_us = 0  # at once: no picture of the other side is left out
            self._notify()


def _mono_us() -> int:
    return time.monotonic_ns() // 1000
