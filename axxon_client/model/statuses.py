"""How the cameras and the server fare now."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from attrs import frozen
from PyQt5.QtCore import QObject, pyqtSignal

from protocol.messages import SystemNotice
from protocol.types import CameraStatus, DeviceState


class Trouble(enum.IntEnum):
    """Worst last."""

    NONE = 0
    CONNECTING = 1
    NO_SIGNAL = 2
    ALARM = 3


@frozen
class Totals:
    cameras: int
    online: int
    recording: int
    no_signal: list[str]  # camera ids
    alarms: list[str]


class StatusBook(QObject):
    """Signals: `changed(frozenset of camera ids)`; `system_changed()` about once a second."""

    changed = pyqtSignal(object)
    system_changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cameras: dict[str, CameraStatus] = {}
        self.system: SystemNotice | None = None

    def get(self, camera: str) -> CameraStatus | None:
        return self._cameras.get(camera)

    def update(self, statuses: Iterable[CameraStatus]) -> None:
        fresh = {status.camera: status for status in statuses}
        differing = frozenset(
            camera for camera, status in fresh.items() if self._cameras.get(camera) != status
        )
        self._cameras.update(fresh)
        if differing:
            self.changed.emit(differing)

    def forget(self, cameras: Iterable[str]) -> None:
        gone = frozenset(camera for camera in cameras if self._cameras.pop(camera, None))
        if gone:
            self.changed.emit(gone)

    def set_system(self, notice: SystemNotice) -> None:
        self.system = notice
        self.system_changed.emit()

    def totals(self) -> Totals:
        all_ = list(self._cameras.values())
        return Totals(
            cameras=len(all_),
            online=sum(status.state is DeviceState.ONLINE for status in all_),
            recording=sum(status.recording for status in all_),
            no_signal=[s.camera for s in all_ if trouble(s) is Trouble.NO_SIGNAL],
            alarms=[s.camera for s in all_ if s.alarm],
        )


def trouble(status: CameraStatus | None) -> Trouble:
    if status is None:
        return Trouble.CONNECTING
    if status.alarm:
        return Trouble.ALARM
    if status.state is DeviceState.WAITING:
        return Trouble.NO_SIGNAL
    if status.state is DeviceState.CONNECTING:
        return Trouble.CONNECTING
    return Trouble.NONE
