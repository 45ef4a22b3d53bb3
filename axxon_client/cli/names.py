"""Objects by id or by name.  Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence

from axxon_client.cli.problems import CommandError, Exit
from protocol.types import ObjectKind, ObjectRecord

Accept = Callable[[ObjectRecord], bool]


def find(
    objects: Iterable[ObjectRecord],
    wanted: str,
    kind: ObjectKind | None = None,
    accept: Accept = lambda item: True,
) -> ObjectRecord:
    """By id, by exact name, else by name without regard to case; a camera also by its number.

    KIND:NAME says which is meant where several share a name (a device and its camera often do);
    so do `kind` and `accept`.  Raises CommandError, with the choices.
    """
    kind, wanted = _with_kind(kind, wanted)
    candidates = [item for item in objects if kind is None or item.kind is kind]
    for same in (
        [item for item in candidates if item.id == wanted],
        [item for item in candidates if item.name == wanted],
        [item for item in candidates if item.name.casefold() == wanted.casefold()],
        [item for item in candidates if is_numbered(item, wanted)],
    ):
        found = [item for item in same if accept(item)] or same
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandError(_several(wanted, found), Exit.NAME)
    what = kind.value if kind is not None else "object"
    close = difflib.get_close_matches(wanted, dict.fromkeys(item.name for item in candidates), 3)
    hint = f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    raise CommandError(f"There is no {what} {wanted!r}.{hint}", Exit.NAME)


def _with_kind(kind: ObjectKind | None, wanted: str) -> tuple[ObjectKind | None, str]:
    word, colon, name = wanted.partition(":")
    if kind is None and colon and word in list(ObjectKind):
        return ObjectKind(word), name
    return kind, wanted


def _several(wanted: str, found: list[ObjectRecord]) -> str:
    listed = ", ".join(f"{item.id} ({item.kind})" for item in found)
    return (
        f"{wanted!r} is the name of several objects: say which by its id or as KIND:NAME: "
        f"{listed}."
    )


def top_of(objects: Sequence[ObjectRecord], wanted: str) -> ObjectRecord:
    """As `find`; of a device and its camera with one name the device, which holds the other."""
    named = {item.id for item in objects if item.name.casefold() == wanted.casefold()}
    by_id = {item.id: item for item in objects}

    def is_top(item: ObjectRecord) -> bool:
        parent = by_id.get(item.parent)
        while parent is not None:
            if parent.id in named:
                return False
            parent = by_id.get(parent.parent)
        return True

    return find(objects, wanted, accept=is_top)


def is_numbered(item: ObjectRecord, wanted: str) -> bool:
    is_camera = item.kind is ObjectKind.CAMERA and wanted.isdigit()
    return is_camera and item.properties.get("number") == int(wanted)


def children(objects: Iterable[ObjectRecord], parent: str) -> list[ObjectRecord]:
    """In the order of camera number, then name."""
    found = [item for item in objects if item.parent == parent]
    return sorted(found, key=lambda item: (item.properties.get("number", 0), item.name))
