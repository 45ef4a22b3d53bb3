"""Exports from a shell, as jobs of the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from axxon_client.cli.exporting import parse_polygon
from axxon_client.cli.problems import CommandError
from tests.axxon_client.cli.conftest import Run
from tests.axxon_client.cli.test_commands import iso
from tests.fakes.server import FakeServer


@pytest.fixture
def period(server: FakeServer) -> tuple[str, ...]:
    begin_s = server.world.cameras["camera-2"].footage[0].begin_us // 1_000_000
    return ("--from", iso(begin_s + 2), "--to", iso(begin_s + 6))


def test_a_job_is_left_to_the_server_listed_fetched_and_deleted(
    logged_in: Run, private: Path, period: tuple[str, ...]
) -> None:
    ran = logged_in("export", "Till", *period, "--form", "mkv", "--no-wait", "--json")
    job = ran.json["id"]
    assert ran.json["state"] in ("running", "done")
    while logged_in("exports", job, "--json").json[0]["state"] == "running":
        pass
    listed = logged_in("exports").out
    assert job[:8] in listed
    assert "Till" in listed
    saved = logged_in("exports", job[:6], "--fetch", "-o", str(private), "--json").json
    assert Path(saved["file"]) == private / "Till.mkv"
    assert (private / "Till.mkv").read_bytes().startswith(b"\x1aE\xdf\xa3")
    assert logged_in("exports", job, "--delete").code == 0
    assert logged_in("exports", "--json").json == []
    assert logged_in("exports", job).code == 5


def test_a_job_that_waits_is_cancelled(
    logged_in: Run, server: FakeServer, period: tuple[str, ...]
) -> None:
    server.exports.hold = True
    try:
        job = logged_in("export", "Till", *period, "--form", "mkv", "--no-wait", "--json").json
    finally:
        server.exports.hold = False
    assert logged_in("exports", job["id"], "--cancel").code == 0
    assert logged_in("exports", job["id"], "--cancel").code == 1
    assert logged_in("exports", job["id"], "--json").json[0]["state"] == "cancelled"
    assert logged_in("exports", job["id"], "--delete").code == 0


def test_after_fetching_nothing_is_left_on_the_server_unless_wanted(
    logged_in: Run, private: Path, period: tuple[str, ...]
) -> None:
    path = private / "a.mkv"
    assert logged_in("export", "Till", *period, "-o", str(path)).code == 0
    assert logged_in("exports", "--json").json == []
    assert logged_in("export", "Till", *period, "-o", str(path), "--keep").code == 0
    (job,) = logged_in("exports", "--json").json
    assert logged_in("exports", job["id"], "--delete").code == 0


def test_a_zip_is_named_as_a_zip(
    logged_in: Run,
    private: Path,
    period: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AXXON_EXPORT_PASSWORD", "open sesame")
    path = private / "secret.mkv"
    ran = logged_in("export", "Till", *period, "--encrypt", "-o", str(path), "--json")
    assert ran.json["file"] == f"{path}.zip"
    assert (private / "secret.mkv.zip").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "Till", "--from", "-2m", "--to", "-1m"),
        ("export", "Till", "--from", "-1m", "--to", "-2m", "-o", "x.mkv"),
        ("export", "Till", "--from", "-2m", "--to", "-1m", "-o", "x.avi"),
        ("export", "Till", "--from", "-2m", "--to", "-1m", "-o", "x.mkv", "--mask", "Till=1,2"),
        ("exports", "--delete"),
        ("exports", "abc", "--fetch"),
        ("verify", "x.zip", "--key", "abc"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(logged_in: Run, arguments: tuple[str, ...]) -> None:
    assert logged_in(*arguments).code == 2


def test_polygons_are_read_as_they_are_written() -> None:
    assert parse_polygon("0.1,0.2;0.5,0.2;0.5,1") == [[0.1, 0.2], [0.5, 0.2], [0.5, 1.0]]
    for wrong in ("", "0,0;1,1", "0,0;1,1;2", "a,b;c,d;e,f"):
        with pytest.raises(CommandError, match="polygon"):
            parse_polygon(wrong)


def test_the_status_shows_the_evidence_key(logged_in: Run) -> None:
    ran = logged_in("status")
    assert f"evidence key {'ab' * 32}" in ran.err + ran.out
