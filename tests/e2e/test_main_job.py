"""The one command: it records demo cameras without loss, in files that any player reads, raises an
alarm for what moves, and goes on with the same data.

`AXXON_E2E_SECONDS=60 pytest tests/e2e/test_main_job.py` runs as long as a user would.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.e2e.harness import share_kernels

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("AXXON_E2E_SECONDS", "30"))
# The first start renders the footage of the demo cameras.
TIMEOUT_S = SECONDS + 120


@frozen
class Run:
    output: str
    summary: dict[str, Any]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.summary["events"] if event["type"] == kind]


def run(data: Path, seconds: float) -> Run:
    share_kernels(data)
    target = data.parent / "summary.json"
    command = [str(ROOT / "scripts" / "run"), "--headless", "--port", "0"]
    command += ["--seconds", str(seconds), "--data", str(data), "--json", str(target)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return Run(done.stdout, json.loads(target.read_text()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("main-job") / "data"


@pytest.fixture(scope="module")
def first(data: Path) -> Run:
    run(data.parent / "warm", 1)  # footage and kernels are made outside of what is counted
    return run(data, SECONDS)


pytestmark = pytest.mark.timeout(2 * TIMEOUT_S + 60)


def test_every_demo_camera_is_recorded_without_loss(first: Run) -> None:
    cameras = first.summary["cameras"]
    assert [camera["name"] for camera in cameras] == [
        "Entrance hall",
        "Shop shelf",
        "Synthetic yard",
    ]
    for camera in cameras:
        assert camera["lost"] == 0
        assert camera["received"] == camera["recorded"] > 8 * (SECONDS - 10)
        assert camera["key_frames"] > (SECONDS - 10) / 4
        assert camera["bytes"] > 0


def test_the_password_is_shown_once_and_nowhere_stored(first: Run, data: Path) -> None:
    (line,) = [line for line in first.output.splitlines() if "password" in line]
    password = line.split()[-1]
    assert len(password) == 23
    for path in data.rglob("*"):
        if path.is_file():
            assert password.encode() not in path.read_bytes(), path


def test_real_motion_raises_an_alarm_and_the_quiet_scene_none(first: Run) -> None:
    alarmed = {event["object_name"] for event in first.events("alarm.raised")}
    assert alarmed & {"Entrance hall", "Shop shelf"}
    assert "Synthetic yard" not in alarmed
    assert first.events("detector.motion")


def test_a_clean_run_starts_and_stops_without_errors(first: Run) -> None:
    assert len(first.events("server.started")) == len(first.events("server.stopped")) == 1
    assert [event for event in first.summary["events"] if event["severity"] == "error"] == []


def test_every_segment_decodes_with_sound(first: Run, data: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    codecs: set[str] = set()
    segments = sorted((data / "archives").rglob("*.mkv"))
    assert len(segments) >= len(first.summary["cameras"])
    for segment in segments:
        # With the file's own ticks: a connection's first seconds need not be evenly spaced.
        decode = ["ffmpeg", "-v", "error", "-i", str(segment)]
        decode += ["-enc_time_base", "-1", "-f", "null", "-"]
        done = subprocess.run(decode, capture_output=True, text=True, timeout=60, check=True)
        assert done.stderr == "", segment
        entries = ["-show_entries", "stream=codec_name", "-of", "csv=p=0", str(segment)]
        probed = subprocess.run(
            ["ffprobe", "-v", "error", *entries],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        codecs |= set(probed.stdout.split())
    assert codecs == {"h264", "aac", "pcm_mulaw", "pcm_alaw"}


def test_a_second_start_goes_on_with_the_same_data(first: Run, data: Path) -> None:
    second = run(data, 8)
    assert "password" not in second.output
    assert second.summary["archive"]["from"] == first.summary["archive"]["from"]
    assert second.summary["archive"]["to"] > first.summary["archive"]["to"]
    assert second.summary["archive"]["bytes"] > first.summary["archive"]["bytes"]
    assert all(camera["lost"] == 0 < camera["recorded"] for camera in second.summary["cameras"])


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [str(ROOT / "scripts" / "run"), "--no-demo", "--port", "0", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/")


def until_listening(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Listening on port"):
            return
    raise AssertionError("it ended before it listened")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_it_is_told_to(tmp_path: Path, number: int) -> None:
    target = tmp_path / "summary.json"
    with started("--headless", "--data", str(tmp_path / "data"), "--json", str(target)) as process:
        until_listening(process)
        process.send_signal(number)
        assert process.wait(60) == 0
    events = json.loads(target.read_text())["events"]
    assert [event["type"] for event in events][-1] == "server.stopped"


def test_with_a_display_the_client_comes_and_goes_with_the_server(tmp_path: Path) -> None:
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no display (run it by scripts/xvfb)")
    share_kernels(tmp_path / "data")
    target = tmp_path / "summary.json"
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    command = [str(ROOT / "scripts" / "run"), "--no-demo", "--port", "0", "--seconds", "8"]
    command += ["--data", str(tmp_path / "data"), "--json", str(target)]
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    events = [event["type"] for event in json.loads(target.read_text())["events"]]
    assert "user.login" in events  # with the password that nobody has typed
    assert events[-1] == "server.stopped"


def test_check_finds_all_of_it_sound(first: Run, data: Path) -> None:
    python = ROOT / ".venv" / "bin" / "python"
    done = subprocess.run(
        [str(python), "-m", "axxond", "check", "--data", str(data), "--full"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout
    assert first.summary["archive"]["bytes"] > 0
