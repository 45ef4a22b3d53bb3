"""From a stream's own clock to UTC, pure.

A camera stamps each access unit with a counter of its own (RTP time stamp: 32 bits, any rate, any
origin).  `StreamClock` gives it a UTC time: the arrival time, freed of the network's jitter.
"""

from __future__ import annotations

import bisect

from attrs import frozen

from axxond.base.units import MS_US, SECOND_US
from axxond.media.delay import LeastDelay

_WRAP = 1 << 32
_HALF = 1 << 31

# A packet that comes so long before its time, or so long after it, is on another time base: its
# clock was set.  Late is generous: a network may hold packets back, but cannot send them early.
_EARLY_US = 1 * SECOND_US
_LATE_US = 10 * SECOND_US
# If the first unit after a clock was set follows the last one, it comes hardly before its time.
_AHEAD_US = 250 * MS_US
# No encoder reorders frames over more than that.
_REVERSE_US = 1 * SECOND_US
# How fast a wrong offset is corrected, as a share of stream time: at once visible errors quickly,
# the rest unnoticeably.
_COARSE_US = 50 * MS_US
_COARSE_SHARE, _FINE_SHARE = 4, 100
# The head start is made up for so slowly that nothing seems to move at another speed: detectors
# see a stream's first seconds as they see a file's.
_START_SHARE = 25
# A time base whose offset is known is there soon, without what would look like a lost frame.
_SETTLE_SHARE = 2
# What separates two units with the same stamp: the resolution of a container's time stamps.
_STEP_US = 1 * MS_US
_MAX_REORDER = 16  # H.264 §A.3.1, H.265 §A.4.2: MaxDpbFrames
# So many steps for each frame of reordering show a frame's true distance from the next.
_KNOWN_STEPS = 2
_DEFAULT_INTERVAL_US = 40 * MS_US
# Sender reports whose alignment differs more from that of arrival are not believed.
_MAX_SKEW_US = 2 * SECOND_US
# The first unit of a time base may have been so long on its way; what a camera's clock may be
# ahead of ours and still be taken for right.
_MAX_FIRST_LATE_US = 500 * MS_US
_ALMOST_US = 20 * MS_US


@frozen
class Stamp:
    """A unit's place in time, UTC microseconds."""

    pts_us: int
    dts_us: int
    discontinuity: bool


class StreamClock:
    """Stamps the units of one track, in their order of arrival.

    UTC = stream time + offset.  The offset is the least delay (arrival - stream time) that the
    way to us makes (`delay`), approached slowly so that frames keep their spacing.  Where the
    camera's clock is set, stamps go on as if it had not been.  `reorder`: how many frames may
    stand between decoding and showing (0: none; None: not known, learned when it shows).
    `head_start_us`: so much earlier than its arrival the first unit of a time base is placed.
    Where it mostly comes late, the clock is then corrected by stretching time: pressed together,
    two frames would meet in one tick of a player that counts in frames.  For the same reason
    units may stay late by up to `slack_us`.

    Where arrivals leave the offset open, the camera's own clock may choose it (`reported`): over
    TCP under ±200 ms of jitter it takes a minute until arrivals alone tell it within 40 ms.
    """

    def __init__(
        self, rate: int, reorder: int | None = 0, head_start_us: int = 0, slack_us: int = 0
    ) -> None:
        if rate <= 0:
            raise ValueError(f"clock rate {rate} Hz")
        self.rate = rate
        self._head_start_us = head_start_us
        self._slack_us = slack_us
        self._starting = False  # the head start is not made up for yet
        self._unsettled = False  # since the head start no other clock has told the offset
        self.interval_us = 0  # between the last two units; 0: not known yet
        self.offset_us = 0
        self._reported_us: int | None = None
        self._asked_us = -1 << 62
        self._leader: StreamClock | None = None
        self._behind_us = 0  # our offset less the leader's
        self._raw = 0
        self._ticks = 0
        self._stream_us = 0
        self._started = False
        self._restart = True
        self._delay = LeastDelay()
        self._shown_us = -1 << 62  # the newest stream time
        self._last_pts_us = -1 << 62
        self._last_dts_us = -1 << 62
        self._depth = reorder or 0
        self._learns = reorder is None
        self._waiting: list[int] = []
        self._least_us = 0  # between any two units since the anchor; 0: not known yet
        self._steps = 0  # since the anchor

    @property
    def newest_us(self) -> int:
        """Stream time of the newest unit, from the first stamp's zero on; never wraps."""
        return self._stream_us

    @property
    def floor_us(self) -> int:
        return self._delay.floor_us

    def reorder(self, depth: int | None) -> None:
        """The stream's parameters have become known, or have changed."""
        depth = None if depth is None else min(depth, _MAX_REORDER)
        self._learns = depth is None
        if depth is not None and depth != self._depth:
            self._depth = depth
            self._waiting.clear()

    def restart(self) -> None:
        """The next stamp belongs to a new time base."""
        self._restart = True

    def asked(self, utc_us: int) -> None:
        """The stream was asked for then: what a new time base begins with is not older."""
        self._asked_us = utc_us

    def reported(self, offset_us: int | None) -> None:
        """What the offset is by the camera's own clock; None: not known (any more)."""
        self._reported_us = offset_us

    def follow(self, leader: StreamClock | None, behind_us: int = 0) -> None:
        """Keep an offset `behind_us` greater than the leader's, whatever arrivals say; None: no
        more."""
        self._leader, self._behind_us = leader, behind_us

    @property
    def believes(self) -> bool:
        """Whether the camera's clock is one that arrivals allow."""
        told_us, delay = self._reported_us, self._delay
        return told_us is not None and delay.low_us <= told_us <= delay.high_us + _ALMOST_US

    def stream_us(self, raw: int) -> int:
        """Stream time of a stamp near the newest one; for sender reports."""
        delta = ((raw - self._raw + _HALF) % _WRAP) - _HALF
        return (self._ticks + delta) * SECOND_US // self.rate

    def stamp(self, raw: int, arrival_us: int) -> Stamp:
        """The time of a unit with stamp `raw` (mod 2**32) whose last byte came at `arrival_us`."""
        delta = ((raw - self._raw + _HALF) % _WRAP) - _HALF
        self._raw = raw % _WRAP
        self._ticks += delta
        before, stream = self._stream_us, self._ticks * SECOND_US // self.rate
        self._stream_us = stream
        lead = arrival_us - stream
        moved = stream - before
        if self._restart or not self._belongs(lead, moved):
            if self._restart or not self._bridge(lead, stream):
                return self._anchor(lead, arrival_us)
            moved = self.interval_us
        if stream > self._shown_us:
            self._shown_us = stream
            self._delay.observe(lead, arrival_us)
        self._correct(moved)
        return self._place(stream + self.offset_us, moved)

    def _belongs(self, lead: int, moved: int) -> bool:
        floor = self._delay.floor_us
        return floor - _EARLY_US <= lead <= floor + _LATE_US and moved >= -_REVERSE_US

    def _bridge(self, lead: int, stream: int) -> bool:
        """The camera's clock was set between two units: the next one follows the last one by the
        usual interval.  Whether that agrees with its arrival."""
        if not self.interval_us or self._depth:
            return False
        next_us = self._last_pts_us + self.interval_us
        if not -_AHEAD_US <= lead + stream - next_us <= _EARLY_US:
            return False
        by_us = next_us - stream - self.offset_us
        self.offset_us += by_us
        self._delay.shift(by_us)
        if self._reported_us is not None:
            self._reported_us += by_us
        self._shown_us = stream - 1
        return True

    def _anchor(self, lead: int, arrival_us: int) -> Stamp:
        """A new time base: believe this packet's arrival but for the head start, and say so."""
        first = not self._started
        self._started, self._restart = True, False
        self._leader = None
        late_us = min(_MAX_FIRST_LATE_US, max(0, arrival_us - self._asked_us))
        self._delay.begin(lead, arrival_us, late_us)
        self._shown_us = self._stream_us
        self._waiting.clear()
        self._least_us = self._steps = 0
        self._starting = self._unsettled = self._head_start_us > 0
        pts = arrival_us - min(self._head_start_us, late_us)
        if self._reported_us is not None and self.believes:
            pts = arrival_us - lead + min(self._reported_us, lead)
        pts = max(pts, self._last_pts_us + _STEP_US)
        self.offset_us = lead + pts - arrival_us
        stamp = self._place(pts, 1)
        return Stamp(stamp.pts_us, stamp.dts_us, not first)

    def _correct(self, moved_us: int) -> None:
        """Where frames are reordered, a step forward spans several of them: what it is corrected
        by must leave room for those that come after it and are shown before it."""
        if 0 < abs(moved_us) < SECOND_US:
            self._least_us = min(self._least_us or SECOND_US, abs(moved_us))
            self._steps += 1
        if not 0 < moved_us < SECOND_US:
            return
        if self._depth == 0:
            self.interval_us = moved_us
            self._slew(moved_us, moved_us)
        elif self._steps > _KNOWN_STEPS * self._depth:
            self.interval_us = self._least_us
            self._slew(moved_us, self._least_us)

    def _slew(self, moved_us: int, least_us: int) -> None:
        known_us = self._known_us()
        error = (self._delay.floor_us if known_us is None else known_us) - self.offset_us
        if known_us is not None and self._unsettled:
            self._settle(error, least_us)
            return
        self._starting = self._starting and error > 0
        if -self._slack_us <= error <= 0:
            return
        coarse = abs(error) > _COARSE_US
        if coarse and self._starting:
            most = least_us // _START_SHARE + 1
        else:
            most = (least_us // _COARSE_SHARE if coarse else moved_us // _FINE_SHARE) + 1
        self.offset_us += max(-most, min(most, error))

    def _settle(self, error: int, least_us: int) -> None:
        """Nothing is gained by a long way to what is known."""
        most = least_us // _SETTLE_SHARE + 1
        self.offset_us += max(-most, min(most, error))
        self._unsettled = abs(error) > most

    def _known_us(self) -> int | None:
        """The offset, where another clock than that of arrival tells it."""
        leader = self._leader
        if leader is not None:
            target_us = leader.offset_us + self._behind_us
            if abs(target_us - self._delay.floor_us) <= _MAX_SKEW_US:
                return target_us
        if self._reported_us is not None and self.believes:
            return min(self._reported_us, self._delay.high_us)
        return None

    def _place(self, pts: int, moved: int) -> Stamp:
        """Keep presentation (without reordering) and decoding times rising."""
        if self._depth == 0:
            if pts <= self._last_pts_us:
                if moved < 0 and self._learns:
                    self._deepen()
                    return self._reordered(pts)
                pts = self._last_pts_us + _STEP_US
            self._last_pts_us = self._last_dts_us = pts
            return Stamp(pts, pts, False)
        return self._reordered(pts)

    def _reordered(self, pts: int) -> Stamp:
        """Decoding times are the presentation times sorted, `depth` frames earlier."""
        interval = self.interval_us or _DEFAULT_INTERVAL_US
        waiting = self._waiting
        while len(waiting) < self._depth:
            waiting.insert(0, (waiting[0] if waiting else pts) - interval)
        bisect.insort(waiting, pts)
        dts = waiting.pop(0)
        if dts <= self._last_dts_us:
            dts = self._last_dts_us + 1
            if pts < dts and self._learns:
                self._deepen()
        self._last_dts_us = dts
        self._last_pts_us = max(self._last_pts_us, pts)
        return Stamp(pts, dts, False)

    def _deepen(self) -> None:
        self._depth = min(self._depth + 1, _MAX_REORDER)


class LipSync:
    """Keeps the sound of a camera on the time of its picture, from RTCP sender reports.

    A report ties a track's stream time to the camera's wall clock.  Once both tracks have one,
    the sound's offset is the picture's, plus the difference of the two ties.
    """

    def __init__(self, video: StreamClock, audio: StreamClock) -> None:
        self._video, self._audio = video, audio
        self._ties: dict[StreamClock, int] = {}

    def report(self, clock: StreamClock, rtp_time: int, ntp_us: int) -> None:
        """A sender report of one of the two tracks."""
        self._ties[clock] = ntp_us - clock.stream_us(rtp_time)
        video, audio = self._ties.get(self._video), self._ties.get(self._audio)
        if video is not None and audio is not None:
            self._audio.follow(self._video, audio - video)

    def forget(self, clock: StreamClock) -> None:
        """The track has begun anew: its tie is void."""
        self._ties.pop(clock, None)
        self._audio.follow(None)


class CameraClock:
    """What the wall clock of a camera says of a track, from RTCP sender reports.

    It is taken to be right until arrivals tell otherwise (`StreamClock.believes`).  A clock that
    was believed and is set then is believed on, in what it counts from there.
    """

    def __init__(self, clock: StreamClock) -> None:
        self._clock = clock
        self._wrong_us = 0  # what it is known to be ahead by

    def report(self, rtp_time: int, ntp_us: int) -> None:
        clock = self._clock
        offset_us = ntp_us - self._wrong_us - clock.stream_us(rtp_time)
        by_us = offset_us - clock.offset_us
        if clock.believes and abs(by_us) > _EARLY_US:
            self._wrong_us += by_us
            offset_us -= by_us
        clock.reported(offset_us)

    def forget(self) -> None:
        """The track has begun anew."""
        self._clock.reported(None)
