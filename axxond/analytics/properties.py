"""A detector object's properties, read and checked; ConfigError names the wrong one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from axxond.base.errors import ConfigError
from axxond.base.units import SECOND_US

Properties = Mapping[str, Any]
Segment = tuple[tuple[float, float], tuple[float, float]]

MAX_LINES = 32


def number(
    properties: Properties, name: str, default: float, minimum: float, maximum: float
) -> float:
    """`default` also where the property is None."""
    value = properties.get(name)
    if value is None:
        return default
    wrong = isinstance(value, bool) or not isinstance(value, int | float)
    if wrong or not minimum <= value <= maximum:
        text = f"{name}: {value!r} is not a number in [{minimum:g}; {maximum:g}]"
        raise ConfigError(text, field=name)
    return float(value)


def duration_us(
    properties: Properties, name: str, default_s: float, minimum_s: float, maximum_s: float
) -> int:
    """A property in seconds."""
    return round(number(properties, name, default_s, minimum_s, maximum_s) * SECOND_US)


def flag(properties: Properties, name: str, default: bool) -> bool:
    """`default` also where the property is None."""
    value = properties.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ConfigError(f"{name}: {value!r} is neither true nor false", field=name)
    return value


def choice(properties: Properties, name: str, default: str, choices: Sequence[str]) -> str:
    value = properties.get(name, default)
    if value not in choices:
        raise ConfigError(f"{name}: {value!r} is none of {', '.join(choices)}", field=name)
    return str(value)


def lines(properties: Properties, name: str) -> tuple[Segment, ...]:
    """Of type LINES: a list of [[ax, ay], [bx, by]], all in [0; 1], a and b apart."""
    value = properties.get(name) or []
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MAX_LINES:
        raise ConfigError(f"{name}: a list of at most {MAX_LINES} lines is wanted", field=name)
    return tuple(_line(points, name) for points in value)


def _line(points: Any, name: str) -> Segment:
    try:
        (ax, ay), (bx, by) = ((float(x), float(y)) for x, y in points)
    except (TypeError, ValueError):
        ax = ay = bx = by = math.nan
    if not all(0 <= value <= 1 for value in (ax, ay, bx, by)) or (ax, ay) == (bx, by):
        text = f"{name}: {points!r} is not two different points [x, y] with both in [0; 1]"
        raise ConfigError(text, field=name)
    return (ax, ay), (bx, by)
