"""A camera's time line: asked from the server as the window moves, kept until it changes."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from axxon_client.model.axis import Axis, nearest
from axxon_client.model.bridge import Failure, Requester
from protocol.messages import FindNext, Found, GetTimeLine, TimeLine
from protocol.types import Span

_WAIT_MS = 60  # a wheel turned fast asks once
_REFRESH_MS = 5000  # the newest footage grows
_SLACK_US = 500_000  # a person goes back once more within that
_MARGIN = 0.5  # of the window, asked on either side so that dragging shows something
Window = tuple[int, int, int]  # begin, end, detail, µs


class TimeLineModel(QObject):
    """Signals: `changed()` when spans or bounds did; `window_changed(Window)`;
    `failed(Failure)`."""

    changed = pyqtSignal()
    window_changed = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, requester: Requester, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requester = requester
        self.camera = ""
        self.first_us: int | None = None
        self.last_us: int | None = None
        self.footage: list[Span] = []
        self.gaps: list[Span] = []
        self.detections: list[Span] = []
        self.alarms: list[Span] = []
        self.loaded = False
        self._window: Window | None = None
        self._asked = 0
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._ask)
        self._refresh = QTimer(self)
        self._refresh.setInterval(_REFRESH_MS)
        self._refresh.timeout.connect(self._ask)

    def set_camera(self, camera: str) -> None:
        """ "" = none: nothing is asked any more."""
        if camera == self.camera:
            return
        self.camera = camera
        self.take(TimeLine(None, None, []), loaded=False)
        self._asked += 1
        if camera:
            self._refresh.start()
            self._ask()
        else:
            self._refresh.stop()

    def set_window(self, axis: Axis) -> None:
        margin = round(axis.span_us * _MARGIN)
        detail = max(1, round(axis.us_per_px))
        self._window = (axis.begin_us - margin, axis.end_us + margin, detail)
        self.window_changed.emit(self._window)
        if self.camera:
            self._wait.start()

    def take(self, line: TimeLine, loaded: bool = True) -> None:
        self.loaded = loaded
        self.first_us, self.last_us = line.first_us, line.last_us
        sorted_ = sorted(line.spans, key=lambda span: span.begin_us)
        self.footage = [span for span in sorted_ if span.kind == "footage"]
        self.gaps = [span for span in sorted_ if span.kind == "gap"]
        self.detections = [span for span in sorted_ if span.kind == "detector"]
        self.alarms = [span for span in sorted_ if span.kind == "alarm"]
        self.changed.emit()

    def find(
        self, time_us: int, forward: bool, alarms: bool, found: Callable[[int | None], None]
    ) -> None:
        """Where the next recording or alarm begins, or the one before, wherever it lies; None:
        there is none.  Going back from its very beginning leads to the one before it."""
        if not self.camera:
            found(None)
            return
        what = "alarm" if alarms else "recording"
        from_us = time_us if forward else time_us - _SLACK_US

        def done(reply: Found, _payload: bytes) -> None:
            found(reply.begin_us)

        request = FindNext(self.camera, from_us, not forward, what)
        self._requester.request(request, done, self.failed.emit, self)

    def nearest_footage(self, time_us: int) -> int | None:
        found = nearest(self.footage, time_us)
        if found is not None:
            return found
        edges = [edge for edge in (self.first_us, self.last_us) if edge is not None]
        return min(edges, key=lambda edge: abs(edge - time_us), default=None)

    def _ask(self) -> None:
        if not self.camera or self._window is None:
            return
        self._asked += 1
        number = self._asked
        begin, end, detail = self._window

        def done(line: TimeLine, _payload: bytes) -> None:
            if number == self._asked:
                self.take(line)

        def failed(failure: Failure) -> None:
            if number == self._asked:
                self.failed.emit(failure)

        self._requester.request(GetTimeLine(self.camera, begin, end, detail), done, failed, self)
