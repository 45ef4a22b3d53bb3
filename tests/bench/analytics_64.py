"""64 cameras on one machine: low streams (640x360, 8 fps) decoded, tracked and checked by four
detectors each, while the main streams (640x360, 25 fps, 1 Mbit/s) are recorded.

Ours is a process with the daemon's supervisors, hubs and recorder and those that it has analyse.
The low streams show people on a crossroad (all of them busy), the main ones a moving test picture.
Lateness is from a packet's arrival at its hub to its result on the event loop; above 8 streams
sockets are read in rounds of at most 100 ms, which come on top.  What the recorder holds is
compared with what the cameras sent, camera by camera.  The cameras' simulators are processes of
their own on the same two cores; their processor time is told apart.

The peer: Debian's motion, one camera a configuration, motion detection alone on the same low
streams, nothing written.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.devices.demo import clips
from tests.bench import measure
from tests.bench.accuracy import DATA
from tests.bench.ingest import Load, Simulator, lost, packets_in, simulator, video_units
from tests.bench.table import Row, limited

_CAMERAS = 64
_FPS = 8
_WARM_S = 6.0
_ARRIVE_S = 1.5
_LATE_MS = 1000.0
_PEER = "Debian motion, motion detection only"


@frozen
class Found:
    """Processor time in ms a camera-second; lateness in ms."""

    ours_ms: float
    cores: float
    simulators_cores: float
    results_ms: list[float]
    expected: int
    sent: int
    lost: int
    counters: dict[str, Any]


def run(quick: bool) -> list[Row]:
    clip = _clip()
    ours = _ours(clip, 12.0 if quick else 60.0)
    peer_ms = _motion(clip, 4 if quick else 8, 8.0 if quick else 20.0)
    late = sorted(ours.results_ms)
    cores = os.cpu_count() or 1
    missing = 1 - len(late) / ours.expected
    return [
        Row(
            "all of a camera: low seen, main recorded",
            "ms per camera-s",
            ours.ours_ms,
            peer_ms,
            _PEER if peer_ms is not None else "",
        ),
        Row(
            "of that: decoding and detectors",
            "ms per camera-s",
            ours.counters["decode_ms"],
            peer_ms,
            _PEER if peer_ms is not None else "",
        ),
        limited("cores in use, ours", "", ours.cores, cores),
        Row("cores in use, cameras' simulators", "", ours.simulators_cores),
        Row("lateness, p50", "ms", statistics.median(late)),
        Row("lateness, p99", "ms", late[int(0.99 * len(late))]),
        limited("lateness, most", "ms", late[-1], _LATE_MS),
        Row("results", "", len(late)),
        limited("pictures without a result", "%", 100 * max(0.0, missing), 1.0),
        limited("packets dropped before decoding", "", ours.counters["dropped"], 0),
        Row("detectors' events", "", ours.counters["events"]),
        Row("access units sent, main", "", ours.sent),
        limited("access units not recorded", "", ours.lost, 0),
    ]


def _clip() -> Path:
    """The crossroad as a camera's low stream; made once a machine."""
    source = DATA / "video/vtest.avi"
    if not source.exists():
        raise SystemExit(f"bench analytics-64: {source} is not there")
    path = Path(tempfile.gettempdir()) / "axxon-bench-crossroad-640x360-8.mp4"
    if not path.exists():
        how = clips.Encoding(640, 360, Fraction(_FPS), crf=25)
        clips.encode(_pictures(source), {path: how}, lambda: None)
    return path


def _pictures(source: Path) -> Iterator[Any]:
    """10 fps to 8: every fifth picture is left out."""
    for number, frame in enumerate(clips.pictures(source)):
        if number % 5:
            yield frame


@contextlib.contextmanager
def _cameras(clip: Path, folder: Path, count: int) -> Iterator[Simulator]:
    folder.mkdir(exist_ok=True)
    with simulator(Load("low", count, 0, 1, ("--clip", str(clip))), folder) as low:
        yield low


def _ours(clip: Path, seconds: float) -> Found:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        low = stack.enter_context(_cameras(clip, folder / "low", _CAMERAS))
        (folder / "main").mkdir()
        main = stack.enter_context(simulator(Load("main", _CAMERAS, 0, 1), folder / "main"))
        work = {"folder": str(folder / "archive"), "main": main.urls, "low": low.urls}
        process = stack.enter_context(measure.module("tests.bench.analytics_ours"))
        measure.tell(process, json.dumps(work))
        measure.line(process)
        main.wait_for_all()
        low.wait_for_all()
        time.sleep(_WARM_S)
        measure.tell(process, "measure")
        measure.line(process)
        sims = [low.pid, main.pid]
        began_s, ours_s, sims_s = (
            time.monotonic(),
            measure.cpu_s([process.pid]),
            measure.cpu_s(sims),
        )
        units = sum(video_units(low.counters()).values())
        time.sleep(seconds)
        took_s = time.monotonic() - began_s
        used_s, sims_s = measure.cpu_s([process.pid]) - ours_s, measure.cpu_s(sims) - sims_s
        expected = sum(video_units(low.counters(freeze=True)).values()) - units
        sent = video_units(main.counters(freeze=True))
        time.sleep(_ARRIVE_S)
        measure.tell(process, "stop")
        counters = measure.line(process)
        process.wait()
        found = recorded(folder / "archive")
    counters["decode_ms"] = counters["decode_cpu_s"] * 1000 / (_CAMERAS * counters["seconds"])
    return Found(
        used_s * 1000 / (_CAMERAS * took_s),
        used_s / took_s,
        sims_s / took_s,
        counters["results_ms"],
        expected,
        sum(sent.values()),
        lost(sent, found),
        counters,
    )


def recorded(archive: Path) -> dict[str, int]:
    """Access units by camera."""
    found: dict[str, int] = {}
    for path in sorted(archive.rglob("*.mkv")):
        camera = path.name.split("_")[0].rpartition("-")[2]
        found[camera] = found.get(camera, 0) + packets_in(path)
    return found


def _motion(clip: Path, cameras: int, seconds: float) -> float | None:
    """Processor time in ms a camera-second; None where motion is not installed."""
    program = shutil.which("motion")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as name, _cameras(clip, Path(name), cameras) as low:
        folder = Path(name)
        config = _motion_config(folder, low.urls)
        with measure.running(
            *(program, "-n", "-c", str(config)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            low.wait_for_all()
            time.sleep(_WARM_S)
            began_s, before_s = time.monotonic(), measure.cpu_s([process.pid])
            time.sleep(seconds)
            took_s = time.monotonic() - began_s
            used_s = measure.cpu_s([process.pid]) - before_s
    return used_s * 1000 / (cameras * took_s)


def _motion_config(folder: Path, urls: list[str]) -> Path:
    quiet = [
        "picture_output off", "movie_output off", "webcontrol_port 0", "stream_port 0",
        "log_level 1", f"target_dir {folder}",
    ]  # fmt: skip
    cameras = []
    for number, url in enumerate(urls, 1):
        path = folder / f"camera{number}.conf"
        lines = [
            f"camera_id {number}", f"netcam_url {url}", "width 640", "height 360",
            f"framerate {_FPS}", "rotate 0",
        ]  # fmt: skip
        path.write_text("\n".join(lines) + "\n")
        cameras.append(f"camera {path}")
    config = folder / "motion.conf"
    config.write_text("\n".join([*quiet, *cameras]) + "\n")
    return config
