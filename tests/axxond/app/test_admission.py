"""When what was noticed counts."""

from __future__ import annotations

from axxond.app.admission import counts
from protocol.messages import Change
from protocol.types import ObjectKind
from tests.axxond.app.trees import altered, applied, first_tree, with_camera

NOW_US = 1_700_000_000_000_000


def test_a_sensor_counts_though_it_has_no_schedule() -> None:
    tree = with_camera(first_tree(), "gate")
    camera = next(obj for obj in tree.values() if obj.kind is ObjectKind.CAMERA)
    tree = applied(tree, Change("door", ObjectKind.SENSOR, camera.id, "Door", {"input": "1"}))
    assert counts(camera, tree["door"], NOW_US)
    tree = altered(altered(tree, "door", armed_only=True), camera.id, armed=False)
    assert not counts(tree[camera.id], tree["door"], NOW_US)
