"""What comes with an object so that it is useful at once.  Pure.

A device that a person adds gets a camera that is recorded continuously to the first archive and
watched by a motion detector; a new server gets its roles and its archive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from axxond.config.objects import Objects, of_kind
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
    return result


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
    added = [camera, Change(new_id(), ObjectKind.DETECTOR, camera.id, "Motion")]
    for archive in of_kind(objects, ObjectKind.ARCHIVE)[:1]:
        properties = {"archive": archive.id}
        added.append(Change(new_id(), ObjectKind.RECORDING, camera.id, archive.name, properties))
    return added
