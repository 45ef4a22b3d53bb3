"""A detector's settings tried on the live picture, while they are being edited.

Pictures come from decode threads and notices from the network thread; both arrive in the GUI
thread as signals.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt5 import sip
from PyQt5.QtCore import QObject, QRectF, QSize, QTimer, pyqtSignal
from PyQt5.QtGui import QPainter, QPaintEvent
from PyQt5.QtWidgets import QCheckBox, QWidget

from axxon_client.model.settings import FormModel
from axxon_client.model.trial import WINDOW_US, FireLog
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.layouts.gate import Gate
from axxon_client.ui.theme import palette
from axxon_client.ui.theme.palette import colour
from axxon_client.ui.widgets.basics import button, column, label, row, set_tone
from axxon_client.ui.widgets.stills import to_image
from axxon_client.video.frame import VideoPicture
from axxon_client.video.trial import TrialFeed
from protocol.messages import PreviewNotice
from protocol.types import StreamRole

_PICTURE_PX = 960
_PICTURE_EVERY_S = 0.08  # 12 a second: one draws on it, one does not watch it
_SETTLE_MS = 200  # a slider that is being moved is not sent at every step


class _Pictures(QObject):
    """A surface (see `Gate`) whose pictures become signals.  Signals: `arrived(QImage)`."""

    arrived = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._next_s = 0.0

    def show_picture(self, picture: VideoPicture) -> None:
        """Decode thread."""
        now_s = time.monotonic()
        if now_s < self._next_s or sip.isdeleted(self):
            return
        self._next_s = now_s + _PICTURE_EVERY_S
        width = min(_PICTURE_PX, picture.width)
        self.arrived.emit(to_image(picture, width))

    def prepare(self, picture: VideoPicture) -> Callable[[], None]:
        return lambda: self.show_picture(picture)

    def clear(self) -> None:
        """The last picture stays."""

    def set_zoom(self, x: float, y: float, w: float, h: float) -> None:
        """The whole picture is drawn on."""

    def set_contrast(self, contrast: float) -> None:
        """As the camera has it."""

    def set_sharpness(self, sharpness: float) -> None:
        """As the camera has it."""

    def set_deinterlace(self, on: bool) -> None:
        """As the camera has it."""


class Trial(QObject):
    """Follows a form of a detector until `close`.

    Signals: `pictured(QImage)`; `told(PreviewNotice)`; `refused(str)`, "" when it works again;
    `restarted()` when other settings are tried.
    """

    pictured = pyqtSignal(object)
    told = pyqtSignal(object)
    refused = pyqtSignal(str)
    restarted = pyqtSignal()

    def __init__(self, feeds: Feeds, camera: str, model: FormModel) -> None:
        super().__init__()
        self._camera = camera
        self._model = model
        self._pictures = _Pictures()
        self._pictures.arrived.connect(self.pictured)
        low = model.value("stream") == StreamRole.LOW
        role = StreamRole.LOW if low else StreamRole.HIGH
        self._source = feeds.live(camera, role, False, Gate(self._pictures))
        self._source.start()
        self._feed = TrialFeed(feeds.network, feeds.link)
        self._feed.on_notice = self._on_notice
        self._feed.on_refused = self._on_refused
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._send)
        model.value_changed.connect(self._on_value)
        model.reloaded.connect(self._settle.start)
        self._send()

    def close(self) -> None:
        self._settle.stop()
        self._feed.stop()
        self._source.close()
        self.deleteLater()

    def _on_value(self, name: str) -> None:
        if self._model.applies(name):
            self._settle.start()

    def _send(self) -> None:
        if not self._model.errors:
            fields = [field.name for field in self._model.schema.fields]
            values = {name: self._model.value(name) for name in fields}
            self._feed.change(self._camera, values)
            self.restarted.emit()

    def _on_notice(self, notice: PreviewNotice) -> None:
        if not sip.isdeleted(self):
            self.told.emit(notice)

    def _on_refused(self, text: str) -> None:
        if not sip.isdeleted(self):
            self.refused.emit(text)


class _Minute(QWidget):
    """The last 60 s, now at the right: red where the detector would have reported."""

    def __init__(self, log: FireLog) -> None:
        super().__init__()
        self._log = log
        self.setMinimumHeight(12)

    def sizeHint(self) -> QSize:
        return QSize(400, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(palette.LINE))
        for span in self._log.spans:
            left, right = self._x(span.begin_us), self._x(span.end_us or self._log.now_us)
            place = QRectF(left, 0, max(2.0, right - left), self.height())
            painter.fillRect(place, colour(palette.RED))

    def _x(self, time_us: int) -> float:
        age = (self._log.now_us - time_us) / WINDOW_US
        return self.width() * (1 - min(1.0, max(0.0, age)))


class TrialStrip(QWidget):
    """Whether it fires now, and the last minute.

    Signals: `cells_wanted(bool)`; `backtest_asked()`.
    """

    cells_wanted = pyqtSignal(bool)
    backtest_asked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.log = FireLog()
        self._trouble = ""
        self._line = label("", "second", wrap=True)
        self._minute = _Minute(self.log)
        self.cells = QCheckBox(self.tr("Show what differs from the background"))
        self.cells.toggled.connect(self.cells_wanted)
        text = self.tr("Try it on what was recorded…")
        back = button(text, "", "history", self.backtest_asked.emit)
        self.setLayout(column(self._line, self._minute, self.cells, row(back, 1)))
        self._say()

    def take(self, notice: PreviewNotice) -> None:
        self.log.feed(notice.time_us, notice.marks)
        self._say()

    def refuse(self, text: str) -> None:
        self._trouble = text
        self._say()

    def restart(self) -> None:
        self.log.restart()
        self._say()

    def _say(self) -> None:
        count = len(self.log.spans)
        if self._trouble:
            text, tone = self.tr("Cannot be tried: {0}").format(self._trouble), "error"
        elif self.log.firing:
            text, tone = self.tr("With these settings it fires now"), "bad"
        elif count:
            times = self.tr("once") if count == 1 else self.tr("{0} times").format(count)
            text = self.tr("With these settings it fired {0} in the last minute")
            text, tone = text.format(times), "second"
        else:
            text, tone = self.tr("With these settings it is quiet"), "second"
        self._line.setText(text)
        set_tone(self._line, tone, "role")
        self._minute.update()
