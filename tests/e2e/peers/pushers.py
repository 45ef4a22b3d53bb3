"""Servers of the field that push JPEG images over HTTP, as processes."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.harness import ROOT

CLIP = ROOT / "axxond" / "devices" / "demo" / "clips" / "bottle-detection.mp4"
USER, PASSWORD = "guard", "s3cret"
_MOTION = """
daemon off
setup_mode off
log_level 4
netcam_url file://{clip}
width 640
height 360
framerate 10
movie_output off
picture_output off
webcontrol_port 0
stream_port {port}
stream_localhost on
stream_motion off
stream_maxrate 10
stream_auth_method {method}
stream_authentication {user}:{password}
target_dir {folder}
"""


@contextlib.contextmanager
def _process(*command: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def ffmpeg_mjpeg(port: int, size: str = "320x240") -> Iterator[str]:
    """25 pictures a second to the one client that connects; gives the address."""
    url = f"http://127.0.0.1:{port}/video.mjpg"
    with _process(
        "ffmpeg", "-loglevel", "error",
        "-re", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25",
        "-c:v", "mjpeg", "-q:v", "4", "-f", "mpjpeg", "-listen", "1", url,
    ):  # fmt: skip
        yield url


@contextlib.contextmanager
def motion(port: int, folder: Path, log_in: str = "none") -> Iterator[str]:
    """Debian's motion showing a clip; `log_in`: none, basic or digest."""
    method = ("none", "basic", "digest").index(log_in)
    settings = folder / "motion.conf"
    settings.write_text(
        _MOTION.format(
            clip=CLIP, port=port, method=method, user=USER, password=PASSWORD, folder=folder
        )
    )
    with _process("motion", "-n", "-c", str(settings), "-l", str(folder / "motion.log")):
        yield f"http://127.0.0.1:{port}/"
