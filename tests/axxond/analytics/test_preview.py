from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from axxond.analytics.chain import Chain
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.analytics.preview import Glimpse, Preview
from axxond.base.errors import ConfigError
from protocol.types import Phase
from tests.fakes.scene import Mover, SceneScript, shots

WALKER = Mover((-20, 70), (60, 0), (18, 44), 190, enter_s=3)
LEFT = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
RIGHT = [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]


def detector(kind: str = "motion", **given: Any) -> list[DetectorSettings]:
    return [DetectorSettings("d1", kind, {"hold_s": 1, **given})]


def look(
    preview: Preview, until_s: float, changes: dict[float, Any] | None = None
) -> list[Glimpse]:
    found = []
    for shot in shots(SceneScript(movers=(WALKER,)), until_s):
        if changes and shot.time_us / 1e6 in changes:
            preview.change(changes[shot.time_us / 1e6])
        found.append(preview.frame(shot.luma, shot.time_us))
    return [glimpse for glimpse in found if glimpse is not None]


def events(glimpses: list[Glimpse]) -> list[tuple[Phase, float]]:
    return [(event.phase, event.time_us / 1e6) for one in glimpses for event in one.events]


def test_every_analysed_picture_is_told_with_its_foreground() -> None:
    glimpses = look(Preview(detector()), 6)
    assert len(glimpses) == 60
    assert glimpses[0].cells == b""
    last = glimpses[-1]
    assert (last.rows, last.columns) == (45, 80)
    bits = np.unpackbits(np.frombuffer(last.cells, np.uint8))[: 45 * 80].reshape(45, 80)
    rows, columns = np.nonzero(bits)
    # At 5.9 s the walker stands at x 154 to 172, y 70 to 114 of 320 x 180.
    assert 36 <= columns.min() <= columns.max() <= 45
    assert 16 <= rows.min() <= rows.max() <= 29
    assert last.seen


def test_what_would_be_reported_is_what_the_chain_reports() -> None:
    chain = Chain(detector("loitering", time_s=1))
    findings = [
        chain.frame(shot.luma, shot.time_us) for shot in shots(SceneScript(movers=(WALKER,)), 12)
    ]
    wanted: list[DetectorEvent] = [event for one in findings if one for event in one.events]
    glimpses = look(Preview(detector("loitering", time_s=1)), 12)
    assert [event for one in glimpses for event in one.events] == wanted != []


def test_a_change_ends_events_and_keeps_what_was_learnt() -> None:
    preview = Preview(detector(zones=[LEFT]))
    glimpses = look(preview, 8, {5.0: detector(zones=[RIGHT])})
    (begin, began), (end, ended), (again, came) = events(glimpses)
    assert (begin, end, again) == (Phase.BEGIN, Phase.END, Phase.BEGIN)
    assert began < 4
    assert ended == 5.0
    # The walker crosses the middle at 5.9 s: nothing had to be learnt anew.
    assert 5.5 < came < 6.5
    assert all(one.cells for one in glimpses[20:])


def test_a_change_to_a_kind_that_needs_objects_begins_to_track() -> None:
    preview = Preview(detector("motion"))
    glimpses = look(preview, 8, {4.0: detector("motion_in_area")})
    assert glimpses[-1].seen[0].id > 0
    assert glimpses[-1].seen[0].firing


def test_a_wrong_change_is_refused_and_changes_nothing() -> None:
    preview = Preview(detector())
    with pytest.raises(ConfigError, match="preset"):
        preview.change(detector(preset="moon"))
    assert events(look(preview, 6))[0][0] is Phase.BEGIN


def test_a_gap_ends_events_and_shows_nothing() -> None:
    preview = Preview(detector())
    look(preview, 6)
    glimpse = preview.gap(6_000_000)
    assert glimpse is not None
    assert glimpse.seen == ()
    assert [event.phase for event in glimpse.events] == [Phase.END]
