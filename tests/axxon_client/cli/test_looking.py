"""Looking into the archive, and adding what records there."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.axxon_client.cli.conftest import Run
from tests.axxon_client.cli.test_commands import iso
from tests.fakes.server import FakeServer


def _period(server: FakeServer, camera: str) -> tuple[str, ...]:
    begin_s = server.world.cameras[camera].footage[0].begin_us // 1_000_000
    return ("--from", iso(begin_s + 2), "--to", iso(begin_s + 600))


def test_the_time_line_is_a_row_a_stretch(logged_in: Run, server: FakeServer) -> None:
    lines = logged_in("timeline", "Till").out.splitlines()
    assert lines[0].split() == ["what", "from", "to", "length", "why"]
    spans = logged_in("timeline", "Till", "--json").json
    assert len(spans) == len(lines) - 2
    only = logged_in("timeline", "Till", "--kind", "footage", "--json").json
    assert only
    assert {span["kind"] for span in only} == {"footage"}


def test_pictures_of_a_period_are_files_named_by_their_time(
    logged_in: Run, server: FakeServer, private: Path
) -> None:
    period = _period(server, "camera-2")
    ran = logged_in("pictures", "Till", *period, "-o", str(private / "p"), "--json")
    assert len(ran.json) > 3
    for one in ran.json:
        path = Path(one["file"])
        assert path.name == f"Till_{one['time'].replace(':', '')}.jpg"
        with Image.open(path) as picture:
            assert picture.size[0] > 0
    nothing = logged_in("pictures", "Till", "--from", iso(0), "--to", iso(9), "-o", str(private))
    assert nothing.code == 1
    assert "no footage" in nothing.err


def test_an_archive_and_a_recording_to_it_are_added_by_names(logged_in: Run) -> None:
    added = logged_in("add", "archive", "Spare", "path=/srv/spare", "quota_gb=5", "--json").json
    link = ("recording", "Also", "archive=Spare", "mode=event")
    assert logged_in("add", *link).code == 5  # below which camera?
    made = logged_in("add", *link, "--below", "camera:Till", "--json").json
    properties = logged_in("tree", made["id"], "--json").json["properties"]
    assert properties["archive"] == added["id"]
    assert properties["mode"] == "event"


def test_what_cannot_be_added_is_explained(logged_in: Run) -> None:
    ran = logged_in("add", "arkive", "x")
    assert ran.code == 2
    assert "archive" in ran.err
    ran = logged_in("add", "archive", "x", "size=5")
    assert ran.code == 2
    assert "quota_gb" in ran.err


def test_a_new_camera_is_not_recorded_to_an_attached_archive(
    logged_in: Run, server: FakeServer
) -> None:
    for item in list(server.world.objects.values()):
        if item.kind == "archive":
            logged_in("set", item.id, "read_only=yes")
    added = logged_in("add-camera", "Door", "rtsp://192.0.2.50/s", "--no-test", "--json").json
    children = [
        item
        for item in logged_in("tree", "--json").json
        if item["parent"] == added["camera"] and item["kind"] == "recording"
    ]
    assert children == []
