"""What a back-test finds on stored objects is what the live chain told of the same pictures."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from axxond.analytics.chain import Chain
from axxond.analytics.offline_source import frames
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.trajectories.backtest import Firing, _Events, backtest
from axxond.trajectories.points import Row, array
from axxond.trajectories.thinner import Thinner
from axxond.trajectories.tracks import Tracks, gather
from tests.axxond.trajectories.tracks import stored

FOREVER = (0, 1 << 60)
FRAMES = 500
# A tick, and the time that the slowest walkers take for what is left out of their way.
NEAR_US = 500_000
WIDTH, HEIGHT = 768, 576


@frozen
class Seen:
    """What the chain told, and what was stored of it."""

    told: list[DetectorEvent]
    tracks: Tracks
    frames: int
    points: int


def shares(points: list[list[float]]) -> list[list[float]]:
    return [[x / WIDTH, y / HEIGHT] for x, y in points]


@pytest.fixture(scope="module")
def detectors(shared_data: Path) -> list[DetectorSettings]:
    known = json.loads((shared_data / "gt/vtest_events.json").read_text())
    lines = [shares(line) for line in known["lines"].values()]
    zones = [[[0.25, 0.3], [0.6, 0.25], [0.65, 0.6], [0.3, 0.7]]]
    made: list[tuple[str, dict[str, Any]]] = [
        ("line_crossing", {"lines": lines}),
        ("appearance_in_area", {"zones": zones}),
        ("disappearance_in_area", {"zones": zones}),
        ("motion_in_area", {"zones": zones}),
        ("stop_in_area", {"time_s": 2}),
        ("loitering", {"zones": zones, "time_s": 5}),
        ("multiple_objects", {"count": 4}),
    ]
    return [DetectorSettings(kind, kind, given) for kind, given in made]


@pytest.fixture(scope="module")
def seen(shared_data: Path, detectors: list[DetectorSettings]) -> Seen:
    chain, thinner = Chain(detectors), Thinner()
    told: list[DetectorEvent] = []
    rows: list[Row] = []
    count = last_us = 0
    for frame in itertools.islice(frames(shared_data / "video/vtest.avi", None), FRAMES):
        found = chain.frame(frame.luma, frame.time_us)
        last_us = frame.time_us
        count += len(chain.objects)
        if found is not None:
            told += found.events
            if found.tracked is not None:
                rows += thinner.feed(found.tracked.time_us, found.tracked.objects)
    end = chain.close(last_us)
    told += end.events if end is not None else ()
    rows += thinner.cut()
    return Seen(told, gather(stored(array(rows)), *FOREVER), count, len(rows))


def firings(told: list[DetectorEvent], kind: str) -> list[Firing]:
    events = _Events()
    events.take([event for event in told if event.kind == kind])
    return events.ordered()


def unmatched(some: list[Firing], others: list[Firing]) -> list[Firing]:
    """Each of the others is the match of one."""
    left = list(others)
    missing = []
    for one in some:
        near = [
            other
            for other in left
            if other.direction == one.direction
            and abs(other.begin_us - one.begin_us) <= NEAR_US
            and abs(other.end_us - one.end_us) <= NEAR_US
        ]
        if near:
            left.remove(min(near, key=lambda other: abs(other.begin_us - one.begin_us)))
        else:
            missing.append(one)
    return missing


@pytest.mark.timeout(300)
def test_a_back_test_finds_what_was_told_live(
    seen: Seen, detectors: list[DetectorSettings]
) -> None:
    missed, invented, all_told = [], [], 0
    for settings in detectors:
        live = firings(seen.told, settings.kind)
        found = backtest(settings, seen.tracks, FOREVER)
        assert live, settings.kind
        missed += [(settings.kind, one) for one in unmatched(live, found)]
        invented += [(settings.kind, one) for one in unmatched(found, live)]
        all_told += len(live)
    # Who only just touched a zone, a line or a time may count otherwise.
    assert len(missed) <= 0.05 * all_told, missed
    assert len(invented) <= 0.05 * all_told, invented


@pytest.mark.timeout(300)
def test_few_moments_are_stored_of_many(seen: Seen) -> None:
    assert seen.points < 0.35 * seen.frames
