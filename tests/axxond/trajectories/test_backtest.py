from __future__ import annotations

import os
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.chain import KINDS, WITH_OBJECTS
from axxond.analytics.port import DetectorSettings
from axxond.base.errors import ConfigError
from axxond.trajectories import backtest as module
from axxond.trajectories.backtest import _Events, _made, backtest
from axxond.trajectories.judging import Firing
from axxond.trajectories.points import Flag
from axxond.trajectories.tracks import TICK_US, TooMuchError, Tracks, gather
from tests.axxond.trajectories.tracks import stored, walks
from tests.naive import tracks as naive
from tests.naive.tracks import Track

FOREVER = (0, 1 << 60)
EXAMPLES = int(os.environ.get("AXXON_EXAMPLES", "40"))
ZONE = [[0.2, 0.1], [0.8, 0.3], [0.5, 0.5], [0.7, 0.9], [0.3, 0.95]]
MASK = [[0.4, 0.4], [0.9, 0.4], [0.9, 0.7], [0.4, 0.7]]
LINES = [[[0.5, 1.0], [0.45, 0.0]], [[0.1, 0.5], [0.9, 0.6]]]
CASES: list[tuple[str, dict[str, Any]]] = [
    ("motion_in_area", {"zones": [ZONE], "hold_s": 1}),
    ("motion_in_area", {"hold_s": 0}),
    ("motion_in_area", {"masks": [MASK], "hold_s": 2.35, "min_size": 1.0}),
    ("stop_in_area", {"zones": [ZONE], "time_s": 0, "hold_s": 0.5}),
    ("stop_in_area", {"time_s": 2.5, "hold_s": 3}),
    ("line_crossing", {"lines": LINES}),
    ("line_crossing", {"lines": LINES, "direction": "forward", "min_size": 0.8, "zones": [ZONE]}),
    ("appearance_in_area", {"zones": [ZONE]}),
    ("appearance_in_area", {}),
    ("disappearance_in_area", {"zones": [ZONE], "masks": [MASK]}),
    ("disappearance_in_area", {"max_size": 2.0}),
    ("loitering", {"zones": [ZONE], "time_s": 3.25, "hold_s": 1}),
    ("loitering", {"zones": [ZONE], "time_s": 0, "hold_s": 0}),
    ("loitering", {"time_s": 8}),
    ("multiple_objects", {"count": 1, "zones": [ZONE], "hold_s": 1}),
    ("multiple_objects", {"count": 3, "hold_s": 0}),
]


def tracks_of(seed: int, objects: int = 8) -> Tracks:
    return gather(stored(walks(seed, objects, spread_s=25)), *FOREVER)


def at_every_tick(given_: DetectorSettings, tracks: Tracks) -> list[Firing]:
    """The straightforward way: each object by itself, or all together, shown at all ticks."""
    events = _Events()
    detector = _made(given_)
    every = [naive.track(tracks, at) for at in range(len(tracks))]
    for group in [every] if given_.kind == "multiple_objects" else [[one] for one in every]:
        _show(detector, group, events, 100)
    return events.ordered()


def _show(detector: Any, group: list[Track], events: _Events, after: int) -> None:
    last = max(one.last_tick for one in group)
    for tick in range(min(one.first_tick for one in group), last + after):
        lost_only = all(one.lost for one in group) or len(group) > 1
        if tick == last + 1 and not lost_only:
            events.take(detector.interrupt(tick * TICK_US))
        there = [one for one in group if one.first_tick <= tick <= one.last_tick]
        moment = module._Moment(tick * TICK_US, tuple(one.at(tick) for one in there))
        events.take(detector.feed(cast(Any, moment)))
    events.take(detector.interrupt((last + after) * TICK_US))


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32 - 1), st.sampled_from(CASES))
def test_what_is_judged_is_what_the_detector_tells_when_it_is_shown_all_moments(
    seed: int, case: tuple[str, dict[str, Any]]
) -> None:
    given_ = DetectorSettings("d1", *case)
    tracks = tracks_of(seed)
    assert backtest(given_, tracks, FOREVER) == at_every_tick(given_, tracks)


@settings(max_examples=EXAMPLES // 2)
@given(st.integers(0, 2**32 - 1), st.sampled_from(CASES))
def test_objects_one_by_one_are_told_as_all_together(
    seed: int, case: tuple[str, dict[str, Any]]
) -> None:
    points = walks(seed, 8, spread_s=25)
    newest = {int(row["object"]): at for at, row in enumerate(points)}
    points["flags"][list(newest.values())] |= Flag.END.value  # all lost, none cut off
    tracks = gather(stored(points), *FOREVER)
    given_ = DetectorSettings("d1", *case)
    together = _Events()
    _show(_made(given_), [naive.track(tracks, at) for at in range(len(tracks))], together, 100)
    assert backtest(given_, tracks, FOREVER) == together.ordered()


def test_the_cases_find_something() -> None:
    for kind, given_ in CASES:
        found = [
            firing
            for seed in range(8)
            for firing in backtest(DetectorSettings("d1", kind, given_), tracks_of(seed), FOREVER)
        ]
        assert found, (kind, given_)


def test_only_events_that_begin_in_the_period_count() -> None:
    given_ = DetectorSettings("d1", "motion_in_area", {})
    tracks = tracks_of(3)
    whole = backtest(given_, tracks, FOREVER)
    cut_us = whole[len(whole) // 2].begin_us
    early, late = (
        backtest(given_, tracks, (0, cut_us)),
        backtest(given_, tracks, (cut_us, 1 << 60)),
    )
    assert early
    assert early + late == whole


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_OBJECTS])
def test_what_looks_at_the_picture_refuses(kind: str) -> None:
    with pytest.raises(ConfigError, match="looks at the picture or listens"):
        backtest(DetectorSettings("d1", kind), tracks_of(1), FOREVER)


@pytest.mark.parametrize("kind", ["abandoned_object", "tracker", "audio_noise"])
def test_so_do_those_that_need_more_than_where_objects_were(kind: str) -> None:
    with pytest.raises(ConfigError, match="cannot be tried on stored metadata"):
        backtest(DetectorSettings("d1", kind), tracks_of(1), FOREVER)


def test_wrong_settings_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        backtest(DetectorSettings("d7", "loitering", {"time_s": -1}), tracks_of(1), FOREVER)
    assert (caught.value.obj, caught.value.field) == ("d7", "time_s")


def test_a_period_with_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axxond.trajectories.tracks.MAX_POINTS", 10)
    with pytest.raises(TooMuchError, match="shorter"):
        tracks_of(1)


def test_nothing_stored_is_nothing_fired() -> None:
    tracks = gather([], *FOREVER)
    for kind, given_ in CASES:
        assert backtest(DetectorSettings("d1", kind, given_), tracks, FOREVER) == []
