"""How loud sound is, stretch by stretch."""

from __future__ import annotations

from typing import Any

import numpy as np

from axxond.analytics.kernels.compiler import kernel

CARRY = 2
"""What is kept of a stretch that is not full yet, a channel: sum and sum of squares."""


@kernel("int64(float32[:, ::1], int64, int64, float64[:, ::1], float64[::1])")
def powers(samples: Any, stretch: int, filled: int, carry: Any, out: Any) -> int:
    """Mean square about the mean (so that a constant is silence) of each full stretch of
    `stretch` samples; of several channels that of the loudest.

    samples: channels x samples.  `filled` < stretch: how many samples `carry` (channels x CARRY,
    updated) already holds.  out: receives (filled + samples) // stretch values.  Returns how many
    samples `carry` holds then.
    """
    channels, count = samples.shape
    done = 0
    at = 0
    while at < count:
        take = min(stretch - filled, count - at)
        for channel in range(channels):
            line = samples[channel]
            total = 0.0
            squares = 0.0
            for i in range(at, at + take):
                value = np.float64(line[i])
                total += value
                squares += value * value
            carry[channel, 0] += total
            carry[channel, 1] += squares
        at += take
        filled += take
        if filled == stretch:
            loudest = 0.0
            for channel in range(channels):
                mean = carry[channel, 0] / stretch
                power = carry[channel, 1] / stretch - mean * mean
                loudest = max(loudest, power)
                carry[channel, 0] = 0.0
                carry[channel, 1] = 0.0
            out[done] = loudest
            done += 1
            filled = 0
    return filled
