"""An ONVIF camera's control keeps to the contract, in each form in which cameras come."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from axxond.devices.control import ControlSettings
from axxond.devices.demo.track import Track
from axxond.devices.onvif.control import OnvifControl
from tests.axxond.devices.contract_control import ControlContract, Rig
from tests.fakes.onvif.emulator import emulated
from tests.fakes.onvif.model import Camera


def _camera(kind: str) -> Camera:
    return {
        "media2": lambda: Camera(has_speaker=True),
        "media1": lambda: Camera(has_media2=False, relays_in_device=False),
        "http digest, clock an hour off": lambda: Camera(http_digest=True, clock_offset_s=3600),
        "fixed, without events": lambda: Camera(has_ptz=False, has_events=False),
    }[kind]()


class TestOnvif(ControlContract):
    @pytest.fixture(
        params=["media2", "media1", "http digest, clock an hour off", "fixed, without events"]
    )
    async def rig(self, request: pytest.FixtureRequest, played: list[Track]) -> AsyncIterator[Rig]:
        async with emulated(_camera(request.param), played) as emulator:
            camera = emulator.camera
            settings = ControlSettings(emulator.url, camera.user, camera.password, timeout_s=5.0)
            control = OnvifControl(settings)
            yield Rig(
                control,
                lambda active: emulator.events.set_input("in-1", active),
                emulator.close,
            )
            await control.close()
