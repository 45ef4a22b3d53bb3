"""What goes through the pipes between the daemon and those who decode for it; pure.

Both ends are the same program and the pipes are private to them: parcels are pickled.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from axxond.stream.hardware import Choice
from axxond.stream.hub import Item
from axxond.stream.stage import DecodeStats, Recipe

_LENGTH = struct.Struct("<I")
HEAD_BYTES = _LENGTH.size


@frozen
class Prepare:
    """The first of all: how much is logged, and what is to be called before any work."""

    log_level: str
    call: Callable[[], None] | None


@frozen
class UseCard:
    choice: Choice


@frozen
class TakeSeat:
    seat: int
    name: str
    recipe: Recipe[Any]


@frozen
class Work:
    seat: int
    items: list[Item]


@frozen
class Tell:
    seat: int
    word: Any


@frozen
class Leave:
    seat: int
    word: Any


@frozen
class Ready:
    """`Prepare` has been done."""


@frozen
class Done:
    """Answers `Work` and `Leave`, in their order."""

    seat: int
    results: list[Any]
    stats: DecodeStats


Order = Prepare | UseCard | TakeSeat | Work | Tell | Leave
Answer = Ready | Done


def packed(parcel: Order | Answer) -> bytes:
    """With its length before it."""
    body = pickle.dumps(parcel, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def length(head: bytes | memoryview) -> int:
    """Of the parcel whose first HEAD_BYTES these are."""
    return int(_LENGTH.unpack(head)[0])


def opened(body: bytes | memoryview) -> Any:
    """A parcel without its head."""
    return pickle.loads(body)  # noqa: S301 - by our own other half


class Unpacker:
    """Parcels out of whatever pieces a pipe gives."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Those that are whole now."""
        self._held += data
        at = 0
        with memoryview(self._held) as view:
            while len(view) - at >= HEAD_BYTES:
                end = at + HEAD_BYTES + length(view[at : at + HEAD_BYTES])
                if end > len(view):
                    break
                yield opened(view[at + HEAD_BYTES : end])
                at = end
        del self._held[:at]
