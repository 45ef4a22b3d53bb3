"""`axxond analyze`: configuration, sources, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from axxond.__main__ import main
from axxond.analytics import offline_config
from axxond.analytics.chain import Chain
from axxond.analytics.kinds import check, is_of_sound
from axxond.analytics.offline import analyze
from axxond.analytics.offline_source import SourceError, frames
from axxond.base.errors import ConfigError
from protocol.types import Codec
from tests.fakes.scene import Mover, SceneScript, shots
from tests.fakes.sounds import encoded, hiss, joined, tone

WALKER = Mover((-20, 70), (60, 0), (18, 44), 190, enter_s=3)
CONFIG = """
[[detector]]
name = "gate"
kind = "line_crossing"
line = [[0.5, 1], [0.5, 0]]

[[detector]]
name = "lawn"
kind = "loitering"
zone = [[0.3, 0], [0.7, 0], [0.7, 1], [0.3, 1]]
time_s = 1

[[detector]]
kind = "motion"
mask = [[[0, 0], [1, 0], [1, 0.1]]]
contrast = 3
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10 s at 10 frames a second, numbered without leading zeros."""
    made = tmp_path_factory.mktemp("images")
    for number, shot in enumerate(shots(SceneScript(movers=(WALKER,)), 10), 1):
        Image.fromarray(shot.luma).save(made / f"in{number}.png")
    return made


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "f.toml"
    path.write_text(CONFIG)
    return path


def test_a_folder_of_images_is_analysed_from_the_shell(
    folder: Path, config: Path, tmp_path: Path
) -> None:
    out, masks = tmp_path / "out.json", tmp_path / "masks"
    given = [str(folder), "--config", str(config), "--json", str(out), "--fps", "10"]
    assert main(["analyze", *given, "--tracks", "--masks", str(masks)]) == 0
    found = json.loads(out.read_text())
    assert (found["frames"], found["duration_s"]) == (100, 10.0)
    (crossed,) = (one for one in found["events"] if one["kind"] == "line_crossing")
    assert (crossed["detector"], crossed["direction"]) == ("gate", "forward")
    assert crossed["begin_s"] == crossed["end_s"] == pytest.approx(5.85, abs=0.25)
    (stayed,) = (one for one in found["events"] if one["detector"] == "lawn")
    assert stayed["begin_s"] < stayed["end_s"]
    assert stayed["object_id"] == crossed["object_id"]
    assert {len(box) for track in found["tracks"] for box in track["boxes"]} == {5}
    written = sorted(masks.iterdir())
    assert len(written) == 100
    mask = np.asarray(Image.open(masks / "in60.png"))
    assert mask.shape == (180, 320)
    assert set(np.unique(mask)) == {0, 255}


def test_the_same_frames_give_the_same_events_as_live(folder: Path) -> None:
    detectors = offline_config.one_of_each(with_sound=False)
    found = analyze(folder, detectors, fps=10)
    chain = Chain(detectors)
    for frame in frames(folder, 10):
        chain.frame(frame.luma, 5_000_000_000 + frame.time_us)
    assert found == analyze(folder, detectors, fps=10)
    assert {one["kind"] for one in found["events"]} >= {"motion", "motion_in_area"}


def test_live_and_offline_agree_at_other_times_of_day(folder: Path, config: Path) -> None:
    detectors = offline_config.read(config)
    begin_us = 1_700_000_000_000_000
    chain = Chain(detectors)
    live = [
        (event.detector_id, event.phase, event.time_us - begin_us)
        for frame in frames(folder, 10)
        for findings in [chain.frame(frame.luma, begin_us + frame.time_us)]
        if findings is not None
        for event in findings.events
    ]
    again = Chain(detectors)
    offline = [
        (event.detector_id, event.phase, event.time_us)
        for frame in frames(folder, 10)
        for findings in [again.frame(frame.luma, frame.time_us)]
        if findings is not None
        for event in findings.events
    ]
    assert live == offline
    assert live


def test_with_no_configuration_there_is_one_of_each() -> None:
    detectors = offline_config.one_of_each(with_sound=True)
    assert len({one.kind for one in detectors}) == len(detectors) == len(offline_config.KINDS)
    for one in detectors:
        check(one)
    assert {one.kind for one in offline_config.one_of_each(with_sound=False)} == {
        kind for kind in offline_config.KINDS if not is_of_sound(kind)
    }


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text(
        """
detectors = 1
[[detector]]
name = "a"
kind = "loitring"
[[detector]]
name = "b"
kind = "loitering"
time = 3
zone = [[0, 0], [2, 0], [1, 1]]
[[detector]]
name = "c"
kind = "abandoned_object"
time_s = 5
[[detector]]
name = "d"
kind = "line_crossing"
"""
    )
    with pytest.raises(ConfigError) as caught:
        offline_config.read(path)
    text = str(caught.value)
    for wanted in (
        'detectors: unknown; did you mean "detector"?',
        "kind: 'loitring' is not known; did you mean \"loitering\"?",
        'detector 2 (b): time: unknown; did you mean "time_s"?',
        "detector 2 (b): zone:",
        "detector 3 (c): time_s: 5.0 is not a number in [15; 1800]",
        "detector 4 (d): line: is missing",
    ):
        assert wanted in text


@pytest.mark.parametrize(
    "text", ["x = [", "detector = 3", "", "[detector]\nkind = 'motion'", "detector = [1]"]
)
def test_what_is_no_list_of_detectors_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=str(path)):
        offline_config.read(path)


@pytest.mark.parametrize(
    "line", ["[[0.1, 0.2], [0.3, 0.4]]", "[[[0.1, 0.2], [0.3, 0.4]]]", "{a=[0.1,0.2],b=[0.3,0.4]}"]
)
def test_a_line_may_be_written_in_several_ways(tmp_path: Path, line: str) -> None:
    path = tmp_path / "f.toml"
    path.write_text(f"[[detector]]\nkind = 'line_crossing'\nline = {line}\n")
    (made,) = offline_config.read(path)
    assert made.properties["lines"] == [[[0.1, 0.2], [0.3, 0.4]]]


def test_a_motion_detector_goes_by_the_contrast_that_is_given(config: Path) -> None:
    motion: dict[str, Any] = offline_config.read(config)[2].properties
    assert (motion["preset"], motion["contrast"], motion["size"]) == ("custom", 3, 3)


def test_footage_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.mp4").write_text("not a film")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/1.png").write_text("not an image")
    for name in ("absent", "empty", "text.mp4", "bad"):
        with pytest.raises(SourceError, match=name):
            list(frames(tmp_path / name, None))
    assert main(["analyze", str(tmp_path / "absent")]) == 1


LISTENERS = """
[[detector]]
kind = "audio_no_signal"

[[detector]]
name = "voice"
kind = "audio_signal"
level = -40
period_s = 0.2
"""


def test_sound_alone_is_analysed_from_the_shell(tmp_path: Path) -> None:
    quiet, voice = hiss(3, -70, 8000), tone(2, -20, 8000)
    track, config, out = tmp_path / "a.wav", tmp_path / "f.toml", tmp_path / "out.json"
    track.write_bytes(encoded(joined(quiet, voice, quiet), 8000, Codec.PCMA))
    config.write_text(LISTENERS)
    assert main(["analyze", str(track), "--config", str(config), "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert (found["frames"], found["duration_s"]) == (0, 8.0)
    assert [(one["detector"], one["begin_s"], one["end_s"]) for one in found["events"]] == [
        ("audio_no_signal", 0.0, pytest.approx(3, abs=0.06)),
        ("voice", pytest.approx(3, abs=0.06), pytest.approx(5, abs=0.06)),
        ("audio_no_signal", pytest.approx(5, abs=0.06), pytest.approx(8, abs=0.06)),
    ]


def test_pictures_without_a_sound_track_have_no_signal(folder: Path) -> None:
    (event,) = analyze(folder, [offline_config.detector("ear", "audio_no_signal")], fps=10)[
        "events"
    ]
    assert (event["begin_s"], event["end_s"]) == (0.0, pytest.approx(10, abs=0.1))


def test_sound_cannot_be_looked_at(tmp_path: Path) -> None:
    track = tmp_path / "a.wav"
    track.write_bytes(encoded(tone(1, -20, 8000), 8000, Codec.PCMU))
    with pytest.raises(SourceError, match="no video"):
        analyze(track, [offline_config.detector("eye", "motion")])


def test_sound_of_a_kind_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    track = tmp_path / "a.wav"
    with av.open(str(track), "w") as out:
        stream = out.add_stream("pcm_s64le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        for part in av.AudioResampler("s64", "mono", 8000).resample(frame):
            out.mux(stream.encode(part))
    with pytest.raises(SourceError, match="its sound"):
        analyze(track, [offline_config.detector("ear", "audio_noise")])
