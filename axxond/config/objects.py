"""What the tree is made of: objects, what changed, and what can be wrong with a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from axxond.base.errors import ConfigError
from protocol.types import ObjectKind


@frozen
class ConfigObject:
    """One object with all properties of its kind, passwords included: never send it anywhere.

    What crosses the wire is `ConfigTree.record(obj)`.  `revision` is that of the tree when the
    object was last changed.  A user's password is a hash; a device's is in clear text, because
    the device wants it.
    """

    id: str
    kind: ObjectKind
    parent: str
    name: str
    revision: int
    properties: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]


Objects = Mapping[str, ConfigObject]


@frozen
class TreeDelta:
    """One applied set of changes: objects as they are now, and ids that are gone."""

    revision: int
    changed: tuple[ConfigObject, ...]
    removed: tuple[str, ...]
    author: str


@frozen
class Problem:
    """One thing wrong with a set of changes; `where` names the object for a person."""

    obj: str
    field: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class ChangeRefusedError(ConfigError):
    """Nothing was changed; `problems` are all reasons, the first is `obj` and `field`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__("\n".join(str(item) for item in self.problems), first.obj, first.field)


class RevisionConflictError(ConfigError):
    """Someone else changed the object since `Change.revision`."""


class UnknownObjectError(ConfigError):
    """There is no object of that id."""


def children(objects: Objects, parent: str, kind: ObjectKind | None = None) -> list[ConfigObject]:
    """Direct children in the order of their creation."""
    return [
        obj
        for obj in objects.values()
        if obj.parent == parent and (kind is None or obj.kind is kind)
    ]


def of_kind(objects: Objects, kind: ObjectKind) -> list[ConfigObject]:
    return [obj for obj in objects.values() if obj.kind is kind]


def with_descendants(objects: Objects, root: str) -> list[str]:
    """The id and those of everything below it, children after their parents."""
    found = [root]
    for parent in found:
        found.extend(obj.id for obj in objects.values() if obj.parent == parent)
    return found
