"""Command line of the camera simulator.

When ready it prints one line of JSON, `{"port", "started_us", "cameras": [{"name", "url",
"low_url"}]}`, where `started_us` is the UTC moment at which all clips began; at its end one more,
`{"streams": {path: counters}}`, or writes that to `--stats`.  SIGUSR1 stops the media but keeps
the sessions, and writes the counters: then all that was sent can arrive and be counted.
SIGUSR2 writes the counters and goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import platformdirs

from axxond.base.clock import SystemClock
from axxond.devices.demo import catalog, clips
from axxond.devices.demo.catalog import Camera
from axxond.devices.demo.player import Pacer
from axxond.devices.demo.requests import DigestLogin
from axxond.devices.demo.server import CameraServer, Stream
from axxond.devices.demo.sound import sound_track
from axxond.devices.demo.track import Track
from protocol.types import Codec

_SUFFIXES = {"k": 1_000, "m": 1_000_000}


def rate(text: str) -> int:
    """`1000k`, `2M` or a plain number, in bit/s."""
    factor = _SUFFIXES.get(text[-1:].lower(), 1)
    number = float(text[:-1] if factor > 1 else text)
    if number <= 0:
        raise argparse.ArgumentTypeError("bit rate is above 0")
    return int(number * factor)


def size(text: str) -> tuple[int, int]:
    """`640x360`: even numbers."""
    width, _, height = text.partition("x")
    result = int(width), int(height)
    if min(result) < 16 or result[0] % 2 or result[1] % 2:
        raise argparse.ArgumentTypeError("size is WIDTHxHEIGHT, even numbers from 16 on")
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="camera-sim", description="RTSP cameras on loopback, for a demonstration and for load"
    )
    add = parser.add_argument
    add("--port", type=int, default=8654, help="0 takes a free one (8654)")
    add("--demo", action="store_true", help="the demo cameras (default without --cameras)")
    add("--cameras", type=int, default=0, metavar="N", help="load cameras /load/1 to /load/N")
    add("--clip", type=Path, help="H.264 or H.265 file for the load cameras")
    add(
        "--from-start",
        action="store_true",
        help="each viewer of a load camera sees the clip from its first picture on",
    )
    add("--codec", choices=("h264", "h265"), default="h264", help="of the made clip (h264)")
    add("--size", type=size, default=(640, 360), help="of the made clip (640x360)")
    add("--fps", type=Fraction, default=Fraction(25), help="of the made clip (25)")
    add("--bitrate", type=rate, default=1_000_000, help="of the made clip (1000k)")
    add("--gop-seconds", type=Fraction, default=Fraction(2), help="of the made clip (2)")
    add(
        "--audio",
        choices=("none", "aac", "pcmu", "pcma"),
        help="of the load cameras (none, or the clip's own)",
    )
    add("--user", default="", help="ask for this user name, by digest")
    add("--password", default="", help="of the user")
    add("--seconds", type=float, help="end after that long")
    add("--with-stdin", action="store_true", help="end when standard input closes")
    add("--stats", type=Path, help="write the counters here, as JSON")
    add("--cache", type=Path, help="folder for rendered footage")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    started_s = time.monotonic()
    try:
        cameras = _cameras(options)
    except (clips.ClipError, OSError) as error:
        sys.stderr.write(f"camera-sim: {error}\n")
        return 1
    spent_s = time.monotonic() - started_s
    if spent_s > 1:
        sys.stderr.write(f"footage ready after {spent_s:.1f} s\n")
    try:
        return _runner()(_serve(options, cameras))
    except BrokenPipeError:  # whoever started it is gone, and with it the reader of its counters
        return 0
    except OSError as error:
        sys.stderr.write(f"camera-sim: cannot listen on port {options.port}: {error}\n")
        return 1


def _runner() -> Callable[[Coroutine[Any, Any, int]], int]:
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return asyncio.run
    return uvloop.run


def _cameras(options: argparse.Namespace) -> list[Camera]:
    cache = options.cache or Path(platformdirs.user_cache_dir("axxond")) / "camera-sim"
    cameras = []
    if options.demo or not options.cameras:
        cameras += catalog.demo_cameras(cache)
    if options.cameras:
        cameras += catalog.load_cameras(
            options.cameras, *_load_tracks(options, cache), options.from_start
        )
    return cameras


def _load_tracks(options: argparse.Namespace, cache: Path) -> tuple[Track, Track | None]:
    path = options.clip
    own_sound = None
    if path is None:
        width, height = options.size
        encoding = clips.Encoding(
            width,
            height,
            options.fps,
            options.gop_seconds,
            Codec(options.codec),
            options.bitrate,
        )
        path = catalog.load_clip(cache, encoding)
    elif options.audio is None:
        own_sound = clips.read_audio(path)
    audio = own_sound if options.audio in (None, "none") else sound_track(Codec(options.audio))
    return clips.read_video(path), audio


async def _serve(options: argparse.Namespace, cameras: list[Camera]) -> int:
    clock = SystemClock()
    streams: dict[str, Stream] = {}
    for camera in cameras:
        streams[camera.high.path] = camera.high
        if camera.low is not None:
            streams[camera.low.path] = camera.low
    login = (
        DigestLogin(options.user, options.password, secrets.token_hex(16))
        if options.user
        else None
    )
    pacer = Pacer(clock.monotonic_us, clock.now_us)
    server = CameraServer(streams, pacer, login)
    await server.start(options.port)
    end = asyncio.Event()
    freeze = functools.partial(_freeze, pacer, options.stats, streams)
    count = functools.partial(_write_stats, options.stats, streams)
    _on_signals({"SIGINT": end.set, "SIGTERM": end.set, "SIGUSR1": freeze, "SIGUSR2": count})
    if options.with_stdin:
        _on_closed_stdin(end.set)
    _say(ready_line(server.port, cameras, clock.now_us()))
    try:
        async with asyncio.timeout(options.seconds):
            await end.wait()
    except TimeoutError:
        pass
    await server.close()
    _write_stats(options.stats, streams)
    return 0


def _on_signals(actions: Mapping[str, Callable[[], None]]) -> None:
    loop = asyncio.get_running_loop()
    for name, action in actions.items():
        # Windows has neither these signals nor handlers on a loop; Ctrl-C ends it there too.
        with contextlib.suppress(AttributeError, NotImplementedError):
            loop.add_signal_handler(getattr(signal, name), action)


def _on_closed_stdin(action: Callable[[], None]) -> None:
    """A parent that is killed cannot stop us; the pipe from it closes all the same."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            action()

    with contextlib.suppress(NotImplementedError):  # Windows
        loop.add_reader(0, readable)


def ready_line(port: int, cameras: list[Camera], started_us: int) -> dict[str, object]:
    base = f"rtsp://127.0.0.1:{port}"
    return {
        "port": port,
        "started_us": started_us,
        "cameras": [
            {
                "name": camera.name,
                "url": f"{base}/{camera.high.path}",
                "low_url": f"{base}/{camera.low.path}" if camera.low else "",
            }
            for camera in cameras
        ],
    }


def _freeze(pacer: Pacer, path: Path | None, streams: dict[str, Stream]) -> None:
    pacer.stop()
    _write_stats(path, streams)


def _write_stats(path: Path | None, streams: dict[str, Stream]) -> None:
    counters = {"streams": {name: stream.stats.as_dict() for name, stream in streams.items()}}
    if path is None:
        _say(counters)
        return
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(counters))
    part.replace(path)


def _say(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
