"""Schemas are parsed once, before any event loop is timed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from axxond.devices.control import ControlSettings
from axxond.devices.demo.track import Track
from axxond.devices.onvif.control import OnvifControl
from tests.fakes.onvif import rtsp, schemas
from tests.fakes.onvif.emulator import Emulator, emulated


@pytest.fixture(scope="session", autouse=True)
def _schemas() -> None:
    schemas.load()


@pytest.fixture(scope="session")
def played() -> list[Track]:
    """What streams show: pictures of 64 x 48, and a hum."""
    return rtsp.tracks(fps=100)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with emulated() as made:
        yield made


@pytest.fixture
async def control(emulator: Emulator) -> AsyncIterator[OnvifControl]:
    made = OnvifControl(ControlSettings(emulator.url, "admin", "secret", timeout_s=5.0))
    yield made
    await made.close()
