"""A capture card's control keeps to the contract, little as there is to control."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from axxond.devices.capture import cards
from axxond.devices.capture.driver import CaptureControl
from axxond.devices.control import ControlSettings
from tests.axxond.devices.contract_control import ControlContract, Rig


class TestCapture(ControlContract):
    @pytest.fixture
    def rig(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
        def gone(name: str) -> None:
            raise cards.lost(name, OSError("no such device"))

        async def unplug() -> None:
            monkeypatch.setattr(cards, "find", gone)

        def press(active: bool) -> None:
            raise AssertionError(f"a card has no input to be made {active}")

        yield Rig(CaptureControl(ControlSettings("capture:virtual")), press, unplug)
        cards.forget()
