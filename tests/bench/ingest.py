"""Record 64 RTSP cameras (640x360, 25 fps, 1 Mbit/s) to disk, nothing lost; peer: ffmpeg -c copy.

The camera simulator runs in a process of its own.  Ours is one process with the daemon's
supervisors, hubs and recorder; the peer is one `ffmpeg -c copy` a camera.  Both run in turn.  At
the end of a round the simulator stops sending and says how many access units it sent; they are
compared, camera by camera, with what ffprobe finds in the files.
"""

from __future__ import annotations

import contextlib
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import field, frozen

from tests.bench import measure
from tests.bench.table import Row, against, limited

_SETTLE_S = 3.0
_ARRIVE_S = 1.5  # for what is on its way when the cameras stop
_START_S = 60.0
_CPU_RATIO = 0.5
_CPU_AIM = 0.35
_MEMORY_MB = 3.0


@frozen
class Load:
    """`camera_sim` are options of the simulator for each camera's clip."""

    name: str
    cameras: int
    seconds: float
    rounds: int
    camera_sim: tuple[str, ...] = field(factory=tuple)


@frozen
class Round:
    """What one recorder cost in one round: CPU in ms a camera-second, memory in MB a camera."""

    cpu_ms: float
    pss_mb: float
    rss_mb: float
    sent: int
    lost: int


class Simulator:
    """The cameras; `sent` are access units by camera since its start."""

    def __init__(self, process: subprocess.Popen[str], stats: Path) -> None:
        self.urls = [camera["url"] for camera in measure.line(process)["cameras"]]
        self._process = process
        self._stats = stats

    def counters(self, freeze: bool = False) -> dict[str, dict[str, int]]:
        """By camera; with `freeze` nothing more is sent."""
        self._stats.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1 if freeze else signal.SIGUSR2)
        while not self._stats.exists():
            time.sleep(0.01)
        streams: dict[str, dict[str, int]] = json.loads(self._stats.read_text())["streams"]
        return {path.rpartition("/")[2]: counters for path, counters in streams.items()}

    def wait_for_all(self) -> None:
        """Until every camera has a viewer."""
        end_s = time.monotonic() + _START_S
        while any(not one["video_units"] for one in self.counters().values()):
            if time.monotonic() > end_s:
                raise RuntimeError("not all cameras were opened in time")
            time.sleep(0.2)

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self) -> None:
        measure.end(self._process)


@contextlib.contextmanager
def simulator(load: Load, folder: Path) -> Iterator[Simulator]:
    stats = folder / "sent.json"
    options = ("--port", "0", "--cameras", str(load.cameras), "--stats", str(stats))
    with measure.module("axxond.devices.demo", *options, *load.camera_sim) as process:
        yield Simulator(process, stats)


def run(quick: bool) -> list[Row]:
    load = Load("ingest", 16, 12, 1) if quick else Load("ingest", 64, 20, 3)
    return compare(load)


def compare(load: Load) -> list[Row]:
    """Ours and the peer in turn; rows of medians."""
    rounds: dict[str, list[Round]] = {"ours": [], "peer": []}
    for _ in range(load.rounds):
        rounds["peer"].append(_round(load, _record_by_ffmpeg))
        rounds["ours"].append(_round(load, _record_by_us))
    ours, peer = rounds["ours"], rounds["peer"]
    name = "ffmpeg -c copy, one process a camera"
    share = _empty_pss_mb() / load.cameras

    def middle(found: list[Round], of: Callable[[Round], float]) -> float:
        return statistics.median(map(of, found))

    cpu = [middle(found, lambda one: one.cpu_ms) for found in (ours, peer)]
    pss = [middle(found, lambda one: one.pss_mb) for found in (ours, peer)]
    rss = [middle(found, lambda one: one.rss_mb) for found in (ours, peer)]
    return [
        against(
            f"CPU, {load.cameras} cameras", "ms per camera-s", cpu[0], cpu[1], name, _CPU_RATIO
        ),
        against("the same, aim", "ms per camera-s", cpu[0], cpu[1], name, _CPU_AIM),
        limited(
            "memory (PSS), process shared out", "MB per camera", pss[0], _MEMORY_MB, pss[1], name
        ),
        limited("memory beyond the empty program", "MB per camera", pss[0] - share, _MEMORY_MB),
        Row("memory (RSS)", "MB per camera", rss[0], rss[1], name),
        Row("access units sent", "", sum(r.sent for r in ours), sum(r.sent for r in peer), name),
        limited(
            "access units lost", "", sum(r.lost for r in ours), 0, sum(r.lost for r in peer), name
        ),
    ]


Recorder = Callable[[Load, Simulator, Path], Round]


def _round(load: Load, record: Recorder) -> Round:
    with tempfile.TemporaryDirectory() as folder, simulator(load, Path(folder)) as cameras:
        return record(load, cameras, Path(folder))


def _watch(load: Load, pids: list[int]) -> tuple[float, float, float]:
    """CPU in ms a camera-second over the window; PSS and RSS in MB a camera at its end."""
    time.sleep(_SETTLE_S)
    began_s, before_s = time.monotonic(), measure.cpu_s(pids)
    time.sleep(load.seconds)
    used_s, took_s = measure.cpu_s(pids) - before_s, time.monotonic() - began_s
    cpu_ms = used_s * 1000 / (load.cameras * took_s)
    return cpu_ms, measure.pss_mb(pids) / load.cameras, measure.rss_mb(pids) / load.cameras


def _record_by_us(load: Load, cameras: Simulator, folder: Path) -> Round:
    with measure.module("tests.bench.ingest_ours") as recorder:
        measure.tell(
            recorder, json.dumps({"folder": str(folder / "archive"), "urls": cameras.urls})
        )
        measure.line(recorder)
        cameras.wait_for_all()
        costs = _watch(load, [recorder.pid])
        sent = video_units(cameras.counters(freeze=True))
        time.sleep(_ARRIVE_S)
        measure.tell(recorder, "stop")
        measure.line(recorder)
        recorder.wait()
    found: dict[str, int] = {}
    for path in sorted((folder / "archive").rglob("*.mkv")):
        camera = path.name.split("_")[0].rpartition("-")[2]
        found[camera] = found.get(camera, 0) + packets_in(path)
    return Round(*costs, sum(sent.values()), lost(sent, found))


def _record_by_ffmpeg(load: Load, cameras: Simulator, folder: Path) -> Round:
    with contextlib.ExitStack() as stack:
        recorders = [
            stack.enter_context(
                measure.running(
                    *("ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", url),
                    *("-c", "copy", str(folder / f"{url.rpartition('/')[2]}.mkv")),
                )
            )
            for url in cameras.urls
        ]
        cameras.wait_for_all()
        costs = _watch(load, [recorder.pid for recorder in recorders])
        sent = video_units(cameras.counters(freeze=True))
        time.sleep(_ARRIVE_S)
        cameras.end()  # the end of its input ends ffmpeg, which then finishes its file
        for recorder in recorders:
            recorder.wait(_START_S)
    found = {path.stem: packets_in(path) for path in folder.glob("*.mkv")}
    return Round(*costs, sum(sent.values()), lost(sent, found))


def video_units(counters: dict[str, dict[str, int]]) -> dict[str, int]:
    return {camera: one["video_units"] for camera, one in counters.items()}


def lost(sent: dict[str, int], found: dict[str, int]) -> int:
    """Also what was recorded twice counts."""
    return sum(abs(count - found.get(camera, 0)) for camera, count in sent.items())


def packets_in(path: Path) -> int:
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-count_packets", "-of", "json"]
    command += ["-show_entries", "stream=nb_read_packets", str(path)]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return int(found["streams"][0]["nb_read_packets"])


def _empty_pss_mb() -> float:
    """Our recorder's modules, loaded and idle."""
    code = "import tests.bench.ingest_ours, sys; print('{}', flush=True); sys.stdin.readline()"
    command = (sys.executable, "-c", code)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with measure.running(*command, **pipes) as process:
        measure.line(process)
        return measure.pss_mb([process.pid])
