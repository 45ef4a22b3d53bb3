"""Footage of several cameras together, for the time line's second row: one question for all."""

from __future__ import annotations

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from axxon_client.model.axis import span_at
from axxon_client.model.bridge import Failure, Requester
from axxon_client.model.timeline import Window
from protocol.messages import GetTimeLines, TimeLines
from protocol.types import Span

_WAIT_MS = 120  # after the first row, which a person looks at
_REFRESH_MS = 5000


class TimeLinesModel(QObject):
    """Nothing is asked for fewer than two cameras.  Signals: `changed()`."""

    changed = pyqtSignal()

    def __init__(self, requester: Requester, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requester = requester
        self.cameras: list[str] = []
        self.footage: dict[str, list[Span]] = {}
        self._window: Window | None = None
        self._asked = 0
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._ask)
        self._refresh = QTimer(self)
        self._refresh.setInterval(_REFRESH_MS)
        self._refresh.timeout.connect(self._ask)

    def set_cameras(self, cameras: list[str]) -> None:
        wanted = cameras if len(cameras) > 1 else []
        if wanted == self.cameras:
            return
        self.cameras = list(wanted)
        self._asked += 1
        self.footage = {key: self.footage[key] for key in wanted if key in self.footage}
        if wanted:
            self._refresh.start()
            self._wait.start()
        else:
            self._refresh.stop()
        self.changed.emit()

    def set_window(self, window: Window) -> None:
        self._window = window
        if self.cameras:
            self._wait.start()

    def with_footage(self, time_us: int) -> int:
        """How many of the cameras have any of that moment."""
        return sum(span_at(spans, time_us) is not None for spans in self.footage.values())

    def _ask(self) -> None:
        if not self.cameras or self._window is None:
            return
        self._asked += 1
        number = self._asked

        def done(reply: TimeLines, _payload: bytes) -> None:
            if number == self._asked:
                self.footage = {
                    line.camera: [span for span in line.spans if span.kind == "footage"]
                    for line in reply.lines
                }
                self.changed.emit()

        def failed(_failure: Failure) -> None:
            """The first row tells what is wrong."""

        self._requester.request(GetTimeLines(self.cameras, *self._window), done, failed, self)
