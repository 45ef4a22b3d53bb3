"""The emulated Axis camera, and a control of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from axxond.devices import drivers
from axxond.devices.axis.control import AxisControl
from axxond.devices.control import ControlSettings
from tests.axxond.devices.demo.conftest import make_clip
from tests.fakes.axis.emulator import PASSWORD, USER, AxisEmulator


@pytest.fixture(scope="session")
def axis_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("axis") / "clip.mp4")


@pytest.fixture
async def camera(axis_clip: Path) -> AsyncIterator[AxisEmulator]:
    emulator = AxisEmulator(axis_clip)
    await emulator.start()
    yield emulator
    await emulator.close()
    assert emulator.device.violations == []


@pytest.fixture
async def control(camera: AxisEmulator) -> AsyncIterator[AxisControl]:
    settings = ControlSettings(camera.url, USER, PASSWORD, timeout_s=2.0)
    made = drivers.driver("axis").control(settings)
    assert isinstance(made, AxisControl)
    yield made
    await made.close()
