"""Rates over a sliding window.  Pure: time is an argument."""

from __future__ import annotations

from collections import deque

_US_PER_S = 1_000_000
# Long enough for a steady figure, short enough to follow a change.
WINDOW_US = 2 * _US_PER_S
# 240 frames a second with sound.
_MAX_SAMPLES = 1024


class RateMeter:
    """Counts and sums of what was `add`ed in the last `window_us`."""

    def __init__(self, window_us: int = WINDOW_US) -> None:
        self._window_us = window_us
        self._samples: deque[tuple[int, int]] = deque(maxlen=_MAX_SAMPLES)
        self._first_us: int | None = None

    def add(self, now_us: int, amount: int = 1) -> None:
        if self._first_us is None:
            self._first_us = now_us
        self._samples.append((now_us, amount))

    def count_per_s(self, now_us: int) -> float:
        return len(self._recent(now_us)) / self._seconds(now_us)

    def sum_per_s(self, now_us: int) -> float:
        return sum(amount for _, amount in self._recent(now_us)) / self._seconds(now_us)

    def _recent(self, now_us: int) -> deque[tuple[int, int]]:
        samples = self._samples
        while samples and now_us - samples[0][0] > self._window_us:
            samples.popleft()
        return samples

    def _seconds(self, now_us: int) -> float:
        """The window, or what of it has passed; a tenth of a second at least."""
        if self._first_us is None:
            return self._window_us / _US_PER_S
        passed = max(now_us - self._first_us, _US_PER_S // 10)
        return min(passed, self._window_us) / _US_PER_S
