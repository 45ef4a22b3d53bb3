"""One source of each kind that is not a plain RTSP camera, through everything; all of them, with
a table: `scripts/bench matrix`."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.e2e.matrix import sources
from tests.e2e.matrix.table import as_text, matrix

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]


async def test_no_cell_of_the_matrix_fails_or_is_left_open(
    tmp_path: Path, shared_data: Path
) -> None:
    for kind in ("ffmpeg", "motion"):
        if why := sources.missing(kind):
            pytest.skip(why)
    codec = shared_data / "codec"
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for kind in (
            sources.ffmpeg(tmp_path),
            sources.motion(tmp_path),
            sources.mxpeg(codec / "synth_mxpeg_A.mxg"),
            sources.capture(("snow", "h264")),
            sources.axis(tmp_path),
            sources.onvif(tmp_path),
            sources.files(codec, ("snow_pcm.mkv", "fate/C0023S01.mp4", "fate/scte20.mp4")),
        ):
            found += await stack.enter_async_context(kind)
        lines = await matrix(found, tmp_path)
    assert all(line.is_good for line in lines), f"\n{as_text(lines)}"
