"""The parameter list of a device (VAPIX 3, Parameter Management): `root.Brand.Brand=AXIS`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from axxond.devices.discovery.addresses import clean

_MAX_PARAMETERS = 20_000  # a large device tells 4000
_LINE = re.compile(r"^(?:root\.)?([A-Za-z0-9_.]+)=(.*)$")


@frozen
class Params:
    """Names without `root.`.  What is not told reads as "" or None."""

    values: dict[str, str]

    def text(self, name: str) -> str:
        return clean(self.values.get(name, ""))

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").strip().lower() in ("yes", "true", "on", "1", "enabled")

    def integer(self, name: str) -> int | None:
        text = self.values.get(name, "").strip()
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None

    def words(self, name: str) -> list[str]:
        """A list behind commas."""
        return [word.strip() for word in self.values.get(name, "").split(",") if word.strip()]

    def numbered(self, group: str, letter: str) -> Iterator[tuple[int, str]]:
        """Numbers and names of the groups `group`.`letter`N that are there: (0, "IOPort.I0")."""
        found = re.compile(rf"{re.escape(group)}\.{letter}(\d{{1,3}})\.")
        numbers = {int(match[1]) for name in self.values if (match := found.match(name))}
        return ((number, f"{group}.{letter}{number}") for number in sorted(numbers))


def parse(text: str) -> Params:
    """Lines that are none are passed by: a device says so of groups that it has not."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if len(found) >= _MAX_PARAMETERS:
            break
        if match := _LINE.match(line.strip()):
            found[match[1]] = match[2]
    return Params(found)
