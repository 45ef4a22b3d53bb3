"""Every command against a whole server."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path

import av
import pytest

from axxon_client.cli.account import default_path
from tests.axxon_client.cli.conftest import Run
from tests.fakes.server import FakeServer


def test_log_in_keeps_the_password_where_only_the_user_reads_it(logged_in: Run) -> None:
    assert stat.S_IMODE(default_path().stat().st_mode) == 0o600
    assert logged_in("status").code == 0


def test_log_in_without_saving_needs_the_password_again(
    run: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AXXON_PASSWORD", server.password)
    assert run("login", f"127.0.0.1:{server.port}", "--no-save", "--yes").code == 0
    assert server.password not in default_path().read_text()
    assert run("status").code == 0
    monkeypatch.delenv("AXXON_PASSWORD")
    ran = run("status")
    assert ran.code == 4
    assert "AXXON_PASSWORD" in ran.err


def test_first_contact_shows_the_fingerprint_and_trusts_nobody_unasked(
    run: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AXXON_PASSWORD", server.password)
    ran = run("login", f"127.0.0.1:{server.port}")
    assert ran.code == 3
    assert "SHA-256 fingerprint" in ran.err
    assert "was not accepted" in ran.err
    assert not default_path().exists()


def test_a_wrong_password_is_one_sentence_and_code_4(
    run: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AXXON_PASSWORD", "wrong")
    ran = run("login", f"127.0.0.1:{server.port}", "--yes")
    assert ran.code == 4
    assert ran.err.splitlines()[-1] == "axxonctl: Wrong user name or password."


def test_without_log_in_the_way_to_it_is_said(run: Run) -> None:
    ran = run("status")
    assert ran.code == 4
    assert "axxonctl login" in ran.err


def test_clocks_and_the_network_are_shown_on_wish(logged_in: Run) -> None:
    out = logged_in("status", "--timing").out
    assert "clock ahead, s" in out
    assert "+0.012" in out


def test_a_file_that_others_can_read_is_not_used(logged_in: Run) -> None:
    default_path().chmod(0o644)
    ran = logged_in("status")
    assert ran.code == 1
    assert "chmod 600" in ran.err


def test_logged_out_nothing_is_left(logged_in: Run, server: FakeServer) -> None:
    assert logged_in("logout").code == 0
    assert server.password not in default_path().read_text()
    assert logged_in("status").code == 4


def test_status_lists_cameras_and_what_is_wrong(logged_in: Run) -> None:
    ran = logged_in("status")
    assert "server-a: fake 1" in ran.out
    assert "Entrance" in ran.out
    assert "refuses the user name" in ran.out
    value = logged_in("status", "--json").json
    assert len(value["cameras"]) == 9
    assert value["started"].endswith("Z")


def test_tree_is_indented_by_parent(logged_in: Run) -> None:
    lines = logged_in("tree").out.splitlines()
    device = next(i for i, line in enumerate(lines) if "device-1" in line)
    assert lines[device + 1].startswith("    Entrance")
    ids = [item["id"] for item in logged_in("tree", "--json").json]
    assert "camera-1" in ids


def test_a_camera_is_tested_added_changed_and_removed(logged_in: Run) -> None:
    added = logged_in("add-camera", "Door", "rtsp://192.0.2.50/s", "--user", "u", "--json").json
    assert added["streams"][0]["video"]["width"] == 640
    assert logged_in("set", "Door", "number=42", "name=Back door").code == 0
    camera = logged_in("tree", added["camera"], "--json").json
    assert (camera["name"], camera["properties"]["number"]) == ("Back door", 42)
    assert "confirm" in logged_in("remove", added["device"]).err
    assert logged_in("remove", added["device"], "--force").code == 0
    assert logged_in("tree", added["camera"]).code == 5


def test_a_camera_that_does_not_work_is_not_added(logged_in: Run) -> None:
    ran = logged_in("add-camera", "Bad", "rtsp://login/s")
    assert ran.code == 1
    assert "refuses the user name" in ran.err
    assert "Bad" not in logged_in("tree").out
    assert logged_in("add-camera", "Bad", "rtsp://login/s", "--no-test").code == 0
    assert logged_in("remove", "Bad", "--force").code == 0


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        (["speed=3"], 2, "has no 'speed'"),
        (["number=many"], 2, "wanted integer"),
        (["armed=perhaps"], 2, "wanted boolean"),
        (["number"], 2, "PROPERTY=VALUE"),
        (["number=99999"], 1, "99999 is not within"),
    ],
)
def test_wrong_properties_are_explained(
    logged_in: Run, values: list[str], code: int, said: str
) -> None:
    ran = logged_in("set", "camera-1", *values)
    assert ran.code == code
    assert said in ran.err


def test_an_ambiguous_name_lists_the_choices(logged_in: Run) -> None:
    ran = logged_in("tree", "Till")
    assert ran.code == 5
    assert "device-2 (device), camera-2 (camera)" in ran.err
    assert logged_in("tree", "camera:Till").code == 0


def test_control_arms_and_disarms(logged_in: Run, server: FakeServer) -> None:
    assert logged_in("control", "Till", "disarm").code == 0
    assert not server.world.cameras["camera-2"].armed
    assert logged_in("control", "2", "arm").code == 0
    assert server.world.cameras["camera-2"].armed


def test_live_counts_what_comes(logged_in: Run) -> None:
    value = logged_in("live", "Entrance", "--seconds", "0.6", "--low", "--json").json
    assert value["pictures"] > 3
    assert (value["width"], value["height"], value["errors"]) == (320, 180, 0)
    assert value["first_picture_us"] < 5_000_000


def test_live_without_a_picture_fails(logged_in: Run) -> None:
    ran = logged_in("live", "Parking", "--seconds", "0.2")
    assert ran.code == 1
    assert "refuses the user name" in ran.err


def test_play_shows_footage_at_speed(logged_in: Run) -> None:
    ran = logged_in("play", "Till", "--from", "-30m", "--seconds", "0.6", "--speed", "4", "--json")
    value = ran.json
    assert value["pictures"] > 5
    assert value["shown"].endswith("Z")
    assert logged_in("play", "Till", "--from", "-30m", "--speed", "900").code == 2


@pytest.mark.parametrize(("name", "codec"), [("s.jpg", "mjpeg"), ("s.png", "png")])
def test_snapshot_writes_a_picture(logged_in: Run, private: Path, name: str, codec: str) -> None:
    path = private / name
    ran = logged_in("snapshot", "Till", "--at", "-20m", "-o", str(path), "--json")
    assert (ran.json["width"], ran.json["height"]) == (640, 360)
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == codec


def test_snapshot_wants_a_known_kind_of_file(logged_in: Run) -> None:
    assert logged_in("snapshot", "Till", "-o", "picture.gif").code == 2


@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_export_writes_a_whole_file(
    logged_in: Run, server: FakeServer, private: Path, form: str
) -> None:
    begin_s = server.world.cameras["camera-2"].footage[0].begin_us // 1_000_000
    path = private / f"footage.{form}"
    begin, end = (iso(begin_s + offset) for offset in (2, 6))
    ran = logged_in("export", "Till", "--from", begin, "--to", end, "-o", str(path))
    assert ran.code == 0, ran.err
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 100
    assert not list(private.glob("*.part"))


def iso(second: int) -> str:
    from axxon_client.cli.times import iso as text

    shown = text(second * 1_000_000)
    assert shown is not None
    return shown.replace("Z", "+00:00")


def test_export_of_nothing_leaves_no_file(logged_in: Run, private: Path) -> None:
    path = private / "none.mkv"
    ran = logged_in("export", "Till", "--from", "-20d", "--to", "-19d", "-o", str(path))
    assert ran.code == 5
    assert "no footage" in ran.err
    assert list(private.glob("none*")) == []
    assert logged_in("exports", "--json").json == []


def test_events_are_found_by_type_and_object(logged_in: Run) -> None:
    found = logged_in(
        "events", "--type", "detector.", "--object", "camera:Till", "--limit", "7", "--json"
    ).json
    assert len(found) == 7
    assert {event["object_id"] for event in found} == {"camera-2"}
    assert "Motion" in logged_in("events", "--limit", "3").out


def test_events_are_followed(logged_in: Run, server: FakeServer) -> None:
    ran = logged_in("events", "--follow", "--seconds", "0.2")
    assert ran.code == 0


def test_alarms_are_listed_and_evaluated(logged_in: Run) -> None:
    alarm = logged_in("alarms", "--state", "pending", "--limit", "1", "--json").json[0]["id"]
    assert logged_in("alarms", "--evaluate", alarm).code == 2
    ran = logged_in("alarms", "--evaluate", alarm, "--verdict", "false", "--comment", "A cat")
    assert ran.code == 0
    judged = logged_in("alarms", "--state", "false", "--limit", "1000", "--json").json
    assert next(item for item in judged if item["id"] == alarm)["comment"] == "A cat"


def test_a_changed_password_is_stored(
    logged_in: Run, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = server.password
    monkeypatch.setattr(sys, "stdin", io.StringIO("another-one\n"))
    assert logged_in("passwd", "--password-stdin").code == 0
    assert server.password == "another-one"
    assert logged_in("status").code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{old}\n"))
    assert logged_in("passwd", "--password-stdin").code == 0


def test_an_unreachable_server_is_code_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXXON_PASSWORD", "x")
    ran = run("login", "127.0.0.1:1")
    assert ran.code == 3
    assert "no server runs there" in ran.err


def test_what_the_archives_keep_is_shown(logged_in: Run) -> None:
    assert "12.5" in logged_in("plan").out
    (archive,) = logged_in("archives", "--json").json
    assert archive["volumes"][0]["used_bytes"] == 5_000_000_000
    assert len(logged_in("archives", "--cameras").out.splitlines()) > 3


def test_coverage_is_a_row_a_day_and_adds_up(logged_in: Run) -> None:
    days = logged_in("coverage", "1", "--from", "-2d", "--to", "-1h", "--json").json
    assert len(days) == 2
    for day in days:
        parts = day["recorded_us"] + day["unwanted_us"] + sum(day["lost_us"].values())
        assert parts == day["end_us"] - day["begin_us"]
    assert "not wanted" in logged_in("coverage", "1").out


def test_footage_is_protected_and_let_go(logged_in: Run) -> None:
    period = ("--from", "-2h", "--to", "-1h")
    (made,) = logged_in("protect", "1", *period, "--reason", "theft", "--json").json
    assert made["reason"] == "theft"
    assert made["id"] in logged_in("protected").out
    assert logged_in("unprotect", made["id"]).code == 0
    assert logged_in("unprotect", made["id"]).code != 0
    assert made["id"] not in logged_in("protected").out


def test_the_recording_before_a_time_is_found(logged_in: Run) -> None:
    assert "recording from" in logged_in("find", "1", "--at", "now", "--back").out
    assert logged_in("find", "1", "--at", "now").code != 0
