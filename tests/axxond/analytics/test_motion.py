"""The motion detector on rendered scenes, driven through the chain as live and offline do."""

from __future__ import annotations

import random
from typing import Any

import pytest

from axxond.analytics.chain import Chain, Findings
from axxond.analytics.port import DetectorEvent, DetectorSettings
from axxond.base.errors import ConfigError
from protocol.types import Phase
from tests.fakes.scene import Mover, SceneScript, Shot, Step, shots

PERSON = Mover(at=(-20, 70), speed=(60, 0), size=(18, 44), grey=190, enter_s=5, leave_s=11)


def run(script: SceneScript, seconds: float, **properties: Any) -> list[DetectorEvent]:
    chain = Chain([DetectorSettings("d1", "motion", properties)])
    return [
        event
        for shot in shots(script, seconds)
        for findings in [chain.frame(shot.luma, shot.time_us)]
        if findings is not None
        for event in findings.events
    ]


def times_s(events: list[DetectorEvent], phase: Phase) -> list[float]:
    return [event.time_us / 1e6 for event in events if event.phase is phase]


@pytest.mark.parametrize("noise", [0, 2, 5, 10])
def test_sensor_noise_raises_nothing(noise: float) -> None:
    script = SceneScript(noise=noise, seed=7)
    assert run(script, 40, preset="custom", contrast=0, size=0) == []


def test_slow_light_raises_nothing() -> None:
    script = SceneScript(light=(Step(2, 0.6, over_s=25),), seed=3)
    assert run(script, 40) == []


@pytest.mark.parametrize("over_s", [0, 1, 3])
@pytest.mark.parametrize("gain", [0.4, 0.7, 0.85, 0.9, 1.1, 1.2, 1.5])
def test_a_change_of_light_or_exposure_raises_nothing(gain: float, over_s: float) -> None:
    assert run(SceneScript(light=(Step(6, gain, over_s),), seed=4), 14) == []


@pytest.mark.parametrize("gain", [0.7, 1.2])
def test_a_person_is_seen_while_the_exposure_follows(gain: float) -> None:
    events = run(SceneScript(light=(Step(5.5, gain, 2),), movers=(PERSON,), seed=4), 20)
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    assert 5 < times_s(events, Phase.BEGIN)[0] < 6.2


def test_a_thing_that_flickers_here_and_there_raises_nothing() -> None:
    rng = random.Random(5)
    spots = [
        Mover((rng.randrange(290), rng.randrange(150)), (0, 0), (16, 16), 220, at, at + 0.09)
        for at in (3 + number / 10 for number in range(60))
    ]
    assert run(SceneScript(movers=tuple(spots)), 12) == []


@pytest.mark.parametrize("seconds", [0.4, 1.5, 30])
def test_what_is_there_at_once_and_keeps_its_outline_raises_nothing(seconds: float) -> None:
    """A screen, a sign, a window at night."""
    lit = [Mover((90, 60), (0, 0), (60, 40), 200, at, at + seconds) for at in (4, 10)]
    assert run(SceneScript(movers=tuple(lit)), 16) == []


def test_who_moves_on_the_spot_is_seen() -> None:
    arm = Mover((100, 60), (0, 0), (18, 44), 190, 0, 20)
    waving = [Mover((118, 66), (0, 0), (14, 6), 190, at, at + 0.4) for at in (5, 5.8, 6.6)]
    walks = Mover((-20, 60), (60, 0), (18, 44), 190, 3, 5)
    assert run(SceneScript(movers=(walks, arm, *waving)), 14) != []


def test_a_flash_raises_nothing_and_blinds_for_no_longer_than_it_lasts() -> None:
    flash = (Step(4.0, 1.8), Step(4.2, 1 / 1.8))
    events = run(SceneScript(light=flash, movers=(PERSON,)), 16)
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    assert 5 < times_s(events, Phase.BEGIN)[0] < 6.2


def test_a_person_walking_through_is_one_event() -> None:
    events = run(SceneScript(movers=(PERSON,)), 20)
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    (begin,), (end,) = times_s(events, Phase.BEGIN), times_s(events, Phase.END)
    # It enters from the left at 5 s, has left on the right at 10.7 s; 3 s are held.
    assert 5 < begin < 6
    assert 13 < end < 14.5


@pytest.mark.parametrize("grey", [30, 75, 145, 200])
def test_its_boxes_lie_on_the_person(grey: int) -> None:
    walker = Mover((-20, 70), (50, 0), (18, 44), grey, enter_s=3)
    chain = Chain([DetectorSettings("d1")])
    script = SceneScript(movers=(walker,), background=(105, 115))
    seen = [(shot, chain.frame(shot.luma, shot.time_us)) for shot in shots(script, 8)]
    checked = [overlap(shot, found) for shot, found in seen if 4 <= shot.time_us / 1e6 < 8]
    assert sum(share > 0.6 for share in checked) >= 0.95 * len(checked)


def test_noise_hides_no_more_than_it_must() -> None:
    walker = Mover((-20, 70), (50, 0), (18, 44), 155, enter_s=23)
    chain = Chain([DetectorSettings("d1")])
    # By then its amount is known.
    script = SceneScript(movers=(walker,), background=(105, 115), noise=12)
    seen = [(shot, chain.frame(shot.luma, shot.time_us)) for shot in shots(script, 28)]
    checked = [overlap(shot, found) for shot, found in seen if shot.time_us / 1e6 >= 24]
    assert sum(share > 0.6 for share in checked) >= 0.95 * len(checked)


def overlap(shot: Shot, findings: Findings | None) -> float:
    """Intersection over union of the only box with the truth's; 0 when there is not one."""
    if findings is None or findings.seen is None or len(findings.seen) != 1:
        return 0.0
    height, width = shot.truth.shape
    box = findings.seen[0].box
    rows, columns = shot.truth.nonzero()
    left, right = columns.min() / width, (columns.max() + 1) / width
    top, bottom = rows.min() / height, (rows.max() + 1) / height
    across = min(box.x + box.w, right) - max(box.x, left)
    down = min(box.y + box.h, bottom) - max(box.y, top)
    shared = max(across, 0) * max(down, 0)
    return float(shared / (box.w * box.h + (right - left) * (bottom - top) - shared))


def test_hold_time_is_kept_from_the_last_movement() -> None:
    script = SceneScript(movers=(PERSON,))
    short, long = run(script, 25, hold_s=0), run(script, 25, hold_s=8)
    (short_end,), (long_end,) = times_s(short, Phase.END)[-1:], times_s(long, Phase.END)
    assert long_end - short_end == pytest.approx(8, abs=0.11)


def test_what_stands_still_ends_the_event_and_what_it_leaves_behind_starts_none() -> None:
    comes = Mover((-20, 70), (60, 0), (18, 44), 190, enter_s=4, leave_s=7)
    stays = Mover((160, 70), (0, 0), (18, 44), 190, enter_s=7)
    events = run(SceneScript(movers=(comes, stays)), 30)
    assert [event.phase for event in events] == [Phase.BEGIN, Phase.END]
    assert 9 < times_s(events, Phase.END)[0] < 11.5


def test_nothing_is_raised_while_learning() -> None:
    walker = Mover((100, 70), (60, 0), (18, 44), 190, enter_s=0, leave_s=0.95)
    assert run(SceneScript(movers=(walker,)), 0.95) == []


def test_only_the_zone_counts() -> None:
    upper = [[0, 0], [1, 0], [1, 0.3], [0, 0.3]]
    lower = [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]
    script = SceneScript(movers=(PERSON,))
    assert run(script, 12, zones=[upper]) == []
    assert run(script, 12, zones=[lower]) != []
    assert run(script, 12, masks=[[[0, 0], [1, 0], [1, 1], [0, 1]]]) == []


def test_a_small_thing_is_below_a_large_size() -> None:
    cat = Mover((-20, 120), (50, 0), (12, 7), 190, enter_s=3)
    script = SceneScript(movers=(cat,))
    assert run(script, 9, preset="custom", size=1) != []
    assert run(script, 9, preset="custom", size=5) == []


def test_a_faint_thing_is_below_a_high_contrast() -> None:
    faint = Mover((-20, 70), (50, 0), (30, 44), 135, enter_s=3)
    script = SceneScript(movers=(faint,), background=(100, 105))
    assert run(script, 9, preset="custom", contrast=4) != []
    assert run(script, 9, preset="custom", contrast=16) == []


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        ({"preset": "forest"}, "preset"),
        ({"preset": "custom", "contrast": 17}, "contrast"),
        ({"preset": "custom", "size": "big"}, "size"),
        ({"hold_s": -1}, "hold_s"),
        ({"hold_s": True}, "hold_s"),
        ({"zones": [[[0, 0]]]}, "zones"),
        ({"masks": 3}, "masks"),
    ],
)
def test_wrong_settings_are_named(properties: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Chain([DetectorSettings("d7", "motion", properties)])
    assert (caught.value.obj, caught.value.field) == ("d7", field)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ConfigError, match="'smell' is not known"):
        Chain([DetectorSettings("d7", "smell")])


def walk(chain: Chain, seconds: float, begin_us: int = 0) -> list[Findings]:
    script = SceneScript(movers=(PERSON,))
    found = (chain.frame(shot.luma, shot.time_us) for shot in shots(script, seconds, begin_us))
    return [findings for findings in found if findings is not None]


def test_a_gap_ends_the_event_and_takes_the_boxes_away() -> None:
    chain = Chain([DetectorSettings("d1")])
    walk(chain, 8)
    findings = chain.gap(8_100_000)
    assert findings is not None
    assert [(event.phase, event.time_us) for event in findings.events] == [(Phase.END, 8_100_000)]
    assert findings.seen == ()
    assert chain.gap(9_000_000) is None


@pytest.mark.parametrize("begin_us", [3_000_000, 60_000_000])
def test_a_jump_in_time_ends_the_event_where_the_last_frame_was(begin_us: int) -> None:
    chain = Chain([DetectorSettings("d1")])
    walk(chain, 8)
    (ended, *_) = walk(chain, 1, begin_us)
    (event,) = ended.events
    assert event.phase is Phase.END
    assert event.time_us == (3_000_000 if begin_us == 3_000_000 else 8_000_000)


def test_pictures_out_of_order_do_not_blind() -> None:
    chain = Chain([DetectorSettings("d1")])
    ordered = list(shots(SceneScript(movers=(PERSON,)), 12))
    swapped = [ordered[index ^ 1] for index in range(len(ordered))]
    found = [chain.frame(shot.luma, shot.time_us) for shot in swapped]
    events = [event for findings in found if findings for event in findings.events]
    assert [event.phase for event in events] == [Phase.BEGIN]


def test_a_new_picture_size_is_a_new_scene() -> None:
    chain = Chain([DetectorSettings("d1")])
    walk(chain, 8)
    script = SceneScript(width=640, height=360)
    found = [chain.frame(shot.luma, shot.time_us) for shot in shots(script, 3, 8_000_000)]
    events = [event for findings in found if findings for event in findings.events]
    assert [event.phase for event in events] == [Phase.END]


def test_a_picture_too_small_to_analyse_raises_nothing() -> None:
    chain = Chain([DetectorSettings("d1")])
    script = SceneScript(width=32, height=8)
    assert [chain.frame(shot.luma, shot.time_us) for shot in shots(script, 1)] == [None] * 10


def test_the_same_frames_give_the_same_findings() -> None:
    first, second = (walk(Chain([DetectorSettings("d1")]), 9) for _ in range(2))
    assert first == second
    assert any(one.firing for findings in first for one in findings.seen or ())


def test_frames_beyond_the_rate_are_passed_over() -> None:
    """A 25 fps stream is analysed at about 10."""
    analysed = 0
    chain = Chain([DetectorSettings("d1")])
    for shot in shots(SceneScript(fps=25), 4):
        chain.frame(shot.luma, shot.time_us)
        analysed += chain.last_us == shot.time_us
    assert 36 <= analysed <= 41
