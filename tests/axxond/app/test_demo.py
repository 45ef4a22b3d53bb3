"""Demo cameras are added once and follow their port."""

from __future__ import annotations

from axxond.app.demo import demo_changes
from axxond.devices.demo import DEMO_CAMERAS
from protocol.types import ObjectKind
from tests.axxond.app.trees import Tree, applied, first_tree, with_camera


def ready(port: int) -> list[dict[str, str]]:
    base = f"rtsp://127.0.0.1:{port}"
    return [
        {"name": one.name, "url": f"{base}/{one.path}", "low_url": f"{base}/{one.low_path}"}
        for one in DEMO_CAMERAS
    ]


def added(tree: Tree, port: int) -> Tree:
    devices = [obj for obj in tree.values() if obj.kind is ObjectKind.DEVICE]
    return applied(tree, *demo_changes("node", devices, ready(port)))


def devices(tree: Tree) -> dict[str, str]:
    return {obj.name: obj["url"] for obj in tree.values() if obj.kind is ObjectKind.DEVICE}


def test_they_are_added_once() -> None:
    once = added(first_tree(), 5000)
    assert devices(once) == {one["name"]: one["url"] for one in ready(5000)}
    assert added(once, 5000) == once


def test_another_port_alters_them_in_place() -> None:
    once = added(first_tree(), 5000)
    moved = added(once, 6000)
    assert set(moved) == set(once)
    assert devices(moved) == {one["name"]: one["url"] for one in ready(6000)}


def test_other_cameras_are_left_alone_and_a_renamed_one_is_known() -> None:
    tree = with_camera(added(first_tree(), 5000), "gate")
    moved = added(tree, 6000)
    assert moved["gate"] == tree["gate"]
    assert len(devices(moved)) == len(DEMO_CAMERAS) + 1
