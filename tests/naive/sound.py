"""Twin of axxond.analytics.kernels.sound: slow, sample by sample, obvious."""

from __future__ import annotations

from fractions import Fraction


def powers(samples: list[list[float]], stretch: int) -> list[float]:
    """Of each full stretch the variance of the channel that varies most; exact."""
    count = len(samples[0]) // stretch
    return [
        max(_variance(line[number * stretch : (number + 1) * stretch]) for line in samples)
        for number in range(count)
    ]


def _variance(values: list[float]) -> float:
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return float(sum((value - mean) ** 2 for value in exact) / len(exact))
