"""`axxond analyze`: its arguments, and what it writes."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

_MAX_FPS = 1000.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "file",
        type=Path,
        metavar="FILE",
        help="a recording, any video or sound, or a folder of images",
    )
    add(
        "--config",
        type=Path,
        metavar="F.toml",
        help="detectors, a list of [[detector]]; without it, one of each kind that the"
        " file has something for",
    )
    add("--json", type=Path, metavar="OUT", help="write the events here (else they are printed)")
    add("--tracks", action="store_true", help="with every object's boxes")
    add("--masks", type=Path, metavar="DIR", help="write each frame's foreground here, as PNG")
    add("--fps", type=_fps, help="of a folder of images (25), or instead of a video's own times")


def _fps(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _MAX_FPS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate in (0; {_MAX_FPS:g}]")
    return value


def run(options: argparse.Namespace) -> int:
    """Returns the exit status."""
    # Only here: numba and libav take a second to load, which no other command should wait for.
    config: Any = importlib.import_module("axxond.analytics.offline_config")
    offline: Any = importlib.import_module("axxond.analytics.offline")
    if options.config:
        detectors = config.read(options.config)
    else:
        detectors = config.one_of_each(offline.has_sound(options.file))
    found = offline.analyze(options.file, detectors, options.fps, options.tracks, options.masks)
    text = json.dumps(found, indent=1) + "\n"
    if options.json is not None:
        options.json.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)
    return 0
