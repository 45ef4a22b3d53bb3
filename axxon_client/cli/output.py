"""Tables for people, JSON for scripts; the only place that prints."""

from __future__ import annotations

import base64
import enum
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from axxon_client.cli import times


class Output:
    """One of a command's: `json` as chosen by --json."""

    def __init__(self, as_json: bool) -> None:
        self.json = as_json

    def value(self, value: Any, text: str) -> None:
        """One result: a sentence for a person, or a JSON document."""
        self._print(to_json(value) if self.json else text)

    def line(self, value: Any, text: str) -> None:
        """One of many results that come one after the other: JSON lines."""
        self._print(to_json(value, indent=None) if self.json else text)

    def rows(
        self, values: Sequence[Any], head: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """A table, or a JSON list of the values."""
        self._print(to_json(list(values)) if self.json else table(head, rows))

    def say(self, text: str) -> None:
        """Beside the result: to the standard error output."""
        print(text, file=sys.stderr, flush=True)

    def _print(self, text: str) -> None:
        print(text, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns as wide as they must be; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max(len(line[column]) for line in [list(head), *cells]) for column in range(len(head))
    ]
    right = [
        bool(cells) and all(_is_number(line[column]) for line in cells)
        for column in range(len(head))
    ]
    lines = [list(head), ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(".", "", 1).replace("-", "", 1).isdigit()


def to_json(value: Any, indent: int | None = 2) -> str:
    """attrs classes as maps; each `x_us` that is a time of day also as ISO `x`."""
    return json.dumps(_plain(value), indent=indent, ensure_ascii=False)


# 2001 in microseconds: larger numbers in a `_us` field are times, smaller ones are lengths.
_FIRST_TIME_US = 978_307_200_000_000


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        value = {entry.name: getattr(value, entry.name) for entry in attrs.fields(type(value))}
    if isinstance(value, dict):
        plain: dict[str, Any] = {}
        for key, item in value.items():
            plain[str(key)] = _plain(item)
            is_time = isinstance(item, int) and item >= _FIRST_TIME_US
            if is_time and str(key).endswith("_us"):
                plain[str(key)[:-3]] = times.iso(item)
        return plain
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
