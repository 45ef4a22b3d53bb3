"""Altered pictures and their ground truth, on a scene that can be counted by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench import altered_truth
from tests.bench.alterations import ALTERATIONS, Alteration, Picture, Still

WIDTH, HEIGHT, FPS = 8, 4, 10
ENDS = {"video/vtest.avi": 3.9, "video/visits": 31.0}


def footage(frames: int) -> list[Still]:
    y = np.arange(WIDTH * HEIGHT, dtype=np.uint8).reshape(HEIGHT, WIDTH)
    cb = np.full((HEIGHT // 2, WIDTH // 2), 100, np.uint8)
    return [Still(number, number / FPS, Picture(y + number, cb, cb)) for number in range(frames)]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "gt"
    folder.mkdir()
    rows = "".join(f"{frame},7,1,0,2,3\n" for frame in range(40))
    (folder / "vtest_PETS09-S2L1_gt.csv").write_text("frame0,id,x,y,w,h\n" + rows)
    events = {
        "fps": FPS,
        "lines": {"L": [[2, 0], [2, 4]]},
        "crossings": [{"line": "L", "t": t, "dir": "A>B"} for t in (1.5, 3.5)],
        "zones": {"Z": [0, 1, 3, 4]},
        "dwell": [{"zone": "Z", "from": 1.0, "to": 20.0}],
    }
    (folder / "vtest_events.json").write_text(json.dumps(events))
    clips = {
        "video/visits": {"visits": [[1.0, 12.5], [15.0, 30.0]], "tol": 1.0},
        "video/road": {"temporalROI": [470, 1700]},
        "video/cars": {"count_left_to_right": 5},
    }
    (folder / "events.json").write_text(json.dumps(clips))
    return folder


def altered(truth: Path, alteration: Alteration) -> tuple[dict, dict, list]:  # type: ignore[type-arg]
    into = truth.parent / "altered"
    altered_truth.write(truth, into, alteration, WIDTH, ENDS)
    with (into / "vtest_PETS09-S2L1_gt.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    events = json.loads((into / "vtest_events.json").read_text())
    return events, json.loads((into / "events.json").read_text()), rows


def test_what_is_mirrored_goes_the_other_way(truth: Path) -> None:
    events, clips, rows = altered(truth, Alteration("", mirrored=True))
    assert events["lines"]["L"] == [[6, 0], [6, 4]]
    assert [one["dir"] for one in events["crossings"]] == ["B>A", "B>A"]
    assert events["zones"]["Z"] == [5, 1, 8, 4]
    assert {float(row["x"]) for row in rows} == {5.0}
    cars = clips["video/cars"]
    assert (cars["count_left_to_right"], cars["count_right_to_left"]) == (0, 5)
    (still,) = Alteration("", mirrored=True).stills(footage(1))
    assert still.picture.y[0].tolist() == list(range(WIDTH))[::-1]


def test_what_was_before_the_cut_is_not_asked(truth: Path) -> None:
    events, clips, rows = altered(truth, Alteration("", cut_s=2.0, each=2))
    assert [one["t"] for one in events["crossings"]] == [1.5]
    assert events["dwell"][0] | {"zone": ""} == {"zone": "", "from": 0.0, "to": 18.0}
    assert clips["video/visits"]["visits"] == [[0.0, 10.5], [13.0, 28.0]]
    assert clips["video/road"] | {"visits": 0} == {"temporalROI": [211], "fps": 12.5, "visits": 0}
    assert "count_left_to_right" not in clips["video/cars"]
    assert [int(row["frame0"]) for row in rows] == list(range(10))
    kept = list(Alteration("", cut_s=2.0, each=2).stills(footage(40)))
    assert [still.number for still in kept] == list(range(10))
    assert [int(still.picture.y[0, 0]) for still in kept] == list(range(20, 40, 2))
    assert kept[1].at_s == pytest.approx(0.2)


def test_what_goes_backwards_ends_where_it_began(truth: Path) -> None:
    events, clips, rows = altered(truth, Alteration("", backwards=True))
    assert [(one["t"], one["dir"]) for one in events["crossings"]] == [
        (pytest.approx(2.4), "B>A")
    ]  # the other one while the scene is learnt
    assert clips["video/visits"]["visits"] == [[1.0, 16.0], [18.5, 30.0]]
    assert clips["video/cars"]["count_right_to_left"] == 5
    assert [int(row["frame0"]) for row in rows] == list(range(40))
    stills = list(Alteration("", backwards=True).stills(footage(40)))
    assert [still.number for still in stills] == list(range(40))
    assert [int(still.picture.y[0, 0]) for still in stills] == list(range(39, -1, -1))
    assert stills[1].at_s == pytest.approx(0.1)


def test_times_are_from_the_cut_on_though_no_frame_lies_there() -> None:
    (still,) = Alteration("", cut_s=0.25).stills(footage(4))
    assert (still.number, still.at_s) == (0, pytest.approx(0.05))


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=lambda one: str(one.name))
def test_each_alteration_alters_and_keeps_bytes(alteration: Alteration) -> None:
    if alteration.name == "as it is" or alteration.crf:
        assert alteration.look is None
        return
    known = footage(140)
    found = list(alteration.stills(known))
    assert {plane.dtype for still in found for plane in still.picture} == {np.dtype(np.uint8)}
    same = len(found) == len(known) and all(
        np.array_equal(one.picture.y, other.picture.y)
        and np.array_equal(one.picture.cb, other.picture.cb)
        for one, other in zip(found, known, strict=True)
    )
    assert not same
