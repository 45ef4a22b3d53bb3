"""The fake device keeps to the contract that drivers' controls keep to."""

from __future__ import annotations

import time

import pytest

from axxond.devices.control import DeviceEvent
from protocol.types import DeviceEventKind
from tests.axxond.devices.contract_control import ControlContract, Rig
from tests.fakes.control import FakeControl


class TestFakeControl(ControlContract):
    @pytest.fixture
    def rig(self) -> Rig:
        fake = FakeControl()

        def press(active: bool) -> None:
            now_us = time.time_ns() // 1000
            fake.happened.put_nowait(DeviceEvent(DeviceEventKind.INPUT, "in1", active, now_us))

        async def unplug() -> None:
            fake.away = True

        return Rig(fake, press, unplug)
