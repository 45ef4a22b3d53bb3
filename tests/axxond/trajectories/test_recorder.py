from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from axxond.analytics.objects import Tracked
from axxond.trajectories import log, recorder
from axxond.trajectories.recorder import TrajectoryRecorder
from axxond.trajectories.store import Limits
from tests.axxond.trajectories.test_store import read
from tests.axxond.trajectories.tracks import FRAME_US, T0, thing


class Clock:
    now = T0

    def now_us(self) -> int:
        return self.now

    def monotonic_us(self) -> int:
        return self.now


def frame(at: int, number: int = 1) -> Tracked:
    now_us = T0 + at * FRAME_US
    return Tracked(now_us, (thing(number, now_us, (0.1 + 0.01 * at, 0.5)),))


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[tuple[TrajectoryRecorder, list[str]]]:
    troubles: list[str] = []
    one = TrajectoryRecorder(tmp_path / "metadata", Clock(), troubles.append)
    one.limit(Limits())
    await one.start()
    yield one, troubles
    await one.close()


async def test_frames_become_points_of_their_camera(
    made: tuple[TrajectoryRecorder, list[str]],
) -> None:
    one, troubles = made
    for at in range(50):
        one.tracked("cam1", frame(at))
        one.tracked("cam2", frame(at, 7))
    one.tracked("cam1", Tracked(T0 + 50 * FRAME_US, ()))
    one.tracked("cam2", Tracked(T0 + 50 * FRAME_US, (), cut=True))
    await one.flush()
    first, second = read(one.store, "cam1"), read(one.store, "cam2")
    assert len(first) == len(second) <= 8
    assert (np.unique(first["object"]), np.unique(second["object"])) == ([1], [1])
    assert (first["time_us"][-1], second["time_us"][-1]) == (T0 + 49 * FRAME_US,) * 2
    assert troubles == []
    assert one.stats.points == len(first) + len(second)


async def test_after_a_restart_objects_have_other_numbers(tmp_path: Path) -> None:
    for _ in range(2):
        one = TrajectoryRecorder(tmp_path, Clock(), print)
        await one.start()
        one.tracked("cam1", frame(0))
        await one.close()
    one = TrajectoryRecorder(tmp_path, Clock(), print)
    await one.start()
    assert sorted(set(read(one.store, "cam1")["object"].tolist())) == [1, 2]
    await one.close()


async def test_a_disk_in_trouble_is_told_once_and_when_it_is_over(
    made: tuple[TrajectoryRecorder, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, troubles = made

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(log.Log, "append", full)
        for at in range(3):
            one.tracked("cam1", frame(at))
            await one.flush()
    assert len(troubles) == 1
    assert "No space left" in troubles[0]
    one.tracked("cam1", frame(3))
    one.tracked("cam1", Tracked(T0 + 4 * FRAME_US, ()))
    await one.flush()
    assert troubles[1:] == [""]
    assert read(one.store, "cam1")["time_us"][0] == T0


async def test_a_folder_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text("in the way")
    troubles: list[str] = []
    one = TrajectoryRecorder(tmp_path / "metadata", Clock(), troubles.append)
    await one.start()
    assert len(troubles) == 1
    one.tracked("cam1", frame(0))
    await one.flush()
    assert one.missed == 1
    (tmp_path / "metadata").unlink()
    one.tracked("cam1", frame(0))
    await one.flush()
    assert troubles[1:] == [""]
    assert len(read(one.store, "cam1")) == 1
    await one.close()


async def test_frames_that_wait_are_bounded_and_counted(
    made: tuple[TrajectoryRecorder, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = made
    monkeypatch.setattr(recorder, "_MAX_FRAMES", 10)
    for at in range(25):
        one.tracked("cam1", frame(at))
    assert one.missed == 15
