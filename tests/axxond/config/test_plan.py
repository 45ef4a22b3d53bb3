"""A set of changes makes a sound tree, or everything wrong with it is told and nothing changes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.base.errors import ConfigError
from axxond.config.objects import (
    ChangeRefusedError,
    ConfigObject,
    RevisionConflictError,
    UnknownObjectError,
    with_descendants,
)
from axxond.config.plan import Plan, checked_properties, plan
from axxond.config.rules import broken_rules
from axxond.config.schema import SCHEMA
from axxond.config.templates import administrator, complete, first_objects
from protocol.messages import Change
from protocol.types import ObjectKind

URL = {"url": "rtsp://10.0.0.1/"}
Tree = dict[str, ConfigObject]


def ids() -> Any:
    counter = itertools.count(1)
    return lambda: f"id{next(counter)}"


NEW_ID = ids()


def applied(tree: Tree, *changes: Change) -> Tree:
    revision = max([0, *(obj.revision for obj in tree.values())]) + 1
    drawn = plan(tree, changes, revision, NEW_ID)
    result = {**tree, **{obj.id: obj for obj in drawn.changed}}
    return {id_: obj for id_, obj in result.items() if id_ not in drawn.removed}


@pytest.fixture
def tree() -> Tree:
    first = first_objects("node", "here", lambda: "archive", 20)
    tree = applied({}, *first, administrator("node", "admin", "s3cret words"))
    device = Change("device", ObjectKind.DEVICE, "node", "Gate", URL)
    return applied(tree, *complete([device], tree, NEW_ID))


def camera_of(tree: Tree) -> ConfigObject:
    return next(obj for obj in tree.values() if obj.kind is ObjectKind.CAMERA)


def refused(tree: Tree, *changes: Change) -> str:
    before = dict(tree)
    with pytest.raises(ChangeRefusedError) as caught:
        applied(tree, *changes)
    assert tree == before
    return str(caught.value)


def test_a_new_device_comes_with_camera_detector_and_recording(tree: Tree) -> None:
    camera = camera_of(tree)
    assert (camera.parent, camera.name, camera["number"]) == ("device", "Gate", 1)
    below = {tree[id_].kind: tree[id_] for id_ in with_descendants(tree, camera.id)[1:]}
    assert set(below) == {ObjectKind.DETECTOR, ObjectKind.RECORDING}
    assert below[ObjectKind.RECORDING]["archive"] == "archive"
    assert below[ObjectKind.RECORDING]["mode"] == "continuous"


def test_a_device_whose_camera_is_given_is_left_as_it_is(tree: Tree) -> None:
    changes = [
        Change("d2", ObjectKind.DEVICE, "node", "Yard", URL),
        Change("c2", ObjectKind.CAMERA, "d2", "Yard"),
    ]
    assert complete(changes, tree, NEW_ID) == changes


def test_cameras_of_one_set_get_the_next_numbers(tree: Tree) -> None:
    changes = [Change("", ObjectKind.DEVICE, "node", name, URL) for name in "ab"]
    whole = complete(changes, tree, NEW_ID)
    assert [change.name for change in whole[:2]] == ["a", "b"]
    after = applied(tree, *whole)
    cameras = [obj for obj in after.values() if obj.kind is ObjectKind.CAMERA]
    assert sorted(camera["number"] for camera in cameras) == [1, 2, 3]


def test_altering_changes_only_what_is_given(tree: Tree) -> None:
    device = tree["device"]
    change = Change("device", name="Door", properties={"audio": False}, revision=device.revision)
    after = applied(tree, change)
    assert after["device"].name == "Door"
    assert after["device"].properties == {**device.properties, "audio": False}
    assert after["device"].revision > device.revision
    assert {id_ for id_ in after if after[id_] != tree[id_]} == {"device"}


def test_removing_takes_everything_below_along(tree: Tree) -> None:
    after = applied(tree, Change("device", remove=True))
    assert {obj.kind for obj in after.values()} == {
        ObjectKind.SERVER,
        ObjectKind.ARCHIVE,
        ObjectKind.ROLE,
        ObjectKind.USER,
    }


def test_removing_parent_and_child_in_one_set_is_fine(tree: Tree) -> None:
    camera = camera_of(tree)
    drawn = plan(tree, [Change("device", remove=True), Change(camera.id, remove=True)], 9, NEW_ID)
    assert len(drawn.removed) == len(set(drawn.removed)) == 4
    assert drawn.ids == ("device", camera.id)


def test_all_problems_are_told_at_once(tree: Tree) -> None:
    text = refused(
        tree,
        Change("", "devise", "node"),
        Change("", ObjectKind.DEVICE, "node", "A", {"urll": "x", "stall_timeout_s": 0}),
        Change("", ObjectKind.CAMERA, "node", "B"),
        Change("device", properties={"driver": "rtps"}, revision=tree["device"].revision),
    )
    for part in (
        '"devise" is no kind of object; did you mean "device"?',
        'IP device "A", urll: is no property of it; did you mean "url"?',
        'IP device "A", Address: is missing',
        'IP device "A", Stall time-out: is 0, out of [2; 120] s',
        'Camera "B", parent: belongs below IP device, not below Server "here"',
        "not one of auto, rtsp, ",
    ):
        assert part in text


def test_a_refusal_names_object_and_property(tree: Tree) -> None:
    revision = tree["device"].revision
    with pytest.raises(ConfigError) as caught:
        applied(tree, Change("device", properties={"stall_timeout_s": 0}, revision=revision))
    assert (caught.value.obj, caught.value.field) == ("device", "stall_timeout_s")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change("", "camera", "nowhere", "x"), "does not exist"),
        (Change("", "server", "", "x"), "is there already"),
        (Change("no spaces", "device", "node", "x", URL), "letters, digits"),
        (Change("", "device", "node", " ", URL), "name: is missing"),
        (Change("", "device", "node", "a\nb", URL), "control characters"),
        (Change("", "device", "node", "x" * 101, URL), "longer than 100"),
        (Change("", "device", "node", "x", {"url": "rtsp://a:b@c/"}), "into their own fields"),
        (Change("", "device", "node", "x", {"url": "nonsense"}), "begin with its kind"),
        (Change("", "archive", "node", "ARCHIVE"), "another one has this name"),
        (Change("", "role", "node", "r", {"rights": ["fly"]}), "not one of live"),
        (Change("", "user", "node", "u", {"role": "archive", "password": "long enough"}), "role"),
        (Change("", "user", "node", "u", {"role": "x", "password": "long enough"}), "not exist"),
        (
            Change("", "user", "node", "u", {"role": "role-admin", "password": "short"}),
            "at least 8",
        ),
        (Change("", "user", "node", "u", {"role": "role-admin"}), "Password: is missing"),
        (Change("archive", remove=True), "refers to archive, which does not exist"),
        (Change("node", remove=True), "cannot be removed"),
    ],
)
def test_what_breaks_a_rule_is_refused(tree: Tree, change: Change, reason: str) -> None:
    assert reason in refused(tree, change)


def test_a_camera_is_recorded_once_to_an_archive(tree: Tree) -> None:
    camera = camera_of(tree)
    link = Change("", "recording", camera.id, "again", {"archive": "archive"})
    assert "recorded to this archive already" in refused(tree, link)


@pytest.mark.parametrize("path", ["~/video", "/var/video"])
def test_an_archives_folder_may_be_a_whole_path(tree: Tree, path: str) -> None:
    applied(tree, Change("", "archive", "node", "x", {"path": path}))


@pytest.mark.parametrize("path", ["video", ".", "./video"])
def test_an_archives_folder_does_not_hang_on_where_the_server_began(tree: Tree, path: str) -> None:
    change = Change("", "archive", "node", "x", {"path": path})
    assert "must be a whole path" in refused(tree, change)


def test_two_archives_share_no_folder(tree: Tree) -> None:
    one, two = (Change("", "archive", "node", name, {"path": "/a/b/"}) for name in "xy")
    assert "another archive is in this folder" in refused(tree, one, two)


def test_the_last_administrator_stays(tree: Tree) -> None:
    admin = next(obj for obj in tree.values() if obj.kind is ObjectKind.USER)
    role = tree["role-admin"]
    for change in (
        Change(admin.id, remove=True),
        Change(admin.id, properties={"enabled": False}, revision=admin.revision),
        Change(admin.id, properties={"role": "role-viewer"}, revision=admin.revision),
        Change(role.id, properties={"rights": ["live"]}, revision=role.revision),
    ):
        assert "would remain" in refused(tree, change)
    second = Change("", "user", "node", "b", {"role": role.id, "password": "s3cret words"})
    assert applied(tree, second, Change(admin.id, remove=True))


def test_a_stale_revision_is_a_conflict_and_an_unknown_id_is_told(tree: Tree) -> None:
    with pytest.raises(RevisionConflictError, match="changed meanwhile"):
        applied(tree, Change("device", name="x", revision=77))
    with pytest.raises(RevisionConflictError, match="exists already"):
        applied(tree, Change("device", "device", "node", "x", URL))
    with pytest.raises(UnknownObjectError):
        applied(tree, Change("nobody", name="x", revision=1))


def test_an_object_can_be_changed_twice_in_one_set(tree: Tree) -> None:
    revision = tree["device"].revision
    first = Change("device", name="x", revision=revision)
    second = Change("device", properties={"audio": False}, revision=revision)
    after = applied(tree, first, second)["device"]
    assert (after.name, after["audio"]) == ("x", False)


def test_kind_and_parent_cannot_be_changed(tree: Tree) -> None:
    revision = tree["device"].revision
    assert "another kind" in refused(tree, Change("device", "camera", revision=revision))
    moved = Change("device", parent="archive", revision=revision)
    assert "cannot be moved" in refused(tree, moved)


def test_fresh_passwords_are_named_for_hashing(tree: Tree) -> None:
    change = Change("", "user", "node", "b", {"role": "role-viewer", "password": "s3cret words"})
    drawn: Plan = plan(tree, [change], 9, NEW_ID)
    assert drawn.fresh_passwords == {drawn.ids[0]}
    assert "s3cret" not in repr(drawn)
    assert not plan(tree, [], 9, NEW_ID).fresh_passwords


def test_properties_without_an_object_are_checked_whole() -> None:
    assert checked_properties(ObjectKind.DEVICE, URL)["stall_timeout_s"] == 5.0
    with pytest.raises(ChangeRefusedError, match="Address: is missing"):
        checked_properties(ObjectKind.DEVICE, {"user": "bob"})


names = st.sampled_from(["node", "device", "archive", "role-admin", "role-viewer", "", "x1", "x2"])
kinds = st.sampled_from(["", *SCHEMA])
values = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 40), st.text(max_size=5), names, st.just("rtsp://a/")
)
keys = st.sampled_from([f.name for kind in SCHEMA.values() for f in kind.fields] + ["nothing"])
changes = st.builds(
    Change,
    id=names,
    kind=kinds,
    parent=names,
    name=st.none() | st.text(max_size=5),
    properties=st.dictionaries(keys, values, max_size=4),
    revision=st.none() | st.integers(1, 3),
    remove=st.booleans(),
)


@given(st.lists(changes, max_size=6))
def test_whatever_is_asked_the_tree_stays_sound(wishes: list[Change]) -> None:
    first = first_objects("node", "here", lambda: "archive", 20)
    tree = applied({}, *first, administrator("node", "admin", "s3cret words"))
    tree = applied(tree, Change("device", ObjectKind.DEVICE, "node", "Gate", URL))
    try:
        after = applied(tree, *wishes)
    except ConfigError:
        return
    assert not list(broken_rules(after))
    for obj in after.values():
        schema = SCHEMA[obj.kind]
        assert set(obj.properties) == {field.name for field in schema.fields}
        assert not schema.parents or after[obj.parent].kind in schema.parents
    assert any(obj.kind is ObjectKind.USER for obj in after.values())
