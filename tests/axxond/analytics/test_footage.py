"""The motion detector on real footage with annotated times; skipped where it is absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from axxond.analytics.chain import Chain
from axxond.analytics.offline_source import frames
from axxond.analytics.port import DetectorSettings
from protocol.types import Phase

DATA = Path(__file__).resolve().parents[4] / "shared/data"

pytestmark = pytest.mark.skipif(
    not (DATA / "gt/events.json").exists(), reason=f"the footage is not in {DATA}"
)


def truth(clip: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((DATA / "gt/events.json").read_text())[f"video/{clip}"]
    return known


def intervals(clip: str, **properties: Any) -> list[tuple[float, float]]:
    """begin and end of each event in seconds, at the defaults but for `properties`; 1e9 while it
    lasts."""
    chain = Chain([DetectorSettings("d1", "motion", properties)])
    found: list[tuple[float, float]] = []
    for frame in frames(DATA / "video" / clip, None):
        findings = chain.frame(frame.luma, frame.time_us)
        for event in findings.events if findings is not None else ():
            if event.phase is Phase.BEGIN:
                found.append((event.time_us / 1e6, 1e9))
            else:
                found[-1] = (found[-1][0], event.time_us / 1e6)
    return found


def test_six_people_come_and_go() -> None:
    known = truth("one-by-one-person-detection.mp4")
    # Between the first two there are 3.1 s, hardly more than the usual hold time.
    found = intervals("one-by-one-person-detection.mp4", hold_s=2)
    assert len(found) == len(known["visits"])
    for (begin, end), (came, left) in zip(found, known["visits"], strict=True):
        assert begin == pytest.approx(came, abs=known["tol"])
        # The hold time follows; a person who leaves is seen for a little longer.
        assert left <= end <= left + 2 + 1.5


def test_wind_in_a_tree_raises_nothing_and_a_hand_is_found() -> None:
    known = truth("tree.avi")
    found = intervals("tree.avi")
    assert found
    assert all(begin > known["no_event"][1] for begin, _ in found)
    assert found[0][0] < known["event"][1]


def test_vehicles_are_found_and_end() -> None:
    (begin, _) = intervals("bgslib_vehicles.avi")[0]
    (first, _) = truth("bgslib_vehicles.avi")["presence"][0]
    assert begin == pytest.approx(first, abs=1)


def test_people_are_found_though_the_times_of_the_film_are_out_of_order() -> None:
    (begin, _) = intervals("escalator.avi")[0]
    assert begin < 3
