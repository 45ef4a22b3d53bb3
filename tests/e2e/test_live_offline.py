"""Live = offline: what a camera's detectors tell is what `axxond analyze` finds in the same film.

The same H.264 files are sent by the demo cameras and by the GStreamer RTSP server, to the real
daemon with real detectors, and read by `axxond analyze`.  `AXXON_PROOF_SECONDS=60 pytest
tests/e2e/test_live_offline.py` sees more of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from axxon_client.net.link import ServerLink
from protocol.messages import GetTimeLine, JournalPage, QueryJournal, TimeLine
from protocol.types import Phase
from tests.e2e.detectors import add_camera, told, watching
from tests.e2e.harness import ROOT, Simulator

FAR_US = 4_000_000_000_000_000
SYSTEM_PYTHON = "/usr/bin/python3"
GST_CLIP = Path(__file__).parent / "peers" / "gst_clip.py"
SPEECH = "was_der_mensch_saet_das_wird_er_vielfach_ernten_44100Hz_mono_lead_trail_silence.wav"
# Long enough for crossings, a visit and a phrase; a live test takes as long as its footage.
SECONDS = float(os.environ.get("AXXON_PROOF_SECONDS", "25"))
# Events that end when the footage does are a matter of how it ends.
LAST_S = SECONDS - 3.0
# The first picture of a connection is placed before its arrival, which is made up for within some
# seconds; from then on the camera's clock is settled.
HEAD_START_S = 0.25
SETTLED_S = 10.0
WITHIN_S = 0.06
# A file says how much of the encoder's delay (64 ms of AAC at 16 kHz) is to be skipped, a stream
# does not; and levels are of 50 ms.
SOUND_S = 0.15

pytestmark = pytest.mark.timeout(300 + SECONDS)


@frozen
class Film:
    """`detectors`: id to properties by the configuration's names."""

    name: str
    source: str
    detectors: dict[str, dict[str, Any]]
    sound: str = ""


FILMS = (
    Film(
        "crossroad",
        "video/vtest.avi",
        {
            "motion": {"type": "motion", "hold_s": 1.0},
            "line": {"type": "line_crossing", "lines": [[[0.52, 0.26], [0.52, 0.97]]]},
            "area": {
                "type": "motion_in_area",
                "zones": [[[0.4, 0.3], [0.68, 0.3], [0.68, 0.57], [0.4, 0.57]]],
            },
        },
    ),
    Film(
        "table-sound",
        "video/one-by-one-person-detection.mp4",
        {
            "motion": {"type": "motion", "hold_s": 1.0},
            "visit": {"type": "loitering", "time_s": 5.0},
            "silence": {"type": "audio_no_signal"},
            "voice": {"type": "audio_signal"},
        },
        f"audio/{SPEECH}",
    ),
)

Told = tuple[str, str, float]
"""detector, begin, end or direction, media second"""


def encoded(film: Film, data: Path, folder: Path) -> Path:
    """As a camera encodes: a key frame every 2 s, no B-frames."""
    path = folder / f"{film.name}.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(data / film.source)]
    if film.sound:
        command += ["-i", str(data / film.sound)]
    command += ["-t", str(SECONDS), "-map", "0:v", "-c:v", "libx264", "-preset", "veryfast"]
    command += ["-tune", "zerolatency", "-bf", "0", "-g", "20", "-pix_fmt", "yuv420p"]
    if film.sound:
        command += ["-map", "1:a", "-af", "apad", "-c:a", "aac", "-ar", "16000", "-ac", "1"]
    subprocess.run([*command, str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def files(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [encoded(film, shared_data, folder) for film in FILMS]


@pytest.fixture(scope="module")
def offline(files: list[Path]) -> dict[str, list[Told]]:
    return {film.name: analysed(film, path) for film, path in zip(FILMS, files, strict=True)}


def analysed(film: Film, path: Path) -> list[Told]:
    """By `axxond analyze`."""
    config, out = path.with_suffix(".toml"), path.with_suffix(".json")
    tables = []
    for name, properties in film.detectors.items():
        keys = {"type": "kind", "lines": "line", "zones": "zone"}
        lines = [f"{keys.get(key, key)} = {json.dumps(one)}" for key, one in properties.items()]
        tables.append("\n".join(["[[detector]]", f'name = "{name}"', *lines]))
    config.write_text("\n".join(tables))
    subprocess.run(
        [
            *(sys.executable, "-m", "axxond", "analyze", str(path)),
            *("--config", str(config), "--json", str(out)),
        ],
        check=True,
        cwd=ROOT,
    )
    found: list[Told] = []
    for event in json.loads(out.read_text())["events"]:
        name = event["detector"]
        if event["direction"]:
            found.append((name, event["direction"], event["begin_s"]))
        else:
            found += [(name, "begin", event["begin_s"]), (name, "end", event["end_s"])]
    return sorted((one for one in found if one[2] < LAST_S), key=lambda one: one[2])


@contextlib.contextmanager
def demo_cameras(files: list[Path]) -> Iterator[list[str]]:
    with contextlib.ExitStack() as stack:
        urls = []
        for path in files:
            options = ("--cameras", "1", "--clip", str(path), "--from-start")
            urls.append(stack.enter_context(Simulator(*options)).cameras[0]["url"])
        yield urls


@contextlib.contextmanager
def gstreamer(files: list[Path]) -> Iterator[list[str]]:
    check = "import gi; gi.require_version('GstRtspServer', '1.0')"
    if subprocess.run([SYSTEM_PYTHON, "-c", check], capture_output=True).returncode:
        pytest.skip("the GStreamer RTSP server is not installed")
    with subprocess.Popen(
        [SYSTEM_PYTHON, str(GST_CLIP), *map(str, files)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["urls"]
        server.kill()


async def live(link: ServerLink, camera: str) -> list[Told]:
    line = await link.ask(GetTimeLine(camera, 0, FAR_US), TimeLine)
    assert line.first_us is not None
    words = {Phase.BEGIN: "begin", Phase.END: "end"}
    found: list[Told] = []
    for name, event in await told(link, camera):
        word = words.get(event.phase) or str(event.details["direction"])
        found.append((name, word, round((event.time_us - line.first_us) / 1e6, 3)))
    return sorted((one for one in found if one[2] < LAST_S), key=lambda one: one[2])


async def slowed_by_load(link: ServerLink) -> str:
    """What the governor said when it let detectors see less; "" when they saw all."""
    page = await link.ask(QueryJournal(types=["server.load"], phrase="detectors"), JournalPage)
    return page.events[0].text if page.events else ""


@pytest.mark.peer
@pytest.mark.busy_loop("it starts programs and waits for them")
async def test_live_and_offline_tell_the_same(
    files: list[Path], offline: dict[str, list[Told]], tmp_path: Path
) -> None:
    """All cameras of both kinds side by side."""
    async with watching(tmp_path) as link:
        with demo_cameras(files) as ours, gstreamer(files) as theirs:
            ids = {
                (kind, film.name): await add_camera(
                    link, f"{kind}-{film.name}", url, film.detectors
                )
                for kind, urls in (("demo", ours), ("gst", theirs))
                for film, url in zip(FILMS, urls, strict=True)
            }
            await asyncio.sleep(SECONDS + 2)
        found = {key: await live(link, camera) for key, camera in ids.items()}
        slowed = await slowed_by_load(link)
    if slowed:
        pytest.skip(f"this machine is too busy for live detectors now: {slowed}")
    for (kind, name), events in found.items():
        compare(f"{kind} {name}", events, offline[name])
    for film in FILMS:
        assert {name for name, _, _ in offline[film.name]} == set(film.detectors)


def compare(camera: str, live_told: list[Told], offline_told: list[Told]) -> None:
    """The same events at the same times on the camera's settled clock."""
    words = sorted({one[:2] for one in live_told + offline_told})
    pairs = []
    for word in words:  # of one frame, what begins and what ends has no order
        mine = [one for one in live_told if one[:2] == word]
        theirs = [one for one in offline_told if one[:2] == word]
        what = f"{camera}, {word}: live {mine}, offline {theirs}"
        assert len(mine) == len(theirs), what
        pairs += list(zip(mine, theirs, strict=True))
    offset_s = statistics.median(one[2] - other[2] for one, other in pairs)
    assert abs(offset_s) <= HEAD_START_S
    for one, other in pairs:
        within_s = SOUND_S if one[0] in ("silence", "voice") else WITHIN_S
        within_s = within_s if other[2] > SETTLED_S else HEAD_START_S
        assert one[2] - offset_s == pytest.approx(other[2], abs=within_s), (camera, one, other)
