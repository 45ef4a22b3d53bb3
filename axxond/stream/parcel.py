"""What goes through the pipes between the daemon and those who decode for it; pure.

Both ends are the same program and the pipes are private to them: parcels are pickled.
"""

from __future__ import annotations

import functools
import io
import pickle
import struct
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import attrs
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


class _Pickler(pickle.Pickler):
    """Packs plain attrs objects, and named tuples, as calls of their classes: half the time, at
    both ends, of the state that attrs' slotted classes give out."""

    def reducer_override(self, thing: object) -> Any:
        kind: Any = type(thing)
        values = _values(kind)
        return NotImplemented if values is None else (kind, values(thing))


@functools.cache
def _values(kind: Any) -> Callable[[Any], tuple[Any, ...]] | None:
    """What gives out all that a class takes, in order; None where that is not all there is to
    it."""
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return tuple
    if not attrs.has(kind):
        return None
    fields = attrs.fields(kind)
    if any(not one.init or one.kw_only or one.converter is not None for one in fields):
        return None
    names = [one.name for one in fields]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda thing: tuple([getattr(thing, name) for name in names])


def packed(parcel: Order | Answer) -> bytes:
    """With its length before it."""
    body = io.BytesIO()
    body.write(bytes(HEAD_BYTES))
    _Pickler(body, pickle.HIGHEST_PROTOCOL).dump(parcel)
    view = body.getbuffer()
    _LENGTH.pack_into(view, 0, len(view) - HEAD_BYTES)
    view.release()
    return body.getvalue()


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
