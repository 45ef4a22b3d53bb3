"""What devices tell by themselves: sensors and relays, who steers, whether devices are there."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal

from protocol.devicetypes import DeviceNotice, IoState, PtzHolder
from protocol.messages import DeviceStateNotice, IoNotice, Message, PtzNotice

TOPICS = ("io", "ptz")


class DeviceBook(QObject):
    """By id.  Signals: `io_changed(str sensor or relay)`; `holder_changed(str camera)`;
    `device_changed(str device)`."""

    io_changed = pyqtSignal(str)
    holder_changed = pyqtSignal(str)
    device_changed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.io: dict[str, IoState] = {}
        self.holders: dict[str, PtzHolder] = {}
        self.devices: dict[str, DeviceNotice] = {}

    def take(self, message: Message) -> bool:
        """False: it is none of these."""
        if isinstance(message, IoNotice):
            for state in message.states:
                self.io[state.object_id] = state
                self.io_changed.emit(state.object_id)
        elif isinstance(message, PtzNotice):
            for holder in message.holders:
                self.holders[holder.camera] = holder
                self.holder_changed.emit(holder.camera)
        elif isinstance(message, DeviceStateNotice):
            for device in message.devices:
                self.devices[device.device] = device
                self.device_changed.emit(device.device)
        else:
            return False
        return True

    def has_ptz(self, camera: str) -> bool:
        """The server tells of every camera with telemetry."""
        return camera in self.holders

    def ports_of(self, camera: str) -> list[IoState]:
        return [state for state in self.io.values() if state.camera == camera]

    def forget(self, removed: frozenset[str]) -> None:
        for book in (self.io, self.holders, self.devices):
            for key in removed & book.keys():
                del book[key]
