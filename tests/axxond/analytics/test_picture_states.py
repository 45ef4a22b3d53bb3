"""Loss of quality, a turned camera, a lost signal: on altered scenes, through the chain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from axxond.analytics.chain import Chain, Findings
from axxond.analytics.port import DetectorEvent, DetectorSettings
from protocol.types import Phase
from tests.fakes import scenes
from tests.fakes.scene import Luma, Mover, SceneScript, Step, shots
from tests.fakes.scenes.camera import Noise, Tamper, Tampering
from tests.fakes.scenes.script import Script
from tests.fakes.scenes.weather import Lamp, Light

Change = Callable[[Luma], Luma]


def run(
    kind: str, change: Change, seconds: float = 16, begin_s: float = 6, end_s: float = 9
) -> list[DetectorEvent]:
    """The change is on from begin_s to end_s."""
    chain = Chain([DetectorSettings("d1", kind, {"hold_s": 1})])
    found: list[Findings | None] = []
    # Edges as a real scene has them.
    still = tuple(
        Mover((20 * n, 17 * (n % 9)), (0, 0), (11, 13), 40 + 23 * (n % 8)) for n in range(16)
    )
    for shot in shots(SceneScript(movers=still), seconds):
        on = begin_s <= shot.time_us / 1e6 < end_s
        found.append(chain.frame(change(shot.luma) if on else shot.luma, shot.time_us))
    return [event for findings in found if findings is not None for event in findings.events]


def blurred(luma: Luma) -> Luma:
    wide = np.pad(luma.astype(np.float64), 9, "edge")
    for axis in (0, 1):
        wide = np.mean([np.roll(wide, step, axis) for step in range(-9, 10)], axis=0)
    return np.asarray(wide[9:-9, 9:-9], np.uint8)


def covered(luma: Luma) -> Luma:
    ramp = np.linspace(70, 110, luma.shape[1])
    return np.ascontiguousarray(np.broadcast_to(ramp, luma.shape), np.uint8)


def noisy(luma: Luma) -> Luma:
    noise = np.random.default_rng(int(luma[0, 0])).normal(0, 45, luma.shape)
    return np.clip(luma + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (covered, "covered"),
        (blurred, "blur"),
        (lambda luma: np.full_like(luma, 254), "glare"),
        (lambda luma: np.full_like(luma, 9), "dark"),
        (noisy, "noise"),
    ],
)
def test_a_lost_quality_is_told_with_its_reason(change: Change, reason: str) -> None:
    begin, end = run("quality_loss", change)
    assert (begin.phase, begin.reason, end.phase) == (Phase.BEGIN, reason, Phase.END)
    assert begin.time_us / 1e6 == pytest.approx(6, abs=0.3)
    assert end.time_us / 1e6 == pytest.approx(9, abs=0.4)


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("kind", ["blur", "covered", "dark"])
def test_the_reason_is_right_in_noise_and_other_light(kind: Tampering, seed: int) -> None:
    chain = Chain([DetectorSettings("d1", "quality_loss")])
    camera = (Tamper(kind, 8, 14, 0.6), Noise(4))
    script = Script(seed, 13, weather=(Lamp(1.3, 60, 4),), camera=camera)
    found = [chain.frame(shot.luma, shot.time_us) for shot in scenes.shots(script)]
    (begin,) = (event for findings in found if findings is not None for event in findings.events)
    assert begin.reason == kind
    assert begin.time_us / 1e6 == pytest.approx(8, abs=1)


@pytest.mark.parametrize("level", [8, 12, 16])
def test_noise_that_drowns_the_scene_is_no_blur(level: float) -> None:
    chain = Chain([DetectorSettings("d1", "quality_loss")])
    script = Script(6, 25, camera=(Noise(level),), weather=(Light(5, 0.4, 15),))
    found = [chain.frame(shot.luma, shot.time_us) for shot in scenes.shots(script)]
    assert [one for one in found if one is not None and one.events] == []


@pytest.mark.parametrize("gain", [0.4, 0.7, 1.3, 1.6])
@pytest.mark.parametrize("kind", ["quality_loss", "position_change"])
def test_a_change_of_light_raises_nothing(kind: str, gain: float) -> None:
    chain = Chain([DetectorSettings("d1", kind)])
    script = SceneScript(light=(Step(5, gain),), background=(60, 150))
    found = [chain.frame(shot.luma, shot.time_us) for shot in shots(script, 14)]
    assert [one for one in found if one is not None and one.events] == []


def test_a_turned_camera_is_told_and_its_new_scene_accepted() -> None:
    def turned(luma: Luma) -> Luma:
        return np.ascontiguousarray(np.roll(luma[::-1], 90, axis=1))

    begin, end = run("position_change", turned, seconds=40, end_s=40)
    assert begin.time_us / 1e6 == pytest.approx(6.5, abs=0.8)
    assert 20 < end.time_us / 1e6 < 28


def test_a_large_thing_before_the_camera_is_no_change_of_position() -> None:
    def half_covered(luma: Luma) -> Luma:
        luma = luma.copy()
        luma[:, :140] = 60
        return luma

    assert run("position_change", half_covered, end_s=14) == []


def test_an_interruption_is_a_loss_of_signal_until_the_next_picture() -> None:
    chain = Chain([DetectorSettings("d1", "signal_loss")])
    frames = list(shots(SceneScript(), 2))
    for shot in frames:
        assert chain.frame(shot.luma, shot.time_us) is None
    lost = chain.gap(2_500_000)
    assert lost is not None
    assert [(event.phase, event.time_us) for event in lost.events] == [(Phase.BEGIN, 2_500_000)]
    assert chain.gap(2_600_000) is None
    found = chain.frame(frames[0].luma, 4_000_000)
    assert found is not None
    assert [(event.phase, event.time_us) for event in found.events] == [(Phase.END, 4_000_000)]


def test_to_stop_looking_is_no_loss_of_signal() -> None:
    chain = Chain([DetectorSettings("d1", "signal_loss")])
    for shot in shots(SceneScript(), 1):
        chain.frame(shot.luma, shot.time_us)
    assert chain.close(1_000_000) is None
