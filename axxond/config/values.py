"""One value against its field of the schema, pure: the value as it is stored, or what is wrong."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from typing import Any

from axxond.base import schedule
from protocol.types import FieldSchema, FieldType

MAX_TEXT = 2048  # longer than any stream address seen; a bound on what a client can store
_MAX_ITEMS = 1000
_MAX_POINTS = 200
_MAX_DEPTH = 6
_DWELL_S = 1, 86_400


class BadValueError(ValueError):
    """The value does not fit; the message goes on from the field's label."""


def checked(field: FieldSchema, value: Any) -> Any:
    """The value to store (numbers as the field's type).  Raises BadValueError."""
    if value is None and not field.required:
        return field.default
    return _CHECKS[field.type](field, value)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'; did you mean "x"?' or "" - for unknown names."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def _text(field: FieldSchema, value: Any) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"must be a text, not {_shown(value)}")
    if len(value) > MAX_TEXT:
        raise BadValueError(f"is longer than {MAX_TEXT} characters")
    if any(character < " " or character == "\x7f" for character in value):
        raise BadValueError("holds control characters")
    if field.required and not value.strip():
        raise BadValueError("is missing")
    return value if field.type is FieldType.PASSWORD else value.strip()


def _boolean(_field: FieldSchema, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValueError(f"must be true or false, not {_shown(value)}")
    return value


def _integer(field: FieldSchema, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValueError(f"must be a whole number, not {_shown(value)}")
    _in_range(field, value)
    return value


def _number(field: FieldSchema, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValueError(f"must be a number, not {_shown(value)}")
    if not math.isfinite(value):
        raise BadValueError("must be a finite number")
    _in_range(field, value)
    return float(value)


def _in_range(field: FieldSchema, value: float) -> None:
    low, high = field.minimum, field.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        unit = f" {field.unit}" if field.unit else ""
        raise BadValueError(f"is {value:g}, out of [{_bound(low)}; {_bound(high)}]{unit}")


def _bound(value: float | None) -> str:
    return "…" if value is None else f"{value:g}"


def _choice(field: FieldSchema, value: Any) -> str:
    if value not in field.choices:
        guess = did_you_mean(value, field.choices) if isinstance(value, str) else ""
        raise BadValueError(f"is {_shown(value)}, not one of {', '.join(field.choices)}{guess}")
    return str(value)


def _reference(field: FieldSchema, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise BadValueError(f"must be the id of a {field.refers_to}, not {_shown(value)}")
    if field.required and not value:
        raise BadValueError("is missing")
    return value


def _polygons(_field: FieldSchema, value: Any) -> list[list[list[float]]]:
    return [_points(polygon, 3) for polygon in _items(value, "polygons")]


def _lines(_field: FieldSchema, value: Any) -> list[list[list[float]]]:
    lines = [_points(line, 2) for line in _items(value, "lines")]
    if any(len(line) != 2 for line in lines):
        raise BadValueError("must be lines of two points each")
    return lines


def _points(value: Any, least: int) -> list[list[float]]:
    points = [_point(point) for point in _items(value, "points")]
    if not least <= len(points) <= _MAX_POINTS:
        raise BadValueError(f"must have {least} to {_MAX_POINTS} points, not {len(points)}")
    return points


def _point(value: Any) -> list[float]:
    pair = list(value) if isinstance(value, list | tuple) else []
    if len(pair) != 2 or any(
        isinstance(part, bool) or not isinstance(part, int | float) or not 0 <= part <= 1
        for part in pair
    ):
        raise BadValueError(f"must have points [x, y] in [0; 1], not {_shown(value)}")
    return [float(part) for part in pair]


def _items(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise BadValueError(f"must be a list of {what}, not {_shown(value)}")
    if len(value) > _MAX_ITEMS:
        raise BadValueError(f"has more than {_MAX_ITEMS} {what}")
    return list(value)


def _list(field: FieldSchema, value: Any) -> list[str]:
    items = _items(value, "texts")
    for item in items:
        if not isinstance(item, str) or len(item) > MAX_TEXT:
            raise BadValueError(f"must be a list of texts, not of {_shown(item)}")
        if field.choices and item not in field.choices:
            guess = did_you_mean(item, field.choices)
            raise BadValueError(
                f"holds {_shown(item)}, not one of {', '.join(field.choices)}{guess}"
            )
    return items


def _schedule(_field: FieldSchema, value: Any) -> Any:
    try:
        schedule.parse(value)
    except ValueError as error:
        raise BadValueError(str(error)) from error
    return [{**window, "days": list(window["days"])} for window in value]


def _patrol(_field: FieldSchema, value: Any) -> list[dict[str, Any]]:
    return [_stop(stop) for stop in _items(value, "stops")]


def _stop(value: Any) -> dict[str, Any]:
    fits = isinstance(value, dict) and set(value) == {"preset", "dwell_s"}
    preset, dwell_s = (value["preset"], value["dwell_s"]) if fits else ("", 0)
    if not isinstance(preset, str) or not 0 < len(preset) <= MAX_TEXT:
        raise BadValueError(f'must have stops {{"preset", "dwell_s"}}, not {_shown(value)}')
    if isinstance(dwell_s, bool) or not isinstance(dwell_s, int | float):
        raise BadValueError(f"must have numbers as dwell_s, not {_shown(dwell_s)}")
    if not _DWELL_S[0] <= dwell_s <= _DWELL_S[1]:
        raise BadValueError(f"has a dwell time of {dwell_s:g} s, out of [1; 86400]")
    return {"preset": preset, "dwell_s": float(dwell_s)}


def _map(_field: FieldSchema, value: Any) -> Any:
    if not isinstance(value, dict):
        raise BadValueError(f"must be a structure, not {_shown(value)}")
    _plain(value, 0)
    return value


def _plain(value: Any, depth: int) -> None:
    """Only what JSON can hold, to a bounded depth and breadth."""
    if depth > _MAX_DEPTH:
        raise BadValueError(f"is nested deeper than {_MAX_DEPTH}")
    if isinstance(value, dict):
        if len(value) > _MAX_ITEMS or not all(isinstance(key, str) for key in value):
            raise BadValueError(f"must have at most {_MAX_ITEMS} named entries")
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in _items(value, "entries"):
            _plain(item, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadValueError("must have finite numbers")
    elif value is not None and not isinstance(value, str | int | float | bool):
        raise BadValueError(f"holds {_shown(value)}, which cannot be stored")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


_CHECKS: dict[FieldType, Callable[[FieldSchema, Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.PASSWORD: _text,
    FieldType.PATH: _text,
    FieldType.BOOLEAN: _boolean,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.CHOICE: _choice,
    FieldType.REFERENCE: _reference,
    FieldType.POLYGONS: _polygons,
    FieldType.LINES: _lines,
    FieldType.LIST: _list,
    FieldType.MAP: _map,
    FieldType.SCHEDULE: _schedule,
    FieldType.PATROL: _patrol,
}
