"""Devices from a list of finds become cameras that work at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.config.adding import changes_for, free_name
from axxond.config.objects import ChangeRefusedError
from axxond.config.plan import MAX_NAME
from axxond.config.templates import complete
from protocol.devicetypes import NewCamera, NewDevice, NewPort
from protocol.messages import Change
from protocol.types import DeviceEventKind, ObjectKind
from tests.axxond.app.trees import Tree, altered, applied, first_tree, new_id, with_camera

HOST = "rtsp://10.0.0.5"
DOME = NewDevice(
    "Dome",
    "rtsp",
    f"{HOST}/",
    "admin",
    "secret",
    cameras=[NewCamera("Dome", "1", f"{HOST}/high", f"{HOST}/low")],
    inputs=[NewPort("in1", "Door")],
    outputs=[NewPort("out1", "")],
    ptz=True,
    events=[DeviceEventKind.MOTION],
)


def added(tree: Tree, *devices: NewDevice) -> tuple[Tree, list[str]]:
    changes, ids = changes_for(devices, "node", tree, new_id)
    return applied(tree, *complete(changes, tree, new_id)), ids


def children(tree: Tree, parent: str, kind: ObjectKind) -> list[str]:
    return [obj.name for obj in tree.values() if obj.parent == parent and obj.kind is kind]


def test_a_device_comes_with_all_that_it_can_do() -> None:
    tree, (device,) = added(first_tree(), DOME)
    (camera,) = [obj for obj in tree.values() if obj.parent == device]
    assert (camera.name, camera["number"]) == ("Dome", 1)
    assert (camera["url"], camera["low_url"]) == (f"{HOST}/high", f"{HOST}/low")
    assert children(tree, camera.id, ObjectKind.RECORDING) == ["Archive"]
    assert children(tree, camera.id, ObjectKind.DETECTOR) == ["Motion", "Camera's own"]
    assert children(tree, camera.id, ObjectKind.TELEMETRY) == ["Telemetry"]
    assert children(tree, camera.id, ObjectKind.SENSOR) == ["Door"]
    assert children(tree, camera.id, ObjectKind.RELAY) == ["Output out1"]


def test_twenty_of_a_kind_get_names_and_numbers_of_their_own() -> None:
    tree = with_camera(first_tree(), "Dome")
    tree, ids = added(tree, *[DOME] * 20)
    names = [tree[id_].name for id_ in ids]
    assert names == [f"Dome {number}" for number in range(2, 22)]
    cameras = [obj for obj in tree.values() if obj.kind is ObjectKind.CAMERA]
    assert sorted(obj["number"] for obj in cameras) == list(range(1, 22))


def test_a_video_server_has_a_camera_a_channel_and_its_ports_once() -> None:
    many = NewDevice(
        "Recorder",
        "rtsp",
        f"{HOST}/",
        cameras=[NewCamera(f"Channel {n}", str(n), f"{HOST}/{n}") for n in range(4)],
        inputs=[NewPort("1", "")],
    )
    tree, (device,) = added(first_tree(), many)
    cameras = [obj for obj in tree.values() if obj.parent == device]
    assert [obj["channel"] for obj in cameras] == ["0", "1", "2", "3"]
    sensors = [obj.parent for obj in tree.values() if obj.kind is ObjectKind.SENSOR]
    assert sensors == [cameras[0].id]


def test_a_stream_alone_is_one_camera() -> None:
    tree, (device,) = added(first_tree(), NewDevice("Gate", "rtsp", f"{HOST}/x"))
    assert children(tree, device, ObjectKind.CAMERA) == ["Gate"]


@given(wishes=st.lists(st.text(max_size=120), max_size=30))
def test_names_never_meet_and_are_never_too_long(wishes: list[str]) -> None:
    taken: set[str] = set()
    names = [free_name(wish, taken) for wish in wishes]
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= MAX_NAME for name in names)


def test_a_password_goes_to_no_host_that_it_was_not_entered_for() -> None:
    tree, (device,) = added(first_tree(), DOME)
    with pytest.raises(ChangeRefusedError, match="enter it again"):
        altered(tree, device, url="rtsp://10.0.0.6/")
    (camera,) = [obj for obj in tree.values() if obj.parent == device]
    with pytest.raises(ChangeRefusedError, match="another host"):
        altered(tree, camera.id, url="rtsp://10.0.0.6/high")
    assert altered(tree, device, url=f"{HOST}:8554/")[device]["password"] == "secret"


def test_a_device_that_moves_takes_its_cameras_addresses_along() -> None:
    tree, (device,) = added(first_tree(), DOME)
    change = Change(
        device,
        properties={"url": "rtsp://10.0.0.6/", "password": "secret"},
        revision=tree[device].revision,
    )
    tree = applied(tree, *complete([change], tree, new_id))
    (camera,) = [obj for obj in tree.values() if obj.parent == device]
    assert (camera["url"], camera["low_url"]) == (
        "rtsp://10.0.0.6/high",
        "rtsp://10.0.0.6/low",
    )
