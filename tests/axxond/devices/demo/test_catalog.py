from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import pytest

from axxond.devices.demo import DEMO_CAMERAS, catalog, clips
from axxond.devices.demo.clips import Encoding
from axxond.devices.demo.yard import PERIOD_S
from protocol.types import MediaKind


def test_load_cameras_are_spread_over_the_clip(clip: Path) -> None:
    cameras = catalog.load_cameras(4, clips.read_video(clip), None)
    assert [camera.high.path for camera in cameras] == ["load/1", "load/2", "load/3", "load/4"]
    assert [camera.high.offset_us for camera in cameras] == [0, 500_000, 1_000_000, 1_500_000]


def test_a_load_clip_is_made_once_and_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_LOAD_CLIP_S", 2)
    encoding = Encoding(64, 48, Fraction(5), Fraction(1), rate_bps=50_000)
    path = catalog.load_clip(tmp_path, encoding)
    made_ns = path.stat().st_mtime_ns
    assert catalog.load_clip(tmp_path, encoding) == path
    assert path.stat().st_mtime_ns == made_ns
    track = clips.read_video(path)
    assert track.loop_s == 2
    assert [n for n, unit in enumerate(track.units) if unit.keyframe] == [0, 5]


@pytest.mark.timeout(120)
def test_the_demo_set_is_made_whole_and_fits_streaming(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The whole yard takes seconds to render; its first pictures show the same.
    monkeypatch.setattr(catalog, "PERIOD_S", 4.0)
    cameras = catalog.demo_cameras(tmp_path)
    assert [(c.name, c.high.path) for c in cameras] == [(d.name, d.path) for d in DEMO_CAMERAS]
    for camera in cameras:
        assert camera.low is not None
        kinds = [track.kind for track in camera.high.tracks]
        assert kinds == [MediaKind.VIDEO, MediaKind.AUDIO]
        for stream in (camera.high, camera.low):
            keys_us = [unit.due_us for unit in stream.tracks[0].units if unit.keyframe]
            steps = {b - a for a, b in itertools.pairwise(keys_us)}
            assert max(steps) <= 2_050_000
        # Both streams loop together, or detectors would see another moment than viewers.
        lengths = [s.tracks[0].loop_s for s in (camera.high, camera.low)]
        assert lengths[0] == lengths[1] > camera.low.tracks[0].units[-1].due_us / 1e6
    assert "preparing footage: 100 %" in capfd.readouterr().err
    assert {path.suffix for path in tmp_path.iterdir()} == {".mp4"}


def test_the_yard_is_rendered_for_one_period() -> None:
    assert catalog.PERIOD_S == PERIOD_S
