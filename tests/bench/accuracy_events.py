"""Situation and tamper detectors on footage with annotated times, tracks on published ones.

The detectors run as `axxond analyze` runs them, at the defaults; only zones, lines and the wanted
duration come from the question that is asked of a clip.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from axxond.analytics.offline import analyze
from axxond.analytics.offline_config import detector, one_of_each
from tests.bench.accuracy import DATA, HIGHWAY_FPS, luma_frames
from tests.bench.accuracy_dwells import Corners, cells, dwells
from tests.bench.accuracy_peer import Sort
from tests.bench.accuracy_tracks import Rect, Scores, read_truth, score
from tests.bench.table import Row

_TRUTH = "gt/vtest_PETS09-S2L1_gt.csv"
_CROSSING_TOLERANCE_S = 1.0
_DWELL_S = 10.0
_DWELL_TOLERANCE_S = 2.0
_VISIT_S = 10.0
_COVERED_WITHIN_S = 1.5
_ACROSS_ROAD = (0.3, 0.5, 0.7)


@frozen
class Line:
    """Of the table: one clip and one detector.  `delay_s`: the mean of what was found."""

    clip: str
    detector: str
    true: int
    false: int
    missed: int
    delay_s: float

    @property
    def f1(self) -> float:
        whole = 2 * self.true + self.false + self.missed
        return 2 * self.true / whole if whole else 1.0

    @property
    def recall(self) -> float:
        wanted = self.true + self.missed
        return self.true / wanted if wanted else 1.0


Wanted = tuple[float, str]
"""second, direction"""


def matched(
    clip: str, name: str, wanted: Sequence[Wanted], found: Sequence[Wanted], within_s: float
) -> Line:
    """One to one, the nearest in time first; the direction must be the same."""
    pairs = sorted(
        (abs(at - begin), i, j)
        for i, (at, direction) in enumerate(wanted)
        for j, (begin, way) in enumerate(found)
        if abs(at - begin) <= within_s and direction == way
    )
    used: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in used and j not in used.values():
            used[i] = j
    delays = [found[j][0] - wanted[i][0] for i, j in used.items()]
    mean = sum(delays) / len(delays) if delays else 0.0
    true = len(used)
    return Line(clip, name, true, len(found) - true, len(wanted) - true, mean)


def as_text(lines: Sequence[Line]) -> str:
    head = (
        f"{'clip':<12}{'detector':<34}{'true':>6}{'false':>7}{'missed':>8}{'delay s':>9}{'F1':>7}"
    )
    rows = [
        f"{one.clip:<12}{one.detector:<34}{one.true:>6}{one.false:>7}{one.missed:>8}"
        f"{one.delay_s:>9.2f}{one.f1:>7.2f}"
        for one in lines
    ]
    return "\n".join(["== accuracy, detectors", head, *rows])


def all_lines_and_rows() -> tuple[list[Line], list[Row]]:
    """The table, and what must be reached."""
    lines: list[Line] = []
    rows: list[Row] = []
    for part in JUDGES.values():
        some, goals = part(DATA)
        lines += some
        rows += goals
    return lines, rows


def _begins(found: dict[str, Any], name: str) -> list[Wanted]:
    return [
        (event["begin_s"], event["direction"] or "")
        for event in found["events"]
        if event["detector"] == name
    ]


def _vtest(data: Path) -> tuple[list[Line], list[Row]]:
    truth = json.loads((data / "gt/vtest_events.json").read_text())
    clip = data / "video/vtest.avi"
    height, width = next(luma_frames(clip))[0].shape
    detectors = [
        detector(name, "line_crossing", lines=[[[x / width, y / height] for x, y in line]])
        for name, line in truth["lines"].items()
    ]
    for name, (left, top, right, bottom) in (truth["zones"] | cells(width, height)).items():
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        zone = [[x / width, y / height] for x, y in corners]
        detectors.append(detector(name, "loitering", zones=[zone], time_s=_DWELL_S))
    found = analyze(clip, detectors, with_tracks=True)
    ways = {"A>B": "forward", "B>A": "backward"}
    crossings = [
        matched(
            "vtest",
            f"line_crossing {name}",
            [(c["t"], ways[c["dir"]]) for c in truth["crossings"] if c["line"] == name],
            _begins(found, name),
            _CROSSING_TOLERANCE_S,
        )
        for name in truth["lines"]
    ]
    stays = [
        matched(
            "vtest",
            f"loitering {name}",
            _dwells(truth, name),
            _begins(found, name),
            _DWELL_TOLERANCE_S,
        )
        for name in truth["zones"]
    ]
    whole = _summed("line_crossing, all", crossings)
    tracks = read_truth(data / _TRUTH, found["frames"])
    by_cell = _in_cells(found, tracks, cells(width, height), truth["fps"])
    rows = [
        Row("vtest line crossing F1", "", whole.f1, goal=">= 0.75", ok=whole.f1 >= 0.75),
        *(
            Row(f"vtest dwells > 10 s found, {where}", "", recall, goal=">= 0.8", ok=recall >= 0.8)
            for where, recall in (
                ("published zones", _summed("", stays).recall),
                ("cells", by_cell.recall),
            )
        ),
        *_tracks(found, tracks, clip, truth["fps"]),
    ]
    return [*crossings, whole, *stays, by_cell], rows


def _summed(name: str, lines: Sequence[Line]) -> Line:
    true = sum(one.true for one in lines)
    return Line(
        lines[0].clip,
        name,
        true,
        sum(one.false for one in lines),
        sum(one.missed for one in lines),
        sum(one.delay_s * one.true for one in lines) / max(true, 1),
    )


def _in_cells(
    found: dict[str, Any], tracks: list[dict[int, Rect]], parts: dict[str, Corners], fps: float
) -> Line:
    lines = []
    for name, cell in parts.items():
        wanted = [(at + _DWELL_S, "") for at in dwells(tracks, cell, fps, _DWELL_S)]
        lines.append(matched("vtest", name, wanted, _begins(found, name), _DWELL_TOLERANCE_S))
    return _summed("loitering, cells", lines)


def _dwells(truth: dict[str, Any], zone: str) -> list[Wanted]:
    return [
        (one["from"] + _DWELL_S, "")
        for one in truth["dwell"]
        if one["zone"] == zone and one["to"] - one["from"] > _DWELL_S
    ]


def _tracks(
    found: dict[str, Any], truth: list[dict[int, Rect]], clip: Path, fps: float
) -> list[Row]:
    sort = Sort(fps)
    theirs = [(luma.shape, sort.feed(luma)) for luma, _ in luma_frames(clip)]
    height, width = theirs[0][0]
    ours: list[dict[int, Rect]] = [{} for _ in truth]
    for track in found["tracks"]:
        for at_s, x, y, w, h in track["boxes"]:
            box = (x * width, y * height, w * width, h * height)
            ours[round(at_s * fps)][track["id"]] = box
    return _compared(score(truth, ours), score(truth, [boxes for _, boxes in theirs]))


def _compared(ours: Scores, theirs: Scores) -> list[Row]:
    name = "OpenCV MOG2 + SORT"
    return [
        Row("vtest MOTA", "", ours.mota, theirs.mota, name, "> 1x", ours.mota > theirs.mota),
        Row("vtest IDF1", "", ours.idf1, theirs.idf1, name, "> 1x", ours.idf1 > theirs.idf1),
        Row("vtest switches of identity", "", ours.switches, theirs.switches, name),
        Row("vtest boxes missed", "", ours.missed, theirs.missed, name),
        Row("vtest boxes false", "", ours.false, theirs.false, name),
    ]


def _known(data: Path, clip: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((data / "gt/events.json").read_text())[f"video/{clip}"]
    return known


def _visits(data: Path) -> tuple[list[Line], list[Row]]:
    clip = "one-by-one-person-detection.mp4"
    known = _known(data, clip)
    found = analyze(data / "video" / clip, [detector("visit", "loitering", time_s=_VISIT_S)])
    begins = [(begin + _VISIT_S, "") for begin, _ in known["visits"]]
    line = matched("one-by-one", "loitering", begins, _begins(found, "visit"), known["tol"])
    ends = matched(
        "one-by-one",
        "loitering, ends",
        [(end, "") for _, end in known["visits"]],
        [(event["end_s"], "") for event in found["events"]],
        known["tol"],
    )
    ok = (line.false, line.missed, ends.missed) == (0, 0, 0)
    goal = "6, none invented"
    return [line, ends], [Row("one-by-one visits found", "", line.true, goal=goal, ok=ok)]


def _vehicles(data: Path) -> tuple[list[Line], list[Row]]:
    clip = "bgslib_vehicles.avi"
    known = _known(data, clip)
    if "count_left_to_right" not in known:
        return [], []
    # The lines go down: who goes to the right of the picture comes from their right hand.
    wanted = {
        "backward": known["count_left_to_right"],
        "forward": known.get("count_right_to_left", 0),
    }
    lines = []
    for at in _ACROSS_ROAD:
        line = detector("line", "line_crossing", lines=[[[at, 0.0], [at, 1.0]]])
        ways = [way for _, way in _begins(analyze(data / "video" / clip, [line]), "line")]
        true = sum(min(ways.count(way), count) for way, count in wanted.items())
        missed = sum(wanted.values()) - true
        name = f"line_crossing at {at:.0%}"
        lines.append(Line("vehicles", name, true, len(ways) - true, missed, 0.0))
    whole = _summed("line_crossing, all", lines)
    goal = f"{sum(wanted.values())} at each of {len(lines)} lines, no other"
    ok = not whole.false and not whole.missed
    return [*lines, whole], [Row("vehicles counted", "", whole.true, goal=goal, ok=ok)]


def _tree(data: Path) -> tuple[list[Line], list[Row]]:
    known = _known(data, "tree.avi")
    found = analyze(data / "video/tree.avi", one_of_each(with_sound=False))
    quiet_s = known["no_event"][1]
    lines = []
    for kind in ("motion", "motion_in_area"):
        begins = [at for at, _ in _begins(found, kind)]
        hits = [at for at in begins if at > quiet_s]
        false = len(begins) - len(hits)
        delay_s = min(hits, default=0.0) - known["event"][0]
        lines.append(Line("tree", kind, min(len(hits), 1), false, 0 if hits else 1, delay_s))
    early = sum(event["begin_s"] <= quiet_s for event in found["events"])
    return lines, [
        Row("tree events before 22.9 s, any detector", "", early, goal="0", ok=early == 0),
        Row("tree intrusion found", "", lines[0].true, goal="1", ok=lines[0].true == 1),
    ]


def _tamper(data: Path) -> tuple[list[Line], list[Row]]:
    known = _known(data, "tamper_covered.mp4")
    found = analyze(data / "video/tamper_covered.mp4", one_of_each(with_sound=False))
    covered = [(known["covered"][0], "")]
    lines = [
        matched("tamper", "quality_loss", covered, _begins(found, "quality_loss"), 1.5),
        *(
            matched("tamper", kind, [], _begins(found, kind), 0)
            for kind in ("position_change", "signal_loss", "abandoned_object")
        ),
    ]
    false = sum(one.false for one in lines)
    late = "tamper covered found within 1.5 s"
    return lines, [
        Row(late, "", lines[0].true, goal="1", ok=lines[0].true == 1),
        Row("tamper, other losses or changes", "", false, goal="0", ok=false == 0),
    ]


def _highway(data: Path) -> tuple[list[Line], list[Row]]:
    fps = _known(data, "cdnet_highway").get("fps", HIGHWAY_FPS)
    pictures = data / "video/cdnet_highway/input"
    found = analyze(pictures, one_of_each(with_sound=False), fps=fps)
    kinds = ("abandoned_object", "quality_loss", "position_change", "signal_loss")
    lines = [matched("highway", kind, [], _begins(found, kind), 0) for kind in kinds]
    false = sum(one.false for one in lines)
    return lines, [Row("highway abandoned, tamper", "", false, goal="0", ok=false == 0)]


Judge = Callable[[Path], tuple[list[Line], list[Row]]]
"""Of a folder as `accuracy.DATA`: the lines of the table, and what must be reached."""

JUDGES: dict[str, Judge] = {
    "video/vtest.avi": _vtest,
    "video/one-by-one-person-detection.mp4": _visits,
    "video/bgslib_vehicles.avi": _vehicles,
    "video/tree.avi": _tree,
    "video/tamper_covered.mp4": _tamper,
    "video/cdnet_highway": _highway,
}
"""by what they judge"""


def is_there() -> bool:
    return Path(DATA / "gt/vtest_events.json").exists()
