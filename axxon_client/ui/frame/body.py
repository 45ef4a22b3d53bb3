"""Where rail, side panel and centre lie; how they fold, hide and come back."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QPoint, QPropertyAnimation, QRect, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QCursor
from PyQt5.QtWidgets import QApplication, QGestureEvent, QSwipeGesture, QWidget

from axxon_client.ui.theme import palette
from axxon_client.ui.theme.style import eased

_IDLE_MS = 8000  # without the pointer on it, an autohiding panel folds; as long again: the rail
_EDGE_PX = 3
_WATCH_MS = 250


class Body(QWidget):
    """The centre is resized once a fold, never during the motion: video goes on undisturbed.

    Signals: `folded_changed(bool)`.
    """

    folded_changed = pyqtSignal(bool)

    def __init__(self, rail: QWidget, panel: QWidget, centre: QWidget) -> None:
        super().__init__()
        self._rail, self._panel, self._centre = rail, panel, centre
        self._folded = False
        self._hidden = False
        self._autohide = False
        self._idle_ms = 0
        for part in (centre, panel, rail):
            part.setParent(self)
        self._slide = eased(QPropertyAnimation(panel, b"pos", self))
        self._slide.finished.connect(self._place)
        self._watch = QTimer(self)
        self._watch.setInterval(_WATCH_MS)
        self._watch.timeout.connect(self._on_watch)
        self.grabGesture(Qt.SwipeGesture)

    @property
    def folded(self) -> bool:
        return self._folded

    @property
    def rail_hidden(self) -> bool:
        return self._hidden

    def set_folded(self, folded: bool) -> None:
        if folded == self._folded:
            return
        self._folded = folded
        left = self._rail_width()
        self._slide.stop()
        eased(self._slide)
        if self._slide.duration():
            start, end = QPoint(left - self._panel.width(), 0), QPoint(left, 0)
            if not folded:
                self._place()
            self._slide.setStartValue(end if folded else start)
            self._slide.setEndValue(start if folded else end)
            self._panel.show()
            self._slide.start()
        else:
            self._place()
        self.folded_changed.emit(folded)

    def set_autohide(self, on: bool) -> None:
        self._autohide = on
        self._idle_ms = 0
        if on:
            self._watch.start()
        else:
            self._watch.stop()
            self.set_hidden(False)

    def set_hidden(self, hidden: bool) -> None:
        """The rail too; only when the panel is folded."""
        if hidden != self._hidden:
            self._hidden = hidden
            self._place()

    def _rail_width(self) -> int:
        return 0 if self._hidden else palette.RAIL

    def _place(self) -> None:
        rail = self._rail_width()
        panel = 0 if self._folded else palette.PANEL_WIDTH
        self._rail.setVisible(not self._hidden)
        self._rail.setGeometry(0, 0, palette.RAIL, self.height())
        self._panel.setVisible(not self._folded)
        self._panel.setGeometry(rail, 0, palette.PANEL_WIDTH, self.height())
        self._centre.setGeometry(rail + panel, 0, self.width() - rail - panel, self.height())
        self._rail.raise_()

    def resizeEvent(self, event: object) -> None:
        self._place()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QGestureEvent):
            swipe = event.gesture(Qt.SwipeGesture)
            if isinstance(swipe, QSwipeGesture):
                self._on_swipe(swipe)
                return True
        return super().event(event)

    def _panel_focused(self) -> bool:
        focused = QApplication.focusWidget()
        return bool(focused) and self._panel.isAncestorOf(focused)

    def _on_swipe(self, swipe: QSwipeGesture) -> None:
        if swipe.horizontalDirection() == QSwipeGesture.Right:
            self.set_hidden(False)
            self.set_folded(False)
        elif swipe.horizontalDirection() == QSwipeGesture.Left:
            self.set_folded(True)

    def _on_watch(self) -> None:
        """Only while autohide is on: fold after a while, hide after another, come back."""
        place = self.mapFromGlobal(QCursor.pos())
        at_edge = self.rect().contains(place) and place.x() < _EDGE_PX
        if self._hidden:
            if at_edge:
                self._idle_ms = 0
                self.set_hidden(False)
            return
        width = palette.RAIL + (0 if self._folded else palette.PANEL_WIDTH)
        busy = QRect(0, 0, width, self.height()).contains(place) or self._panel_focused()
        self._idle_ms = 0 if busy else self._idle_ms + _WATCH_MS
        if self._idle_ms >= _IDLE_MS:
            self._idle_ms = 0
            if self._folded:
                self.set_hidden(True)
            else:
                self.set_folded(True)
