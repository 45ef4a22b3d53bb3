"""What a set of changes makes of a tree, or everything that is wrong with it.  Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, field, frozen

from axxond.config.objects import (
    ChangeRefusedError,
    ConfigObject,
    Objects,
    Problem,
    RevisionConflictError,
    UnknownObjectError,
    with_descendants,
)
from axxond.config.rules import (
    broken_rules,
    hosts_of,
    lockout,
    password_problem,
    problem,
    where,
)
from axxond.config.schema import SCHEMA
from axxond.config.values import BadValueError, checked, did_you_mean
from protocol.messages import Change
from protocol.types import FieldType, KindSchema, ObjectKind

MAX_CHANGES = 1000  # in one set; a whole site of 64 cameras with their children is 256
MAX_OBJECTS = 20_000  # in one tree; bounds what a client can make the server hold
MAX_NAME = 100
_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@frozen
class Plan:
    """`changed`: objects as they become; `fresh_passwords`: user ids whose password, in
    `changed`, is still clear text and must be hashed before it is stored."""

    revision: int
    changed: tuple[ConfigObject, ...]
    removed: tuple[str, ...]
    ids: tuple[str, ...]
    fresh_passwords: frozenset[str] = field(repr=False)


def checked_properties(kind: ObjectKind, given: dict[str, Any]) -> dict[str, Any]:
    """A whole set of properties of an object that is in no tree, defaults filled in.

    Raises ChangeRefusedError.
    """
    schema = SCHEMA[kind]
    draft = _Draft({}, 1, str)
    blank = {field_.name: field_.default for field_ in schema.fields}
    obj = ConfigObject("", kind, "", schema.label, 1, blank)
    draft.problems.extend(_absent(schema, obj, given))
    properties = _properties(draft, schema, obj, given)
    if draft.problems:
        raise ChangeRefusedError(draft.problems)
    return properties


class _Draft:
    """The tree as it becomes while the changes are gone through one by one."""

    def __init__(self, objects: Objects, revision: int, new_id: Callable[[], str]) -> None:
        self.objects: dict[str, ConfigObject] = dict(objects)
        self.revision = revision
        self.new_id = new_id
        self.problems: list[Problem] = []
        self.ids: list[str] = []
        self.touched: dict[str, None] = {}
        self.removed: dict[str, None] = {}
        self.fresh_passwords: set[str] = set()

    def put(self, obj: ConfigObject) -> None:
        self.objects[obj.id] = obj
        self.touched[obj.id] = None
        self.ids.append(obj.id)


def plan(
    objects: Objects, changes: Sequence[Change], revision: int, new_id: Callable[[], str]
) -> Plan:
    """`revision` is the tree's after the changes; `new_id` gives ids to objects without one.

    Raises ChangeRefusedError with every problem at once, RevisionConflictError,
    UnknownObjectError.
    """
    if len(changes) > MAX_CHANGES:
        text = f"at most {MAX_CHANGES} changes at once, not {len(changes)}"
        raise ChangeRefusedError([Problem("", "", "Changes", text)])
    draft = _Draft(objects, revision, new_id)
    for change in changes:
        _apply(draft, change)
    if not draft.problems:
        draft.problems.extend(_whole(draft))
        draft.problems.extend(lockout(objects, draft.objects))
    if draft.problems:
        raise ChangeRefusedError(draft.problems)
    return Plan(
        revision,
        tuple(draft.objects[id_] for id_ in draft.touched if id_ in draft.objects),
        tuple(id_ for id_ in draft.removed if id_ in objects and id_ not in draft.objects),
        tuple(draft.ids),
        frozenset(draft.fresh_passwords),
    )


def _whole(draft: _Draft) -> list[Problem]:
    if len(draft.objects) > MAX_OBJECTS:
        return [Problem("", "", "Tree", f"at most {MAX_OBJECTS} objects")]
    return list(broken_rules(draft.objects))


def _apply(draft: _Draft, change: Change) -> None:
    if change.remove:
        _remove(draft, change)
    elif change.revision is None:
        _create(draft, change)
    else:
        _alter(draft, change)


def _existing(draft: _Draft, change: Change) -> ConfigObject:
    old = draft.objects.get(change.id)
    if old is None:
        raise UnknownObjectError(f"there is no object {change.id}", change.id)
    if change.revision is not None and change.revision != old.revision:
        if old.revision == draft.revision:
            return old  # changed earlier in this very set
        raise RevisionConflictError(
            f"{where(old)} was changed meanwhile (revision {old.revision}, "
            f"not {change.revision}); read it again",
            change.id,
        )
    return old


def _remove(draft: _Draft, change: Change) -> None:
    if change.id in draft.removed:  # with its parent, earlier in this set
        draft.ids.append(change.id)
        return
    old = _existing(draft, change)
    draft.ids.append(old.id)
    if old.kind is ObjectKind.SERVER:
        draft.problems.append(problem(old, "", "cannot be removed"))
        return
    for id_ in with_descendants(draft.objects, old.id):
        del draft.objects[id_]
        draft.removed[id_] = None


def _create(draft: _Draft, change: Change) -> None:
    id_ = change.id or draft.new_id()
    kind = _kind(draft, change, id_)
    if kind is None:
        return
    if id_ in draft.objects or id_ in draft.removed:
        raise RevisionConflictError(f"object {id_} exists already", id_)
    name = change.name if change.name is not None else kind.label
    blank = {field_.name: field_.default for field_ in kind.fields}
    obj = ConfigObject(id_, kind.kind, change.parent, name, draft.revision, blank)
    draft.problems.extend(_place(draft, kind, obj))
    properties = _properties(draft, kind, obj, change.properties)
    draft.problems.extend(_absent(kind, obj, change.properties))
    draft.put(evolve(obj, name=_name(draft, obj, name), properties=properties))


def _absent(kind: KindSchema, obj: ConfigObject, given: dict[str, Any]) -> list[Problem]:
    return [
        problem(obj, field_.name, "is missing")
        for field_ in kind.fields
        if field_.required and field_.name not in given
    ]


def _kind(draft: _Draft, change: Change, id_: str) -> KindSchema | None:
    if not _ID.fullmatch(id_):
        text = "must be 1 to 64 letters, digits, dots, dashes or underscores"
        draft.problems.append(Problem(id_, "id", "Id of a new object", text))
        return None
    kind = SCHEMA.get(ObjectKind(change.kind)) if change.kind in set(ObjectKind) else None
    if kind is None:
        guess = did_you_mean(change.kind, [known.value for known in SCHEMA])
        text = f'"{change.kind}" is no kind of object{guess}'
        draft.problems.append(Problem(id_, "kind", "New object", text))
    return kind


def _place(draft: _Draft, kind: KindSchema, obj: ConfigObject) -> list[Problem]:
    if not kind.parents:
        only_one = all(other.kind is not kind.kind for other in draft.objects.values())
        return [] if only_one and not obj.parent else [problem(obj, "", "is there already")]
    parent = draft.objects.get(obj.parent)
    allowed = " or ".join(SCHEMA[parent_kind].label for parent_kind in kind.parents)
    if parent is None:
        text = f'its parent "{obj.parent}" does not exist (needed: {allowed})'
        return [problem(obj, "parent", text)]
    if parent.kind not in kind.parents:
        return [problem(obj, "parent", f"belongs below {allowed}, not below {where(parent)}")]
    return []


def _alter(draft: _Draft, change: Change) -> None:
    old = _existing(draft, change)
    kind = SCHEMA[old.kind]
    if change.kind and change.kind != old.kind:
        draft.problems.append(problem(old, "kind", "cannot become another kind of object"))
    if change.parent and change.parent != old.parent:
        draft.problems.append(problem(old, "parent", "cannot be moved below another object"))
    name = old.name if change.name is None else _name(draft, old, change.name)
    new = evolve(old, name=name, revision=draft.revision)
    new = evolve(new, properties=_properties(draft, kind, new, change.properties))
    if old.kind is ObjectKind.DEVICE:
        draft.problems.extend(_stray_password(old, new, change))
    draft.put(new)


def _stray_password(old: ConfigObject, new: ConfigObject, change: Change) -> list[Problem]:
    """A stored password goes to no host that it was not entered for."""
    if not old["password"] or "password" in change.properties:
        return []
    strange = hosts_of(new.properties) - hosts_of(old.properties)
    if not strange:
        return []
    text = f"enter it again: the address is now at another host ({min(strange)})"
    return [problem(new, "password", text)]


def _name(draft: _Draft, obj: ConfigObject, name: str) -> str:
    name = name.strip()
    if not name:
        draft.problems.append(problem(obj, "name", "is missing"))
    elif len(name) > MAX_NAME:
        draft.problems.append(problem(obj, "name", f"is longer than {MAX_NAME} characters"))
    elif not name.isprintable():
        draft.problems.append(problem(obj, "name", "holds control characters"))
    return name


def _properties(
    draft: _Draft, kind: KindSchema, obj: ConfigObject, given: dict[str, Any]
) -> dict[str, Any]:
    """The object's properties with `given` over them; problems are noted."""
    fields = {field_.name: field_ for field_ in kind.fields}
    result = dict(obj.properties)
    for name, value in given.items():
        if name not in fields:
            guess = did_you_mean(name, fields)
            draft.problems.append(problem(obj, name, f"is no property of it{guess}"))
            continue
        try:
            result[name] = checked(fields[name], value)
        except BadValueError as error:
            draft.problems.append(problem(obj, name, str(error)))
            continue
        if obj.kind is ObjectKind.USER and fields[name].type is FieldType.PASSWORD:
            draft.fresh_passwords.add(obj.id)
            if text := password_problem(result[name], obj.name):
                draft.problems.append(problem(obj, name, text))
    return result
