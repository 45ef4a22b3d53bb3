"""What is known of devices that keep to the standard in their own way: a table, `quirks.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import evolve, fields_dict, frozen

_MATCHED = ("manufacturer", "model", "firmware")


@frozen
class Quirks:
    """What to do otherwise.

    keep_media_hosts: the hosts in stream and snapshot addresses are right though they are not
    the one where we reach the device.  no_media2, no_events, no_imaging, no_device_io: the
    service is told but does not work.  no_move_status: what is told of moving is not true.
    longest_pull_s: how long a pull of events may wait.
    """

    keep_media_hosts: bool = False
    no_media2: bool = False
    no_events: bool = False
    no_imaging: bool = False
    no_device_io: bool = False
    no_move_status: bool = False
    longest_pull_s: float = 60.0


def of(manufacturer: str, model: str, firmware: str) -> Quirks:
    """All that is known of such a device."""
    told = dict(zip(_MATCHED, (manufacturer, model, firmware), strict=True))
    found = Quirks()
    for conditions, changes in _table():
        if all(pattern.search(told[name]) for name, pattern in conditions.items()):
            found = evolve(found, **changes)
    return found


@cache
def _table() -> list[tuple[dict[str, re.Pattern[str]], dict[str, Any]]]:
    """Raises ValueError for an entry that names what does not exist."""
    text = files(__package__).joinpath("quirks.toml").read_text("utf-8")
    table = []
    for entry in tomllib.loads(text)["device"]:
        unknown = set(entry) - {*_MATCHED, *fields_dict(Quirks)}
        if unknown:
            raise ValueError(f"quirks.toml: unknown keys {sorted(unknown)} in {entry}")
        conditions = {
            name: re.compile(entry.pop(name), re.IGNORECASE) for name in _MATCHED if name in entry
        }
        table.append((conditions, entry))
    return table
