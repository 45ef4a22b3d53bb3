"""What comes with an object so that it is useful at once.  Pure.

A device that a person adds gets a camera that is recorded continuously to the first archive and
watched by a motion detector; a new server gets its roles and its archive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from axxond.config.objects import Objects, children, of_kind
from axxond.config.rules import host_of
from protocol.messages import Change
from protocol.types import ObjectKind, Right

ADMIN_ROLE = "role-admin"
VIEWER_ROLE = "role-viewer"
_VIEWER_RIGHTS = (Right.LIVE, Right.ARCHIVE, Right.JOURNAL)


def first_objects(
    node: str, name: str, new_id: Callable[[], str], quota_gb: float
) -> list[Change]:
    """A new server: itself, the default archive in its data folder, and the two roles."""
    return [
        Change(node, ObjectKind.SERVER, name=name),
        Change(new_id(), ObjectKind.ARCHIVE, node, "Archive", {"quota_gb": quota_gb}),
        _role(ADMIN_ROLE, node, "admin", tuple(Right)),
        _role(VIEWER_ROLE, node, "viewer", _VIEWER_RIGHTS),
    ]


def administrator(node: str, name: str, password: str) -> Change:
    properties = {"role": ADMIN_ROLE, "password": password}
    return Change("", ObjectKind.USER, node, name, properties)


def complete(
    changes: Sequence[Change], objects: Objects, new_id: Callable[[], str]
) -> list[Change]:
    """The changes in their order, then what their new devices need to work.

    A device whose camera is among the changes already is left as its author wants it.
    """
    result = [
        evolve(change, id=new_id()) if _is_new_device(change) and not change.id else change
        for change in changes
    ]
    numbers = [obj["number"] for obj in of_kind(objects, ObjectKind.CAMERA)]
    number = max(numbers, default=0)
    for device in [change for change in result if _is_new_device(change)]:
        if any(_is_camera_of(change, device) for change in result):
            continue
        number += 1
        result.extend(_camera(device, number, objects, new_id))
    touched = {change.id for change in changes}
    for change in changes:
        result.extend(_moved(change, objects, touched))
    return result


def _moved(change: Change, objects: Objects, touched: set[str]) -> list[Change]:
    """A device that moves to another host takes the addresses of its cameras there along."""
    device = objects.get(change.id)
    if device is None or device.kind is not ObjectKind.DEVICE or change.remove:
        return []
    old, new = host_of(device["url"]), host_of(str(change.properties.get("url") or ""))
    if not old or not new or old == new:
        return []
    moved = []
    for camera in children(objects, device.id, ObjectKind.CAMERA):
        given = {
            name: camera[name].replace(old, new, 1)
            for name in ("url", "low_url")
            if host_of(camera[name]) == old
        }
        if given and camera.id not in touched:
            moved.append(Change(camera.id, properties=given, revision=camera.revision))
    return moved


def _role(id_: str, node: str, name: str, rights: Sequence[Right]) -> Change:
    properties = {"rights": [right.value for right in rights]}
    return Change(id_, ObjectKind.ROLE, node, name, properties)


def _is_new_device(change: Change) -> bool:
    return change.kind == ObjectKind.DEVICE and change.revision is None and not change.remove


def _is_camera_of(change: Change, device: Change) -> bool:
    return change.kind == ObjectKind.CAMERA and change.parent == device.id


def _camera(
    device: Change, number: int, objects: Objects, new_id: Callable[[], str]
) -> list[Change]:
    camera = Change(
        new_id(), ObjectKind.CAMERA, device.id, device.name or "Camera", {"number": number}
    )
    return [camera, *camera_parts(camera.id, objects, new_id)]


def camera_parts(camera: str, objects: Objects, new_id: Callable[[], str]) -> list[Change]:
    """What makes a new camera useful: a motion detector, a recording to the first archive that
    is not only read."""
    added = [Change(new_id(), ObjectKind.DETECTOR, camera, "Motion")]
    archives = [one for one in of_kind(objects, ObjectKind.ARCHIVE) if not one["read_only"]]
    for archive in archives[:1]:
        properties = {"archive": archive.id}
        added.append(Change(new_id(), ObjectKind.RECORDING, camera, archive.name, properties))
    return added
