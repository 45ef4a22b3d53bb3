"""Ground truth of footage that was altered: places and times as they are there."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from tests.bench.accuracy import HIGHWAY_FPS
from tests.bench.alterations import Alteration

_TRACKS = "vtest_PETS09-S2L1_gt.csv"
# What happens while the scene is being learnt is not asked.
_LEARNING_S = 1.0
_LEAST_STAY_S = 10.0
_TO_THE_RIGHT, _TO_THE_LEFT = "count_left_to_right", "count_right_to_left"
_TURNED = {"A>B": "B>A", "B>A": "A>B"}

Span = list[float]
"""from, to, in seconds"""


def write(source: Path, folder: Path, alteration: Alteration, width: int) -> None:
    """The files of `source`, altered, into `folder`; `width`: of vtest as it was."""
    folder.mkdir()
    vtest = json.loads((source / "vtest_events.json").read_text())
    _write_tracks(source / _TRACKS, folder / _TRACKS, alteration, width, vtest["fps"])
    crossings = _crossings(vtest, alteration, width)
    (folder / "vtest_events.json").write_text(json.dumps(crossings))
    known = json.loads((source / "events.json").read_text())
    clips = {
        name: _clip(clip, alteration) for name, clip in known.items() if isinstance(clip, dict)
    }
    (folder / "events.json").write_text(json.dumps(clips))


def _write_tracks(
    source: Path, into: Path, alteration: Alteration, width: int, fps: float
) -> None:
    scale, first = alteration.scale, round(alteration.cut_s * fps)
    with source.open() as lines, into.open("w", newline="") as out:
        rows = csv.DictReader(lines)
        made = csv.DictWriter(out, rows.fieldnames or ())
        made.writeheader()
        for row in rows:
            number, left_out = divmod(int(row["frame0"]) - first, alteration.each)
            if number < 0 or left_out:
                continue
            x, y, w, h = (float(row[name]) for name in "xywh")
            x = width - x - w if alteration.mirrored else x
            place = {name: value * scale for name, value in zip("xywh", (x, y, w, h), strict=True)}
            made.writerow(row | {"frame0": number} | place)


def _crossings(known: dict[str, Any], alteration: Alteration, width: int) -> dict[str, Any]:
    cut_s = alteration.cut_s

    def place(x: float, y: float) -> tuple[float, float]:
        across = width - x if alteration.mirrored else x
        return across * alteration.scale, y * alteration.scale

    def zone(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
        (one, above), (other, below) = place(left, top), place(right, bottom)
        return min(one, other), above, max(one, other), below

    return known | {
        "fps": known["fps"] / alteration.each,
        "lines": {
            name: [place(*point) for point in line] for name, line in known["lines"].items()
        },
        "zones": {name: zone(*corners) for name, corners in known["zones"].items()},
        "crossings": [
            one
            | {
                "t": one["t"] - cut_s,
                "dir": _TURNED[one["dir"]] if alteration.mirrored else one["dir"],
            }
            for one in known["crossings"]
            if one["t"] >= cut_s + _LEARNING_S
        ],
        "dwell": [
            one | {"from": max(one["from"] - cut_s, 0.0), "to": one["to"] - cut_s}
            for one in known["dwell"]
        ],
    }


def _clip(known: dict[str, Any], alteration: Alteration) -> dict[str, Any]:
    def shifted(span: Span) -> Span:
        return [max(at_s - alteration.cut_s, 0.0) for at_s in span]

    found: dict[str, Any] = {
        name: shifted(known[name]) for name in ("no_event", "event", "covered") if name in known
    }
    visits = [shifted(span) for span in known.get("visits", ())]
    if "temporalROI" in known:
        fps = known.get("fps", HIGHWAY_FPS)
        first = -(-(known["temporalROI"][0] - 1 - alteration.cut_s * fps) // alteration.each)
        found["temporalROI"] = [int(first) + 1]
        found["fps"] = fps / alteration.each
    if alteration.mirrored and _TO_THE_RIGHT in known:
        found |= {_TO_THE_RIGHT: 0, _TO_THE_LEFT: known[_TO_THE_RIGHT]}
    if alteration.cut_s:  # how many of them were before the cut is not known
        known = {name: value for name, value in known.items() if name != _TO_THE_RIGHT}
    return known | found | {"visits": [one for one in visits if one[1] - one[0] >= _LEAST_STAY_S]}
