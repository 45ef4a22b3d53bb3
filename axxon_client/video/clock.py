"""The playback clock: which moment of the past is shown now.  Pure: real time is an argument.

`mono_us` is a clock that never jumps.  The position runs at `speed` (negative: backwards) unless
paused, or held by a reader that waits for its pictures.  Every change that makes readers begin
anew (a seek, another direction, key frames only) raises `epoch`.
"""

from __future__ import annotations

import threading

from attrs import frozen

# From here on only key frames are read and decoded.
KEY_FRAMES_FROM = 8.0
MAX_SPEED = 128.0
MIN_SPEED = 0.125


@frozen
class Reading:
    """How readers are to read from `from_us` on."""

    epoch: int
    from_us: int
    reverse: bool
    key_frames_only: bool


class PlaybackClock:
    """Thread-safe."""

    def __init__(self, position_us: int, mono_us: int) -> None:
        self._lock = threading.Lock()
        self._at_us = position_us
        self._since_us = mono_us
        self._speed = 1.0
        self._paused = True
        self._holders: set[object] = set()
        self._reading = Reading(0, position_us, False, False)

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def held(self) -> bool:
        return bool(self._holders)

    @property
    def reading(self) -> Reading:
        return self._reading

    def position_us(self, mono_us: int) -> int:
        with self._lock:
            return self._position(mono_us)

    def mono_at(self, position_us: int, mono_us: int) -> int | None:
        """When that position will be reached; None while the clock stands."""
        with self._lock:
            if self._standing:
                return None
            ahead_us = position_us - self._position(mono_us)
            return mono_us + round(ahead_us / self._speed)

    def play(self, mono_us: int) -> None:
        with self._lock:
            self._fix(mono_us)
            self._paused = False

    def pause(self, mono_us: int) -> None:
        with self._lock:
            self._fix(mono_us)
            self._paused = True

    def set_speed(self, speed: float, mono_us: int) -> None:
        """[1/8; 128], or the same negative.  Raises ValueError."""
        if not MIN_SPEED <= abs(speed) <= MAX_SPEED:
            raise ValueError(f"playback speed {speed:g} is not within 1/8 to 128")
        with self._lock:
            self._fix(mono_us)
            self._speed = speed
            reverse, keys = speed < 0, abs(speed) >= KEY_FRAMES_FROM
            old = self._reading
            if (reverse, keys) != (old.reverse, old.key_frames_only):
                self._reading = Reading(old.epoch + 1, self._at_us, reverse, keys)

    def seek(self, position_us: int, mono_us: int) -> None:
        """Readers begin anew there."""
        with self._lock:
            self._at_us, self._since_us = position_us, mono_us
            old = self._reading
            self._reading = Reading(old.epoch + 1, position_us, old.reverse, old.key_frames_only)

    def move(self, position_us: int, mono_us: int) -> None:
        """A step, or over a hole: readers go on with what they have."""
        with self._lock:
            self._at_us, self._since_us = position_us, mono_us

    def hold(self, holder: object, mono_us: int) -> None:
        """Stand still until that holder is `release`d."""
        with self._lock:
            self._fix(mono_us)
            self._holders.add(holder)

    def release(self, holder: object, mono_us: int) -> None:
        with self._lock:
            self._fix(mono_us)
            self._holders.discard(holder)

    def holds(self, holder: object) -> bool:
        return holder in self._holders

    @property
    def _standing(self) -> bool:
        return self._paused or bool(self._holders)

    def _position(self, mono_us: int) -> int:
        if self._standing:
            return self._at_us
        return self._at_us + round((mono_us - self._since_us) * self._speed)

    def _fix(self, mono_us: int) -> None:
        self._at_us = self._position(mono_us)
        self._since_us = mono_us
