"""The simulator as a program, looked at by ffprobe and ffmpeg."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from axxond.devices.demo import DEMO_CAMERAS
from axxond.devices.demo.__main__ import main, rate, size

peer = pytest.mark.peer
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is absent")


@contextmanager
def simulator(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The running program and its ready line."""
    command = [sys.executable, "-m", "axxond.devices.demo", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def probe(url: str, seconds: float) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-of", "json"]
    command += ["-read_intervals", f"%+{seconds}", "-show_packets", "-show_streams", url]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)


def times(found: dict[str, Any], stream: int) -> list[float]:
    packets = [packet for packet in found["packets"] if packet["stream_index"] == stream]
    return [float(packet["pts_time"]) for packet in packets if "pts_time" in packet]


@peer
@needs_ffmpeg
@pytest.mark.parametrize(
    ("file", "codec", "audio", "audio_codec"),
    [
        ("clip", "h264", "aac", "aac"),
        ("clip", "h264", "pcmu", "pcm_mulaw"),
        ("h265_clip", "hevc", "pcma", "pcm_alaw"),
    ],
)
def test_ffprobe_sees_codecs_and_unbroken_times_over_the_loop(
    request: pytest.FixtureRequest, file: str, codec: str, audio: str, audio_codec: str
) -> None:
    path = request.getfixturevalue(file)
    with simulator("--cameras", "1", "--clip", str(path), "--audio", audio) as (_, ready):
        found = probe(ready["cameras"][0]["url"], 3.5)
    assert [stream["codec_name"] for stream in found["streams"]] == [codec, audio_codec]
    pictures, blocks = times(found, 0), times(found, 1)
    assert len(pictures) > 22  # more than the clip's 20
    assert {round(b - a, 3) for a, b in itertools.pairwise(pictures)} == {0.1}
    step = 0.064 if audio == "aac" else 0.04
    assert len(blocks) > 2 / step
    assert max(b - a for a, b in itertools.pairwise(blocks)) < step + 0.001


@peer
@needs_ffmpeg
def test_ffmpeg_logs_in_by_digest_and_is_refused_without(clip: Path) -> None:
    options = ["--cameras", "1", "--clip", str(clip), "--user", "joe", "--password", "p q"]
    with simulator(*options) as (_, ready):
        url = ready["cameras"][0]["url"]
        assert probe(url.replace("rtsp://", "rtsp://joe:p%20q@"), 0.5)["packets"]
        with pytest.raises(subprocess.CalledProcessError) as error:
            probe(url, 0.5)
    assert b"401 Unauthorized" in error.value.stderr


@peer
@needs_ffmpeg
def test_what_was_sent_until_the_freeze_is_what_a_recorder_has(clip: Path, tmp_path: Path) -> None:
    stats, film = tmp_path / "stats.json", tmp_path / "film.mkv"
    options = ["--cameras", "1", "--clip", str(clip), "--stats", str(stats)]
    with simulator(*options) as (process, ready):
        command = ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i"]
        command += [ready["cameras"][0]["url"], "-c", "copy", "-flush_packets", "1", str(film)]
        recorder = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        while not film.exists():
            assert recorder.poll() is None
        process.send_signal(signal.SIGUSR1)
        while not stats.exists():
            assert process.poll() is None
        sent = json.loads(stats.read_text())["streams"]["load/1"]["video_units"]
        process.terminate()  # the end of its input ends the recorder
        recorder.wait(20)
    command = ["ffprobe", "-v", "error", "-count_packets", "-of", "json"]
    command += ["-show_entries", "stream=nb_read_packets", str(film)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert int(found["streams"][0]["nb_read_packets"]) == sent > 0


def test_the_program_counts_and_ends_in_time(clip: Path, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    options = ["--cameras", "2", "--clip", str(clip), "--seconds", "0.1", "--stats", str(stats)]
    with simulator(*options) as (process, ready):
        assert [camera["name"] for camera in ready["cameras"]] == ["Load 1", "Load 2"]
        assert process.wait(20) == 0
    assert set(json.loads(stats.read_text())["streams"]) == {"load/1", "load/2"}


def test_a_clip_that_is_none_is_one_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cameras", "1", "--clip", "absent.mp4", "--port", "0"]) == 1
    assert "absent.mp4 cannot be streamed" in capsys.readouterr().err


def test_rates_and_sizes_are_read() -> None:
    assert rate("1000k") == rate("1M") == rate("1000000") == 1_000_000
    assert size("640x360") == (640, 360)
    with pytest.raises(ValueError, match="invalid literal"):
        size("large")


def test_demo_cameras_have_paths_of_their_own() -> None:
    paths = [path for camera in DEMO_CAMERAS for path in (camera.path, camera.low_path)]
    assert len(set(paths)) == len(paths) == 6
