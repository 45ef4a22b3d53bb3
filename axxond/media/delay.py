"""How late units come at the least, from how late they come.  Pure.

The least delay of a stream tells what is the network's in an arrival time.  Over TCP a late unit
holds up those behind it: of a unit that came together with the one before it only a bound of its
own delay is known (it is censored), and the least one seen is far from the least there is.  So
where delays spread, the distribution of own delays is found by the product-limit estimate for
left-censored data (Kaplan and Meier 1958, §3; Turnbull 1974), and its lower end by a straight line
through two of its quantiles.  Where they do not spread, the least one seen is the answer.

How far it may be from there is told too: other knowledge may choose within that.
"""

from __future__ import annotations

import math
from collections import deque

from attrs import define, field

from axxond.base.units import MS_US, SECOND_US

# Units that follow each other so closely came together.
_TOGETHER_US = 2 * MS_US
_BIN_US = 4 * MS_US
_EPOCH_US = 10 * SECOND_US
# What is remembered: 20 s follow a clock that drifts by 500 ppm within 20 ms.  Where delays spread
# by more than that, few samples say less than drift does: 4 min.
_SHORT_EPOCHS, _LONG_EPOCHS = 2, 24
_SPREAD_US = 20 * MS_US
_EVALUATE_US = 1 * SECOND_US
_EVALUATE_YOUNG_US = SECOND_US // 4  # of a time base, in its first epoch
# Quantiles of the line: the lower one where so many units with a delay of their own are below it.
# From fewer, delays with a long tail would be taken for even ones, and the clock moved back.
_LOW_SHARE, _SPAN_SHARE = 0.1, 0.3
_LOW_COUNT = 30
_LEAST_COUNT = 125  # units before the line is drawn at all: 5 s
_HIGHEST_SHARE = 0.95
# From so many units on it is known how far delays spread.
_YOUNG_COUNT, _MOST_SHARE = 25, 0.9
# How far the line's end may be off, in spreads by the root of the units it is drawn from (one of
# a hundred is for even delays); more the further it is drawn on.
_DOUBT = 3.0


@define
class _Epoch:
    """Counts by bin of delay: `own`, and `held` (only known to be no more than that)."""

    begin_us: int
    least_us: int
    own: dict[int, int] = field(factory=dict)
    held: dict[int, int] = field(factory=dict)


class LeastDelay:
    """Delays are `arrival - stream time` in microseconds, of any origin.

    `floor_us` is the best guess, somewhere from `low_us` to `high_us`.
    """

    def __init__(self) -> None:
        self.floor_us = self.low_us = self.high_us = 0
        self._epochs: deque[_Epoch] = deque(maxlen=_LONG_EPOCHS)
        self._arrival_us = 0
        self._evaluate_us = 0
        self._spreads = False

    def begin(self, delay_us: int, arrival_us: int, doubt_us: int = 0) -> None:
        """A new time base: nothing of the past counts.  The first unit was at most `doubt_us`
        longer on its way than it need be."""
        self._epochs.clear()
        self._epochs.append(_Epoch(arrival_us, delay_us))
        self._arrival_us = arrival_us
        self._evaluate_us = arrival_us + _EVALUATE_YOUNG_US
        self._spreads = False
        self.floor_us = self.high_us = delay_us
        self.low_us = delay_us - doubt_us

    def shift(self, by_us: int) -> None:
        """The camera's clock was set: all delays have changed by so much."""
        self.floor_us += by_us
        self.low_us += by_us
        self.high_us += by_us
        moved = [
            _Epoch(
                one.begin_us, one.least_us + by_us, _moved(one.own, by_us), _moved(one.held, by_us)
            )
            for one in self._epochs
        ]
        self._epochs = deque(moved, maxlen=_LONG_EPOCHS)

    def observe(self, delay_us: int, arrival_us: int) -> None:
        """A unit that is shown after all before it."""
        epoch = self._epochs[-1]
        if arrival_us - epoch.begin_us >= _EPOCH_US:
            epoch = _Epoch(arrival_us, delay_us)
            self._epochs.append(epoch)
        if delay_us < epoch.least_us:
            epoch.least_us = delay_us
            self.floor_us = min(self.floor_us, delay_us)
            self.high_us = min(self.high_us, delay_us)
            self.low_us = min(self.low_us, delay_us)
        came_after_us = arrival_us - self._arrival_us
        self._arrival_us = arrival_us
        counts = epoch.held if 0 <= came_after_us < _TOGETHER_US else epoch.own
        place = delay_us // _BIN_US
        counts[place] = counts.get(place, 0) + 1
        if arrival_us >= self._evaluate_us:
            young = len(self._epochs) == 1
            self._evaluate_us = arrival_us + (_EVALUATE_YOUNG_US if young else _EVALUATE_US)
            self._evaluate()

    def _evaluate(self) -> None:
        epochs = list(self._epochs)[-(_LONG_EPOCHS if self._spreads else _SHORT_EPOCHS) :]
        least_us = min(one.least_us for one in epochs)
        quantiles = _Quantiles(epochs)
        if quantiles.count < _LEAST_COUNT:
            self.floor_us = least_us
            if quantiles.count >= _YOUNG_COUNT:
                further_us = max(0, quantiles.at(_MOST_SHARE) - least_us)
                self.low_us = least_us - 2 * further_us - _BIN_US
            return
        low = max(_LOW_SHARE, quantiles.supported)
        high = low + _SPAN_SHARE
        if high > _HIGHEST_SHARE:
            # Most come with the least delay, or few with a small one of their own.
            self._spreads = False
            further_us = max(0, quantiles.at(low) - _BIN_US - least_us)
            self._found(least_us, least_us, 2 * further_us)
            return
        low_us, high_us = quantiles.at(low), quantiles.at(high)
        span_us = high_us - low_us
        drawn = _DOUBT * (1 + low) / math.sqrt(quantiles.count)
        doubt_us = round(drawn * span_us / _SPAN_SHARE)
        self._spreads = span_us > _SPREAD_US
        if not self._spreads:
            self._found(least_us, least_us, doubt_us)
            return
        line_us = low_us - round(span_us * low / _SPAN_SHARE)
        self._found(least_us, max(min(line_us, least_us), least_us - span_us), doubt_us)

    def _found(self, least_us: int, floor_us: int, doubt_us: int) -> None:
        """Some unit may well have come with the least delay, whatever the line says."""
        self.floor_us = floor_us
        self.low_us, self.high_us = floor_us - doubt_us, least_us


class _Quantiles:
    """Of own delays, from the counts of some epochs."""

    def __init__(self, epochs: list[_Epoch]) -> None:
        own = _summed([one.own for one in epochs])
        held = _summed([one.held for one in epochs])
        below = sum(own.values()) + sum(held.values())
        self.count = sum(own.values())
        self.supported = 1.0  # the share below which too few own delays lie
        self._steps: list[tuple[int, float]] = []  # falling: upper edge of a bin, share below it
        share = 1.0
        left = self.count
        for place in sorted(own.keys() | held.keys(), reverse=True):
            here = own.get(place, 0)
            if here:
                self._steps.append(((place + 1) * _BIN_US, share))
                if left >= _LOW_COUNT:
                    self.supported = share
                share *= 1 - here / below
                left -= here
            below -= here + held.get(place, 0)
        if self._steps:
            self._steps.append((self._steps[-1][0] - _BIN_US, share))

    def at(self, share: float) -> int:
        """By interpolation within a bin."""
        before = self._steps[0]
        for step in self._steps:
            if step[1] <= share:
                (high_us, high), (low_us, low) = before, step
                if high <= low:
                    return low_us
                return low_us + round((high_us - low_us) * (share - low) / (high - low))
            before = step
        return self._steps[-1][0]


def _summed(parts: list[dict[int, int]]) -> dict[int, int]:
    total = dict(parts[0])
    for part in parts[1:]:
        for place, count in part.items():
            total[place] = total.get(place, 0) + count
    return total


def _moved(counts: dict[int, int], by_us: int) -> dict[int, int]:
    return {place + by_us // _BIN_US: count for place, count in counts.items()}
