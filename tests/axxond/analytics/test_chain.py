"""The chain of detectors where the camera turns by command."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from axxond.analytics.chain import Chain
from axxond.analytics.plane import Bytes
from axxond.analytics.port import DetectorEvent, DetectorSettings
from protocol.types import Phase
from tests.fakes.scene import Mover, SceneScript, shots

TURN_BEGIN_US, TURN_END_US = 6_000_000, 8_000_000
PX_A_FRAME = 6
WALKER = Mover((-20, 70), (30, 0), (18, 44), 190, enter_s=3)


def turning(script: SceneScript, until_s: float) -> Iterator[tuple[Bytes, int]]:
    """The whole picture slides from 6 s to 8 s, and stays where it is then."""
    slid = 0
    for shot in shots(script, until_s):
        if TURN_BEGIN_US <= shot.time_us < TURN_END_US:
            slid += PX_A_FRAME
        yield np.ascontiguousarray(np.roll(shot.luma, slid, axis=1)), shot.time_us


def run(kind: str, script: SceneScript, blind_until_us: int) -> list[DetectorEvent]:
    chain = Chain([DetectorSettings("d1", kind, {"hold_s": 1})])
    events: list[DetectorEvent] = []
    for luma, time_us in turning(script, 20):
        if time_us >= TURN_BEGIN_US - 100_000:
            chain.blind_until_us = blind_until_us
        findings = chain.frame(luma, time_us)
        events += findings.events if findings is not None else ()
    return events


@pytest.mark.parametrize("kind", ["motion", "motion_in_area", "position_change", "quality_loss"])
def test_a_turn_by_command_raises_nothing(kind: str) -> None:
    assert run(kind, SceneScript(), TURN_END_US + 500_000) == []


def test_the_same_turn_by_another_hand_is_a_change_of_position() -> None:
    assert [event.phase for event in run("position_change", SceneScript(), 0)][:1] == [Phase.BEGIN]


def test_what_goes_on_ends_where_the_turn_begins_and_is_seen_again_after_it() -> None:
    events = run("motion_in_area", SceneScript(movers=(WALKER,)), TURN_END_US + 500_000)
    begin, end, again = events[:3]
    assert (begin.phase, end.phase, again.phase) == (Phase.BEGIN, Phase.END, Phase.BEGIN)
    assert end.time_us <= TURN_BEGIN_US
    assert again.time_us >= TURN_END_US


def test_the_stream_is_watched_while_the_camera_turns() -> None:
    chain = Chain([DetectorSettings("d1", "signal_loss", {})])
    chain.blind_until_us = 1 << 60
    told: list[Phase] = []
    for luma, time_us in turning(SceneScript(), 3):
        findings = chain.frame(luma, time_us)
        told += [event.phase for event in findings.events] if findings else []
    lost = chain.gap(3_000_000)
    assert lost is not None
    assert [event.phase for event in lost.events] == [Phase.BEGIN]
    assert told == []
