"""Start-up facts from conf/axxond.toml: what must be known before the database can be opened.

The table FIELDS is the only description of the file; unknown keys and wrong values are all told
at once.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import platformdirs
from attrs import frozen

from axxond.base.errors import ConfigError
from axxond.base.log import LEVELS
from axxond.config.values import BadValueError, checked, did_you_mean
from protocol.types import FieldSchema, FieldType

DEFAULT_PORT = 7780
_T = FieldType

FIELDS = (
    FieldSchema(
        "data_folder",
        "",
        _T.PATH,
        "Databases, certificate, default archive. Empty: the user's.",
        "",
    ),
    FieldSchema("bind", "", _T.TEXT, "Address to listen on; 0.0.0.0 or :: for all.", "0.0.0.0"),  # noqa: S104
    FieldSchema(
        "port", "", _T.INTEGER, "TCP port; 0 takes a free one.", DEFAULT_PORT, "", 0, 65535
    ),
    FieldSchema("log_level", "", _T.CHOICE, "How much is logged.", "info", choices=list(LEVELS)),
    FieldSchema(
        "decode_processes",
        "",
        _T.INTEGER,
        "Processes that analyse pictures and sound, at most; 0: as many as processors.",
        0,
        "",
        0,
        256,
    ),
)


@frozen
class FileSettings:
    data_folder: Path
    bind: str
    port: int
    log_level: str
    decode_processes: int


def default_data_folder() -> Path:
    """~/.local/share/axxon on Linux."""
    return Path(platformdirs.user_data_dir("axxon", appauthor=False))


def read(path: Path | None) -> FileSettings:
    """The file's settings over the defaults; None: defaults only.  Raises ConfigError."""
    return parse("" if path is None else _text(path), str(path))


def parse(text: str, name: str) -> FileSettings:
    """`name` is the file's, for messages.  Raises ConfigError with all problems."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not a TOML file: {error}", name) from error
    values, problems = _checked(given)
    if problems:
        lines = "\n".join(f"{name}: {problem}" for _key, problem in problems)
        raise ConfigError(lines, name, problems[0][0])
    folder = values.pop("data_folder")
    data_folder = Path(folder).expanduser() if folder else default_data_folder()
    return FileSettings(data_folder, **values)


def _checked(given: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    fields = {field.name: field for field in FIELDS}
    values = {field.name: field.default for field in FIELDS}
    problems = []
    for key, value in given.items():
        if key not in fields:
            guess = did_you_mean(key, fields)
            problems.append((key, f'there is no setting "{key}"{guess}'))
            continue
        try:
            values[key] = checked(fields[key], value)
        except BadValueError as error:
            problems.append((key, f"{key} {error}"))
    return values, problems


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: reading the settings failed: {error}", str(path)) from error
