"""25 tiles of 640×360 at 25 pictures a second, shown in a window; peer: QImage by rgb24.

Processor time of the showing process, a tile and picture, less that of one which decodes and
shows nothing: conversion, blit and the hand-over to the X server.  Twice: on a screen of
1920×1080, where the pictures are made smaller, and on one that shows them in their own size.
Then live: 25 cameras of a fake server, in bare tiles and in the client's own window, and how long
the GUI thread is busy at a stretch.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
import sys
from collections.abc import Iterator

from tests.bench import measure
from tests.bench.table import Row, limited

TILES = 25
_UNIT = "CPU ms a tile-picture"
# Ours scales bilinearly; the painter takes the nearest pixel unless it is told to be smooth.
_PEERS = {
    "rgb24": "QImage by rgb24",
    "bgr0": "QImage by bgr0",
    "smooth-bgr0": "QImage by bgr0, smooth",
}
_GOAL_MS = 0.25
_GOAL_BUSY_MS = 50.0
_SCREENS = {"scaled to 1920×1080": (1920, 1080), "in their own size": (3200, 1800)}


def run(quick: bool) -> list[Row]:
    rows = []
    for name, size in _SCREENS.items():
        found: dict[str, list[float]] = {way: [] for way in ("none", "ours", *_PEERS)}
        for _ in range(2 if quick else 5):
            for way, figures in found.items():
                figures.append(_shown(way, size, quick))
        bare = statistics.median(found.pop("none"))
        medians = {way: statistics.median(figures) - bare for way, figures in found.items()}
        ours = medians["ours"]
        rows.append(limited(name, _UNIT, ours, _GOAL_MS, medians["rgb24"], _PEERS["rgb24"]))
        for way in ("bgr0", "smooth-bgr0"):
            rows.append(Row(name, _UNIT, ours, medians[way], _PEERS[way]))
    seconds = 10.0 if quick else 60.0
    return [*rows, *_live("tiles", seconds), *_live("window", seconds)]


def _shown(way: str, size: tuple[int, int], quick: bool) -> float:
    seconds = 3.0 if quick else 8.0
    found = _window("show", size, way, str(seconds))
    return float(found["cpu_s"]) * 1000 / int(found["sent"])


def _live(mode: str, seconds: float) -> list[Row]:
    with measure.module("tests.fakes.server", "--port", "0", "--cameras", str(TILES)) as server:
        where = measure.line(server)
        found = _window(
            mode, (1920, 1080), str(where["port"]), str(where["password"]), str(seconds)
        )
    name = "whole client" if mode == "window" else "25 live tiles"
    longest = "ms, longest"
    return [
        limited(f"{name}: GUI busy at a stretch", longest, found["busy_ms"], _GOAL_BUSY_MS),
        limited(f"{name}: without waits for a core", longest, found["own_ms"], _GOAL_BUSY_MS),
        limited(f"{name}: its processor time", longest, found["busy_cpu_ms"], _GOAL_BUSY_MS),
        Row(f"{name}: an event waits", longest, found["late_ms"]),
        Row(f"{name}: an event waits", "ms, 99.9 %", found["late_p999_ms"]),
        Row(f"{name}: pictures painted", "a second", found["painted"] / seconds),
        Row(f"{name}: GUI thread", "% of a core", found["gui_cpu_percent"]),
        Row(f"{name}: process", "% of a core", found["cpu_percent"]),
    ]


def _window(mode: str, size: tuple[int, int], *arguments: str) -> dict[str, float]:
    """The last line that the window's process says."""
    width, height = size
    command = [sys.executable, "-m", "tests.bench.client_window", mode, f"{width}x{height}"]
    with _running(size, [*command, *arguments]) as process:
        return measure.line(process)


@contextlib.contextmanager
def _running(size: tuple[int, int], command: list[str]) -> Iterator:  # type: ignore[type-arg]
    """On a virtual screen of that size, whatever screen there is: the same work everywhere."""
    if shutil.which("xvfb-run") is None:
        raise RuntimeError("xvfb-run is missing: scripts/env installs it")
    width, height = size
    screen = f"-screen 0 {width}x{height}x24 -nolisten tcp"
    whole = ["xvfb-run", "--auto-servernum", f"--server-args={screen}", *command]
    with measure.running(*whole, stdin=-1, stdout=-1) as process:
        yield process
