"""The window: log-in page and work page, one at a time; full screen; its place is remembered."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QCloseEvent, QKeySequence
from PyQt5.QtWidgets import QMainWindow, QShortcut, QStackedWidget

from axxon_client.model.preferences import Preferences
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.login.page import LoginPage
from axxon_client.ui.theme import icons, palette

_FIRST_SIZE = QSize(1366, 768)
_LEAST_SIZE = QSize(1024, 640)


class Window(QMainWindow):
    """Signals: `closing()`."""

    closing = pyqtSignal()

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Axxon")
        self.setWindowIcon(icons.icon("cctv", palette.ACCENT))
        self.setMinimumSize(_LEAST_SIZE)
        self.resize(_FIRST_SIZE)
        self._preferences = preferences
        self.login = LoginPage(preferences)
        self.work: WorkPage | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.login)
        self.setCentralWidget(self._stack)
        geometry = preferences.bytes("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        shortcut = QShortcut(QKeySequence("F11"), self)
        shortcut.activated.connect(self.toggle_full_screen)

    def show_work(self, work: WorkPage) -> None:
        self.work = work
        self._stack.addWidget(work)
        self._stack.setCurrentWidget(work)
        work.watch.grid.setFocus()

    def show_login(self) -> None:
        """The work page goes."""
        work, self.work = self.work, None
        self._stack.setCurrentWidget(self.login)
        if work is not None:
            self._stack.removeWidget(work)
            work.deleteLater()
        self.setWindowTitle("Axxon")
        self.login.focus_first()

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowFullScreen)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._preferences.set_bytes("geometry", self.saveGeometry())
        self.closing.emit()
        event.accept()
