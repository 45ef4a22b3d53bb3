"""What a device says of itself: make, firmware, clock, and its streams with their settings."""

from __future__ import annotations

from PyQt5.QtWidgets import QWidget

from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.ui.settings.streampart import StreamPart
from axxon_client.ui.widgets.basics import button, column, label, row, rule, set_tone
from axxon_client.ui.widgets.states import Notice
from protocol.devicetypes import StreamSetup
from protocol.messages import (
    ClockSet,
    DescribeDevice,
    DeviceDescribed,
    SetDeviceClock,
    SetStream,
    StreamSet,
)
from protocol.types import DeviceState, Right

# A clock that is further off is worth setting.
_CLOCK_OFF_US = 2_000_000


class DevicePart(QWidget):
    """Asks when it is made; hidden for devices that have nothing but their stream."""

    def __init__(self, session: Session, device: str) -> None:
        super().__init__()
        self._session = session
        self._device = device
        self.facts = label("", "second", wrap=True)
        self.clock = label("", "caption")
        self.set_clock = button(self.tr("Set the camera's clock"), "link", "", self._set_clock)
        self.notice = Notice()
        self.streams: dict[str, StreamPart] = {}
        self._streams = column(space=16)
        self.setLayout(
            column(
                label(self.tr("The camera says"), "section"),
                self.facts,
                row(self.clock, self.set_clock, 1),
                self.notice,
                self._streams,
                space=8,
            )
        )
        self.hide()
        session.devices.device_changed.connect(self._on_state)
        self._ask(fresh=True)

    def _ask(self, fresh: bool) -> None:
        request = DescribeDevice(self._device, fresh)
        self._session.request(request, self._told, lambda _failure: None, self)

    def _on_state(self, device: str) -> None:
        """It came or went."""
        if device == self._device:
            self._ask(fresh=False)

    def _told(self, reply: DeviceDescribed, _payload: bytes) -> None:
        state = reply.status.state
        self.setVisible(state is not DeviceState.DISABLED)
        facts = [reply.manufacturer, reply.model, reply.firmware, reply.serial]
        known = "  ·  ".join(part for part in facts if part)
        self.facts.setText(known or self.tr("Nothing yet: it is being connected."))
        self._say_clock(reply.clock_offset_us)
        if state is DeviceState.WAITING:
            self.notice.say("red", self.tr("It cannot be controlled now"), reply.status.reason)
        elif reply.switched_off:
            title = self.tr("Compatibility mode leaves out")
            self.notice.say("amber", title, "\n".join(reply.switched_off))
        else:
            self.notice.hide()
        for stream in reply.streams:
            if stream.token not in self.streams:
                may = self._session.may(Right.CONFIGURE)
                part = self.streams[stream.token] = StreamPart(stream, may)
                part.asked.connect(self._set_stream)
                self._streams.addWidget(rule())
                self._streams.addWidget(part)

    def _say_clock(self, offset_us: int | None) -> None:
        known = offset_us is not None
        off = known and abs(offset_us or 0) >= _CLOCK_OFF_US
        self.clock.setVisible(known)
        self.set_clock.setVisible(known and self._session.may(Right.CONFIGURE))
        seconds = (offset_us or 0) / 1e6
        text = self.tr("Its clock is {0} s off").format(f"{seconds:+.1f}")
        self.clock.setText(text if off else self.tr("Its clock is right"))
        set_tone(self.clock, "warning" if off else "caption", "role")

    def _set_clock(self) -> None:
        def done(_reply: ClockSet, _payload: bytes) -> None:
            self._ask(fresh=True)

        self._session.request(SetDeviceClock(self._device), done, self._refused, self)

    def _refused(self, failure: Failure) -> None:
        self.notice.say("red", self.tr("The camera did not take it"), failure.text)

    def _set_stream(self, token: str, setup: StreamSetup) -> None:
        part = self.streams[token]

        def done(reply: StreamSet, _payload: bytes) -> None:
            part.told(reply.setup)

        def failed(failure: Failure) -> None:
            part.refused(failure.text)

        self._session.request(SetStream(self._device, token, setup), done, failed, self)
