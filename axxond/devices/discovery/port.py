"""What a search finds, and what a finder is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import frozen


@frozen
class Found:
    """A device that announced itself.  Texts are a stranger's: printable, at most 100 characters.

    `url` is what a device's address takes together with `driver`.  `mac`: 12 lower-case
    hexadecimal digits, "" when not told.  `hardware_id` stays the same when the device gets
    another address ("urn:uuid:…", "mac:…"); "" when it told nothing of the kind.
    """

    url: str
    driver: str
    name: str
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    mac: str = ""
    hardware_id: str = ""

    @property
    def key(self) -> str:
        """What tells finds of one search apart."""
        return self.hardware_id or self.url


class Finder(Protocol):
    """One way of finding devices.  Found a second time, a device is told a second time."""

    name: str

    async def find(self, tell: Callable[[Found], None], seconds: float) -> None:
        """Search that long.  Raises OSError when there is no way into the network."""
        ...
