"""What runs follows from the tree, and a change restarts only what stands on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.app.wanted import (
    ORDER,
    AnalyticsPart,
    ArchivePart,
    ControlPart,
    LinkPart,
    Part,
    StreamPart,
    difference,
    wanted,
)
from protocol.messages import Change
from protocol.types import ObjectKind, StreamRole
from tests.axxond.app.trees import (
    Tree,
    altered,
    applied,
    camera_of,
    child,
    first_tree,
    with_camera,
)

DATA = Path("/data")


@pytest.fixture
def tree() -> Tree:
    return with_camera(with_camera(first_tree(), "gate"), "yard", low=False)


def parts(tree: Tree) -> dict[str, Part]:
    return wanted(tree, DATA)


def kinds_touched(old: Tree, new: Tree) -> tuple[list[str], list[str], list[str]]:
    changes = difference(parts(old), parts(new))
    return tuple(  # type: ignore[return-value]
        [name.partition(" ")[0] for name, _part in group]
        for group in (changes.stop, changes.start, changes.alter)
    )


def test_a_camera_with_two_streams_has_a_hub_and_a_stream_for_each(tree: Tree) -> None:
    names = list(parts(tree))
    gate, yard = camera_of(tree, "gate").id, camera_of(tree, "yard").id
    for role in ("high", "low"):
        assert f"hub {gate} {role}" in names
        assert f"stream {gate} {role}" in names
    assert f"hub {yard} high" in names
    assert f"hub {yard} low" not in names


def test_detectors_take_the_low_stream_where_there_is_one(tree: Tree) -> None:
    roles = {
        part.hub.key.camera: part.hub.key.role
        for part in parts(tree).values()
        if isinstance(part, AnalyticsPart)
    }
    assert roles == {
        camera_of(tree, "gate").id: StreamRole.LOW,
        camera_of(tree, "yard").id: StreamRole.HIGH,
    }


def test_the_default_archive_is_inside_the_data_folder(tree: Tree) -> None:
    (archive,) = [part for part in parts(tree).values() if isinstance(part, ArchivePart)]
    assert archive.settings.path == DATA / "archives" / "archive"
    assert archive.settings.quota_bytes == 20_000_000_000


def test_a_disabled_device_keeps_its_hubs_and_runs_nothing(tree: Tree) -> None:
    gate = camera_of(tree, "gate").id
    off = [name for name in parts(altered(tree, "gate", enabled=False)) if gate in name]
    assert off == [f"hub {gate} high", f"hub {gate} low"]


def test_an_address_restarts_its_stream_and_its_control_only(tree: Tree) -> None:
    after = altered(tree, "gate", url="rtsp://10.0.0.2/")
    assert kinds_touched(tree, after) == (["control", "stream"], ["stream", "control"], [])
    after = altered(tree, "gate", low_url="rtsp://10.0.0.2/low")
    assert kinds_touched(tree, after) == (["stream"], ["stream"], [])


def test_a_password_restarts_both_streams_and_the_control_of_the_device(tree: Tree) -> None:
    after = altered(tree, "gate", password="new")
    touched = (["control", *["stream"] * 2], [*["stream"] * 2, "control"], [])
    assert kinds_touched(tree, after) == touched


def test_a_cameras_own_address_is_taken_in_place_of_its_devices(tree: Tree) -> None:
    camera = camera_of(tree, "gate")
    after = parts(altered(tree, camera.id, url="rtsp://10.0.0.1/channel/2"))
    stream = after[f"stream {camera.id} high"]
    assert isinstance(stream, StreamPart)
    assert stream.settings.url == "rtsp://10.0.0.1/channel/2"
    assert f"stream {camera.id} low" not in after, "the device's low stream shows something else"


def test_a_camera_side_detector_decodes_nothing(tree: Tree) -> None:
    camera = camera_of(tree, "gate")
    detector = child(tree, camera.id, ObjectKind.DETECTOR)
    after = altered(tree, detector.id, type="camera_side")
    assert kinds_touched(tree, after) == (["analytics"], [], [])


def test_sensors_relays_and_telemetry_restart_nothing(tree: Tree) -> None:
    camera = camera_of(tree, "gate").id
    after = applied(
        tree,
        Change("t", ObjectKind.TELEMETRY, camera),
        Change("s", ObjectKind.SENSOR, camera, properties={"input": "1"}),
        Change("r", ObjectKind.RELAY, camera, properties={"output": "1"}),
    )
    assert kinds_touched(tree, after) == ([], [], [])
    assert kinds_touched(after, altered(after, "s", relay="r")) == ([], [], [])


def test_arming_a_camera_restarts_nothing(tree: Tree) -> None:
    after = altered(tree, camera_of(tree, "gate").id, armed=False)
    assert kinds_touched(tree, after) == ([], [], [])


@pytest.mark.parametrize(
    "given", [{"armed_only": True}, {"raises_alarm": False}, {"ptz_preset": "7", "relay_s": 3}]
)
def test_when_a_detector_counts_restarts_nothing(tree: Tree, given: dict[str, object]) -> None:
    detector = child(tree, camera_of(tree, "gate").id, ObjectKind.DETECTOR)
    after = altered(tree, detector.id, **given)
    assert kinds_touched(tree, after) == ([], [], [])


def test_how_a_detector_sees_alters_analytics_that_go_on(tree: Tree) -> None:
    detector = child(tree, camera_of(tree, "gate").id, ObjectKind.DETECTOR)
    after = altered(tree, detector.id, contrast=9)
    assert kinds_touched(tree, after) == ([], [], ["analytics"])


def test_a_recordings_times_and_name_change_while_it_runs(tree: Tree) -> None:
    camera = camera_of(tree, "gate")
    link = child(tree, camera.id, ObjectKind.RECORDING)
    assert kinds_touched(tree, altered(tree, link.id, pre_event_s=9)) == ([], [], ["link"])
    renamed = applied(tree, Change(camera.id, name="Door", revision=camera.revision))
    assert kinds_touched(tree, renamed) == ([], [], ["link"])


def test_a_recording_of_another_stream_starts_anew(tree: Tree) -> None:
    link = child(tree, camera_of(tree, "gate").id, ObjectKind.RECORDING)
    assert kinds_touched(tree, altered(tree, link.id, stream="low")) == (["link"], ["link"], [])
    assert kinds_touched(tree, altered(tree, link.id, mode="never")) == (["link"], [], [])


def test_a_quota_changes_while_all_records_and_a_folder_takes_its_recordings_along(
    tree: Tree,
) -> None:
    smaller = altered(tree, "archive", quota_gb=1)
    assert kinds_touched(tree, smaller) == ([], [], ["archive"])
    moved = altered(tree, "archive", path="/mnt/big")
    links = ["link", "link"]
    assert kinds_touched(tree, moved) == ([*links, "archive"], ["archive", *links], [])


def test_a_new_low_stream_moves_the_detectors_there_and_leaves_recording_alone(
    tree: Tree,
) -> None:
    after = altered(tree, "yard", low_url="rtsp://10.0.0.1/low")
    stop, start, alter = kinds_touched(tree, after)
    assert stop == ["analytics"]
    assert start == ["hub", "analytics", "stream"]
    assert alter == []


def test_users_layouts_and_names_of_devices_touch_nothing(tree: Tree) -> None:
    after = applied(
        tree,
        Change("", ObjectKind.LAYOUT, "node", "L"),
        Change("gate", name="Gate 2", revision=tree["gate"].revision),
        Change("", "user", "node", "b", {"role": "role-viewer", "password": "s3cret words"}),
    )
    assert kinds_touched(tree, after) == ([], [], [])


def test_removing_a_device_stops_what_is_its_own(tree: Tree) -> None:
    gate = camera_of(tree, "gate").id
    changes = difference(parts(tree), parts(applied(tree, Change("gate", remove=True))))
    assert (changes.start, changes.alter) == ((), ())
    assert {name for name, part in parts(tree).items() if _is_of(part, gate, "gate")} == {
        name for name, _part in changes.stop
    }


def _is_of(part: Part, camera: str, device: str) -> bool:
    if isinstance(part, ArchivePart):
        return False
    if isinstance(part, ControlPart):
        return part.device == device
    if isinstance(part, LinkPart):
        return part.camera == camera
    return (part.hub.key if isinstance(part, AnalyticsPart) else part.key).camera == camera


wishes = st.lists(
    st.tuples(
        st.sampled_from(["gate", "yard"]),
        st.sampled_from(
            [
                ("device", {"url": "rtsp://10.9.9.9/"}),
                ("device", {"low_url": ""}),
                ("device", {"low_url": "rtsp://10.9.9.9/l"}),
                ("device", {"enabled": False}),
                ("device", {"enabled": True}),
                ("camera", {"armed": False, "number": 7}),
                ("detector", {"contrast": 2}),
                ("detector", {"stream": "high"}),
                ("recording", {"mode": "event"}),
                ("recording", {"stream": "low"}),
                ("recording", {"post_event_s": 1}),
                ("remove", {}),
            ]
        ),
    ),
    max_size=5,
)


def changed(tree: Tree, device: str, what: str, properties: dict[str, object]) -> Tree:
    if device not in tree:
        return tree
    if what == "remove":
        return applied(tree, Change(device, remove=True))
    if what == "device":
        return altered(tree, device, **properties)
    camera = camera_of(tree, device)
    obj = camera if what == "camera" else child(tree, camera.id, ObjectKind(what))
    return altered(tree, obj.id, **properties)


@given(wishes)
def test_other_cameras_are_untouched_and_the_result_is_what_is_wanted(
    todo: list[tuple[str, tuple[str, dict[str, object]]]],
) -> None:
    old = with_camera(with_camera(with_camera(first_tree(), "gate"), "yard", low=False), "other")
    new = old
    for device, (what, properties) in todo:
        new = changed(new, device, what, properties)
    changes = difference(parts(old), parts(new))
    other = camera_of(old, "other").id
    touched = [*changes.stop, *changes.start, *changes.alter]
    assert not any(
        _is_of(part, other, "other") or isinstance(part, ArchivePart) for _n, part in touched
    )
    running = dict(parts(old))
    for name, part in changes.stop:
        assert running.pop(name) == part
    for name, part in changes.start:
        assert name not in running
        running[name] = part
    for name, part in changes.alter:
        assert type(running[name]) is type(part)
        running[name] = part
    assert running == parts(new)
    stops = [ORDER.index(type(part)) for _name, part in changes.stop]
    starts = [ORDER.index(type(part)) for _name, part in changes.start]
    assert stops == sorted(stops, reverse=True)
    assert starts == sorted(starts)
    assert (StreamPart, ControlPart) == ORDER[-2:]


def test_detectors_of_sound_listen_to_the_high_stream(tree: Tree) -> None:
    gate = camera_of(tree, "gate")
    change = Change(
        "ear", ObjectKind.DETECTOR, gate.id, "Ear", {"type": "audio_noise", "stream": "low"}
    )
    (listening,) = [
        part
        for name, part in parts(applied(tree, change)).items()
        if name == f"listening {gate.id}"
    ]
    assert isinstance(listening, AnalyticsPart)
    assert listening.hub.key.role is StreamRole.HIGH
    assert [one.kind for one in listening.detectors] == ["audio_noise"]


def test_a_schedule_restarts_no_detector(tree: Tree) -> None:
    (detector,) = [
        one
        for one in tree.values()
        if one.kind is ObjectKind.DETECTOR and one.parent == camera_of(tree, "gate").id
    ]
    windows = [{"days": [0], "from": "08:00", "to": "18:00"}]
    assert kinds_touched(tree, altered(tree, detector.id, schedule=windows)) == ([], [], [])


def with_detector(tree: Tree, name: str, **given_: object) -> Tree:
    camera = camera_of(tree, "gate").id
    return applied(tree, Change(name, ObjectKind.DETECTOR, camera, name, dict(given_)))


def recording_streams(tree: Tree) -> list[StreamRole]:
    return [
        part.hub.key.role
        for part in parts(tree).values()
        if isinstance(part, AnalyticsPart) and part.records
    ]


def test_objects_are_stored_of_one_stream_that_has_a_tracker(tree: Tree) -> None:
    assert recording_streams(tree) == []
    high = with_detector(tree, "line", type="line_crossing", stream="high")
    assert recording_streams(high) == [StreamRole.HIGH]
    both = with_detector(high, "loiter", type="loitering")
    assert recording_streams(both) == [StreamRole.LOW]
    tracked = with_detector(both, "track", type="tracker", stream="high")
    assert recording_streams(tracked) == [StreamRole.HIGH]
    off = with_detector(both, "track", type="tracker", record_metadata=False)
    assert recording_streams(off) == []
