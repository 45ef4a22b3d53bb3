"""A driver whose devices are `FakeControl`s."""

from __future__ import annotations

from attrs import define, field

from axxond.devices.control import Control, ControlSettings
from axxond.devices.port import Source, StreamSettings
from tests.fakes.control import FakeControl


@define
class FakeDriver:
    """Every log-in is to the same device; `made` counts them."""

    device: FakeControl = field(factory=FakeControl)
    made: list[ControlSettings] = field(factory=list)
    name: str = "fake"

    def source(self, settings: StreamSettings) -> Source:
        raise NotImplementedError("only its control is a fake")

    def control(self, settings: ControlSettings) -> Control:
        self.made.append(settings)
        return self.device
