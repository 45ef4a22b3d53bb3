"""Footage that is kept from being deleted: what, why, on whose word."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model.bridge import Failure, Requester
from protocol.messages import GetProtections, Protect, Protections, Unprotect
from protocol.types import ProtectionRecord


class ProtectionBook(QObject):
    """Signals: `changed()`; `failed(Failure)` for what was refused."""

    changed = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, requester: Requester, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requester = requester
        self._records: dict[str, ProtectionRecord] = {}
        self.loaded = False

    @property
    def records(self) -> list[ProtectionRecord]:
        """Newest footage first."""
        return sorted(self._records.values(), key=lambda one: one.begin_us, reverse=True)

    def of(self, camera: str) -> list[ProtectionRecord]:
        return [one for one in self.records if one.camera == camera]

    def refresh(self) -> None:
        self._requester.request(GetProtections(), self._on_all, self.failed.emit, self)

    def protect(
        self,
        cameras: list[str],
        period: tuple[int, int],
        reason: str,
        done: Callable[[], object],
    ) -> None:
        """The same period of several cameras; `done` when all of them are."""
        waiting = set(cameras)

        def made(camera: str) -> Callable[[Protections, bytes], None]:
            def take(reply: Protections, _payload: bytes) -> None:
                self._records.update({one.id: one for one in reply.protections})
                waiting.discard(camera)
                self.changed.emit()
                if not waiting:
                    done()

            return take

        for camera in cameras:
            request = Protect(camera, *period, reason)
            self._requester.request(request, made(camera), self.failed.emit, self)

    def unprotect(self, key: str) -> None:
        def done(_reply: object, _payload: bytes) -> None:
            self._records.pop(key, None)
            self.changed.emit()

        def refused(failure: Failure) -> None:
            self.failed.emit(failure)
            self.refresh()

        self._requester.request(Unprotect(key), done, refused, self)

    def _on_all(self, reply: Protections, _payload: bytes) -> None:
        self._records = {one.id: one for one in reply.protections}
        self.loaded = True
        self.changed.emit()
