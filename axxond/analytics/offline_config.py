"""The detectors of an offline run: a TOML list of `[[detector]]`, checked as a whole.

Keys are those of the configuration's detector objects, but `kind`, `zone`, `mask` and `line`;
points are shares of the frame.  All that is wrong is told at once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axxond.analytics import kinds
from axxond.analytics.port import DetectorSettings
from axxond.base.errors import ConfigError
from axxond.config.schema.detector import DETECTOR
from axxond.config.values import BadValueError, checked, did_you_mean
from protocol.types import FieldSchema

MAX_DETECTORS = 64
# Of the configuration's keys, those that say when a live detector counts, and those named anew.
_NOT_OFFLINE = (
    "enabled", "stream", "schedule", "armed_only", "raises_alarm", "type", "zones", "masks",
    "lines",
)  # fmt: skip
_FIELDS: dict[str, FieldSchema] = {field.name: field for field in DETECTOR.fields}
_SHAPES = {"zone": "zones", "mask": "masks", "line": "lines"}
_KEYS = ("name", "kind", *_SHAPES, *(name for name in _FIELDS if name not in _NOT_OFFLINE))
_NEEDS_LINE = "line_crossing"
_SETTINGS_ONLY = "tracker"
KINDS = tuple(kind for kind in kinds.KINDS if kind != _SETTINGS_ONLY)


def detector(name: str, kind: str, **properties: Any) -> DetectorSettings:
    """One at the defaults but for `properties` (by the configuration's names)."""
    return DetectorSettings(name, kind, _defaults() | properties)


def one_of_each(with_sound: bool) -> list[DetectorSettings]:
    """Each kind with the whole frame as its zone; no line, so none is crossed.  Those of sound
    only where there is a track to listen to: of a silent film, that it is silent is no news."""
    kinds_wanted = (kind for kind in KINDS if with_sound or not kinds.is_of_sound(kind))
    return [detector(kind, kind) for kind in kinds_wanted]


def read(path: Path) -> list[DetectorSettings]:
    """Each detector's id is its name; ConfigError lists all that is wrong."""
    try:
        known = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"read {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"read {path}: it is not TOML: {error}") from error
    problems: list[str] = []
    detectors = _detectors(known, problems)
    if problems:
        raise ConfigError("\n  ".join([f"read {path}: {len(problems)} wrong:", *problems]))
    return detectors


def _detectors(known: dict[str, Any], problems: list[str]) -> list[DetectorSettings]:
    for key in known:
        if key != "detector":
            problems.append(f"{key}: unknown{did_you_mean(key, ['detector'])}")
    tables = known.get("detector", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.append("detector: must be a list of tables, each begun by [[detector]]")
        return []
    if not tables and not problems:
        problems.append("there is no [[detector]]")
    if len(tables) > MAX_DETECTORS:
        problems.append(f"{len(tables)} detectors; at most {MAX_DETECTORS}")
        return []
    detectors: list[DetectorSettings] = []
    for number, table in enumerate(tables, 1):
        made = _detector(table, number, problems)
        if made is not None and any(made.id == other.id for other in detectors):
            problems.append(f"detector {number}: another one is named {made.id!r}")
        elif made is not None:
            detectors.append(made)
    return detectors


def _detector(table: dict[str, Any], number: int, problems: list[str]) -> DetectorSettings | None:
    """None when something is wrong with it, which is added to `problems`."""
    before = len(problems)
    kind, name = table.get("kind"), table.get("name", table.get("kind"))
    place = f"detector {number}" + (f" ({name})" if isinstance(name, str) else "")
    if not isinstance(name, str) or not name.strip():
        problems.append(f"{place}: name: must be a text")
    if kind is None:
        problems.append(f"{place}: kind: is missing; one of {', '.join(KINDS)}")
    elif kind not in kinds.KINDS:
        guess = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
        problems.append(f"{place}: kind: {kind!r} is not known{guess}")
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key in ("name", "kind"):
            continue
        problems += [f"{place}: {text}" for text in _take(key, value, given)]
    if kind == _NEEDS_LINE and "lines" not in given and len(problems) == before:
        problems.append(f"{place}: line: is missing")
    if len(problems) > before or not isinstance(kind, str) or not isinstance(name, str):
        return None
    if kind == "motion" and not given.keys().isdisjoint(("contrast", "size")):
        given = {"preset": "custom"} | given
    settings = detector(name, kind, **given)
    try:
        kinds.check(settings)
    except ConfigError as error:
        problems.append(f"{place}: {error}")
        return None
    return settings


def _take(key: str, value: Any, given: dict[str, Any]) -> Iterator[str]:
    """Into `given`, by the configuration's names; yields what is wrong."""
    if key not in _KEYS:
        yield f"{key}: unknown{did_you_mean(key, _KEYS)}"
        return
    if key in _SHAPES:
        value = _listed(value)
    field = _FIELDS[_SHAPES.get(key, key)]
    try:
        given[field.name] = checked(field, value)
    except BadValueError as error:
        yield f"{key}: {error}"


def _listed(value: Any) -> Any:
    """One polygon or line, or a list of them; a line also as {a = [x, y], b = [x, y]}."""
    if isinstance(value, dict):
        value = [value.get("a"), value.get("b")] if value.keys() == {"a", "b"} else value
    if not isinstance(value, list) or not value or not isinstance(value[0], list):
        return [_listed(item) for item in value] if _all_lines(value) else value
    is_shape = bool(value[0]) and not isinstance(value[0][0], list)
    return [value] if is_shape else value


def _all_lines(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _defaults() -> dict[str, Any]:
    """As a new detector object of the configuration has them."""
    known = {name: field.default for name, field in _FIELDS.items() if name not in _NOT_OFFLINE}
    return {**known, "zones": [], "masks": [], "lines": []}
