"""Ground truth of footage that was altered: places and times as they are there."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from tests.bench.accuracy import HIGHWAY_FPS
from tests.bench.alterations import Alteration

VTEST = "video/vtest.avi"
_TRACKS = "vtest_PETS09-S2L1_gt.csv"
# What happens while the scene is being learnt is not asked.
_LEARNING_S = 1.0
_LEAST_STAY_S = 10.0
_TO_THE_RIGHT, _TO_THE_LEFT = "count_left_to_right", "count_right_to_left"
_TURNED = {"A>B": "B>A", "B>A": "A>B"}

Span = list[float]
"""from, to, in seconds"""


def write(
    source: Path, folder: Path, alteration: Alteration, width: int, ends: Mapping[str, float]
) -> None:
    """The files of `source`, altered, into `folder`; `width`: of vtest as it was; `ends`: by clip,
    the time of its last frame, for what goes backwards."""
    folder.mkdir()
    vtest = json.loads((source / "vtest_events.json").read_text())
    end_s = ends.get(VTEST, 0.0)
    last = round(end_s * vtest["fps"])
    with (source / _TRACKS).open() as lines:
        rows = csv.DictReader(lines)
        names = rows.fieldnames or ()
        tracks = list(_tracks(rows, alteration, width, vtest["fps"], last))
    with (folder / _TRACKS).open("w", newline="") as out:
        made = csv.DictWriter(out, names)
        made.writeheader()
        made.writerows(sorted(tracks, key=itemgetter("frame0")))
    crossings = _crossings(vtest, alteration, width, end_s)
    (folder / "vtest_events.json").write_text(json.dumps(crossings))
    known = json.loads((source / "events.json").read_text())
    clips = {
        name: _clip(clip, alteration, ends.get(name, 0.0))
        for name, clip in known.items()
        if isinstance(clip, dict)
    }
    (folder / "events.json").write_text(json.dumps(clips))


def _tracks(
    rows: Iterable[dict[str, Any]], alteration: Alteration, width: int, fps: float, last: int
) -> Iterator[dict[str, Any]]:
    scale, first = alteration.scale, round(alteration.cut_s * fps)
    for row in rows:
        number, left_out = divmod(int(row["frame0"]) - first, alteration.each)
        if number < 0 or left_out:
            continue
        if alteration.backwards:
            number = last - number
        x, y, w, h = (float(row[name]) for name in "xywh")
        x = width - x - w if alteration.mirrored else x
        place = {name: value * scale for name, value in zip("xywh", (x, y, w, h), strict=True)}
        yield row | {"frame0": number} | place


def _crossings(
    known: dict[str, Any], alteration: Alteration, width: int, end_s: float
) -> dict[str, Any]:
    turned = alteration.mirrored is not alteration.backwards

    def place(x: float, y: float) -> tuple[float, float]:
        across = width - x if alteration.mirrored else x
        return across * alteration.scale, y * alteration.scale

    def zone(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
        (one, above), (other, below) = place(left, top), place(right, bottom)
        return min(one, other), above, max(one, other), below

    crossings = [
        (_span(one["t"], one["t"], alteration, end_s)[0], one) for one in known["crossings"]
    ]
    stays = [(_span(one["from"], one["to"], alteration, end_s), one) for one in known["dwell"]]
    return known | {
        "fps": known["fps"] / alteration.each,
        "lines": {
            name: [place(*point) for point in line] for name, line in known["lines"].items()
        },
        "zones": {name: zone(*corners) for name, corners in known["zones"].items()},
        "crossings": [
            one | {"t": at_s, "dir": _TURNED[one["dir"]] if turned else one["dir"]}
            for at_s, one in crossings
            if at_s >= _LEARNING_S
        ],
        "dwell": [one | {"from": max(from_s, 0.0), "to": to_s} for (from_s, to_s), one in stays],
    }


def _span(from_s: float, to_s: float, alteration: Alteration, end_s: float) -> Span:
    """What was from there to there: when it is now."""
    from_s, to_s = from_s - alteration.cut_s, to_s - alteration.cut_s
    return [end_s - to_s, end_s - from_s] if alteration.backwards else [from_s, to_s]


def _clip(known: dict[str, Any], alteration: Alteration, end_s: float) -> dict[str, Any]:
    def shifted(span: Span) -> Span:
        return [max(at_s, 0.0) for at_s in _span(*span, alteration, end_s)]

    found: dict[str, Any] = {
        name: shifted(known[name]) for name in ("no_event", "event", "covered") if name in known
    }
    visits = sorted(shifted(span) for span in known.get("visits", ()))
    if "temporalROI" in known:
        fps = known.get("fps", HIGHWAY_FPS)
        first = -(-(known["temporalROI"][0] - 1 - alteration.cut_s * fps) // alteration.each)
        found["temporalROI"] = [int(first) + 1]
        found["fps"] = fps / alteration.each
    if alteration.mirrored is not alteration.backwards and _TO_THE_RIGHT in known:
        found |= {_TO_THE_RIGHT: 0, _TO_THE_LEFT: known[_TO_THE_RIGHT]}
    if alteration.cut_s:  # how many of them were before the cut is not known
        known = {name: value for name, value in known.items() if name != _TO_THE_RIGHT}
    return known | found | {"visits": [one for one in visits if one[1] - one[0] >= _LEAST_STAY_S]}
