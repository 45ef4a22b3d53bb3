"""Devices that a person adds from a list of finds, as changes of the tree.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from axxond.config.objects import Objects, of_kind
from axxond.config.plan import MAX_NAME
from axxond.config.templates import camera_parts
from protocol.devicetypes import NewCamera, NewDevice
from protocol.messages import Change
from protocol.types import ObjectKind


def changes_for(
    devices: Sequence[NewDevice], server: str, objects: Objects, new_id: Callable[[], str]
) -> tuple[list[Change], list[str]]:
    """The changes, and the ids of the devices in order.  Names that are taken get a number;
    cameras are numbered on from the highest."""
    names = {obj.name for obj in of_kind(objects, ObjectKind.DEVICE)}
    names |= {obj.name for obj in of_kind(objects, ObjectKind.CAMERA)}
    number = max((obj["number"] for obj in of_kind(objects, ObjectKind.CAMERA)), default=0)
    changes: list[Change] = []
    ids: list[str] = []
    for device in devices:
        id_ = new_id()
        ids.append(id_)
        name = free_name(device.name, names)
        changes.append(Change(id_, ObjectKind.DEVICE, server, name, _properties(device)))
        cameras = device.cameras or [NewCamera(name)]
        for place, camera in enumerate(cameras):
            number += 1
            only = len(cameras) == 1
            shown = name if only else free_name(camera.name or f"{name} {place + 1}", names)
            camera_id = new_id()
            parts = {
                "number": number,
                "channel": camera.channel,
                "url": camera.url,
                "low_url": camera.low_url,
            }
            changes.append(Change(camera_id, ObjectKind.CAMERA, id_, shown, parts))
            changes += camera_parts(camera_id, objects, new_id)
            changes += _control_parts(device, camera_id, place == 0, new_id)
    return changes, ids


def free_name(wish: str, taken: set[str]) -> str:
    """The wish, or with the first number that is free; it is taken from here on."""
    wish = wish.strip()[: MAX_NAME - 5] or "Camera"
    name, number = wish, 1
    while name in taken:
        number += 1
        name = f"{wish} {number}"
    taken.add(name)
    return name


def _properties(device: NewDevice) -> dict[str, object]:
    return {
        "driver": device.driver,
        "url": device.url,
        "user": device.user,
        "password": device.password,
        "compatibility": device.compatibility,
    }


def _control_parts(
    device: NewDevice, camera: str, is_first: bool, new_id: Callable[[], str]
) -> list[Change]:
    made: list[Change] = []
    if device.ptz:
        made.append(Change(new_id(), ObjectKind.TELEMETRY, camera, "Telemetry"))
    if device.events:
        events = {"type": "camera_side", "camera_events": [one.value for one in device.events]}
        made.append(Change(new_id(), ObjectKind.DETECTOR, camera, "Camera's own", events))
    if not is_first:
        return made
    for port in device.inputs:
        values = {"input": port.token}
        made.append(
            Change(new_id(), ObjectKind.SENSOR, camera, port.name or f"Input {port.token}", values)
        )
    for port in device.outputs:
        values = {"output": port.token}
        made.append(
            Change(new_id(), ObjectKind.RELAY, camera, port.name or f"Output {port.token}", values)
        )
    return made
