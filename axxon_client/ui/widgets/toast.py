"""Short messages at the bottom right: errors, long work, and the chance to undo."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QFrame, QLabel, QProgressBar, QWidget

from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.basics import button, column, label, row, tool

_STAY_MS = {"red": 12_000, "amber": 9_000, "green": 5_000, "accent": 5_000}
_MAX_SHOWN = 4  # older ones make room: a guard needs the picture, not the list
_WIDTH = 360
_ICONS = {
    "red": ("alert-circle-outline", palette.RED),
    "amber": ("alert-outline", palette.AMBER),
    "green": ("check-circle-outline", palette.GREEN),
    "accent": ("information-outline", palette.ACCENT),
}


class Toast(QFrame):
    """Signals: `closed()`."""

    closed = pyqtSignal()

    def __init__(
        self,
        tone: str,
        title: str,
        detail: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("toast")
        self.setFixedWidth(_WIDTH)
        name, tint = _ICONS[tone]
        picture = QLabel()
        picture.setPixmap(icons.pixmap(name, palette.ICON, tint, self.devicePixelRatioF()))
        self.title = label(title, wrap=True)
        self.detail = label(detail, "caption", wrap=True)
        self.detail.setVisible(bool(detail))
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.hide()
        texts = column(self.title, self.detail, self.progress, space=4)
        line = row(space=12)
        line.setContentsMargins(12, 8, 4, 8)
        line.addWidget(picture, 0, Qt.AlignTop)
        line.addLayout(texts, 1)
        if action is not None:
            text, run = action
            link = button(text, "link", "", run)
            link.clicked.connect(self.close_now)
            texts.addWidget(link, 0, Qt.AlignLeft)
        line.addWidget(tool("close", self.tr("Close"), self.close_now, size=16), 0, Qt.AlignTop)
        self.setLayout(line)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_now)
        if _STAY_MS[tone]:
            self._timer.start(_STAY_MS[tone])

    def stay(self) -> None:
        """Until closed: for long work."""
        self._timer.stop()

    def set_progress(self, share: float) -> None:
        self.progress.show()
        self.progress.setValue(round(share * 1000))

    def close_now(self) -> None:
        self.closed.emit()

    def enterEvent(self, event: QEvent) -> None:
        if self._timer.isActive():
            self._timer.start(self._timer.interval())


class ToastStack(QObject):
    """Keeps toasts in the bottom right corner of `host`."""

    def __init__(self, host: QWidget, bottom: int = 16) -> None:
        super().__init__(host)
        self._host = host
        self._bottom = bottom
        self._toasts: list[Toast] = []
        host.installEventFilter(self)

    def say(
        self,
        tone: str,
        title: str,
        detail: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> Toast:
        """The same words once more only restart the first ones."""
        for toast in self._toasts:
            if (toast.title.text(), toast.detail.text()) == (title, detail) and action is None:
                return toast
        toast = Toast(tone, title, detail, action)
        toast.setParent(self._host)
        toast.closed.connect(lambda: self._remove(toast))
        self._toasts.append(toast)
        while len(self._toasts) > _MAX_SHOWN:
            self._remove(self._toasts[0])
        toast.show()
        self._place()
        return toast

    def set_bottom(self, bottom: int) -> None:
        """Keep clear of what stands at the bottom of the page."""
        self._bottom = bottom
        self._place()

    @property
    def shown(self) -> list[Toast]:
        return list(self._toasts)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Resize, QEvent.Show):
            self._place()
        return False

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        bottom = self._host.height() - self._bottom
        for toast in reversed(self._toasts):
            height = toast.heightForWidth(_WIDTH) if toast.hasHeightForWidth() else 0
            toast.resize(_WIDTH, max(height, toast.sizeHint().height()))
            bottom -= toast.height()
            toast.move(self._host.width() - _WIDTH - 16, bottom)
            toast.raise_()
            bottom -= 8
