"""Every kind of source × (live, recorded, played, exported, sound, events, PTZ, I/O), on the real
daemon: GStreamer's RTSP server in all its codecs, ffmpeg and motion by HTTP, MxPEG, the virtual
capture card in all its encodings, the emulators of ONVIF and Axis, the samples of codecs.

*quick*: one source of each kind.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import ROOT
from tests.bench.table import Row
from tests.e2e.matrix import sources
from tests.e2e.matrix.table import COLUMNS, Line, as_text, matrix


def run(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        lines = asyncio.run(_run(Path(folder), quick))
    sys.stdout.write(f"{as_text(lines)}\n")
    cells = [cell for line in lines for cell in line.cells.values()]
    failed = sum(cell not in ("works", "–") for cell in cells)
    blank = len(lines) * len(COLUMNS) - len(cells)
    return [
        Row("sources", "", len(lines)),
        Row("cells that work", "", cells.count("works")),
        Row("not applicable", "", cells.count("–")),
        Row("failed", "", failed, goal="0", ok=failed == 0),
        Row("blank", "", blank, goal="0", ok=blank == 0),
    ]


async def _run(folder: Path, quick: bool) -> list[Line]:
    """In groups: two cores do not carry ten encoders and what they are measured by."""
    codec = Path(os.environ.get("AXXON_SHARED_DATA", ROOT.parent / "shared" / "data")) / "codec"
    groups = {
        "rtsp": [sources.gst()],
        "http": [
            sources.ffmpeg(folder), sources.motion(folder),
            sources.mxpeg(codec / "synth_mxpeg_A.mxg"),
        ],
        "control": [sources.axis(folder), sources.onvif(folder)],
        "capture": [sources.capture()],
        "files": [sources.files(codec)],
    }  # fmt: skip
    lines = []
    for name, kinds in groups.items():
        place = folder / name
        place.mkdir()
        async with contextlib.AsyncExitStack() as stack:
            found = [one for kind in kinds for one in await stack.enter_async_context(kind)]
            lines += await matrix(found[:1] if quick else found, place)
    return lines + await asyncio.to_thread(_inside)


def _inside() -> list[Line]:
    """What listens everywhere, in a network of its own."""
    script = ROOT / "tests" / "e2e" / "peers" / "loopback.sh"
    done = subprocess.run(
        ["unshare", "-n", "sh", script, sys.executable, "-m", "tests.e2e.matrix.inside"],
        capture_output=True, text=True, check=False, timeout=200, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        failed = dict.fromkeys(COLUMNS, "FAILED: see the note")
        return [Line("ONVIF, ipycam", failed, done.stderr.strip()[-200:])]
    return [Line(**one) for one in json.loads(done.stdout.splitlines()[-1])]
