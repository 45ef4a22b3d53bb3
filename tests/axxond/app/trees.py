"""Trees of objects for tests of what runs on them."""

from __future__ import annotations

import itertools

from axxond.config.objects import ConfigObject
from axxond.config.plan import plan
from axxond.config.templates import administrator, complete, first_objects
from protocol.messages import Change
from protocol.types import ObjectKind

Tree = dict[str, ConfigObject]
_numbers = itertools.count(1)


def new_id() -> str:
    return f"id{next(_numbers)}"


def applied(tree: Tree, *changes: Change) -> Tree:
    revision = max([0, *(obj.revision for obj in tree.values())]) + 1
    drawn = plan(tree, changes, revision, new_id)
    result = {**tree, **{obj.id: obj for obj in drawn.changed}}
    return {id_: obj for id_, obj in result.items() if id_ not in drawn.removed}


def altered(tree: Tree, id_: str, **properties: object) -> Tree:
    return applied(tree, Change(id_, properties=properties, revision=tree[id_].revision))


def first_tree() -> Tree:
    first = first_objects("node", "here", lambda: "archive", 20)
    return applied({}, *first, administrator("node", "admin", "s3cret words"))


def with_camera(tree: Tree, name: str, low: bool = True) -> Tree:
    """A device of that name as a client adds it; its id is the name."""
    properties = {"url": f"rtsp://10.0.0.1/{name}", "low_url": f"rtsp://x/{name}/l" if low else ""}
    change = Change(name, ObjectKind.DEVICE, "node", name, properties)
    return applied(tree, *complete([change], tree, new_id))


def child(tree: Tree, parent: str, kind: ObjectKind) -> ConfigObject:
    return next(obj for obj in tree.values() if obj.parent == parent and obj.kind is kind)


def camera_of(tree: Tree, device: str) -> ConfigObject:
    return child(tree, device, ObjectKind.CAMERA)
