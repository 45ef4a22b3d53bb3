"""The export queue: the server's jobs, how far they are, and the way to their files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt5.QtCore import QEvent, QObject, Qt, QUrl, pyqtSignal
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from axxon_client.model import words
from axxon_client.model.exports import Downloads
from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.ui.exports.row import ExportRow
from axxon_client.ui.exports.sheet import FOLDER_KEY, ask_folder
from axxon_client.ui.widgets.basics import column, label, row, tool
from axxon_client.ui.widgets.states import EmptyState, Skeleton
from protocol.types import ExportRecord, ExportState

_WIDTH = 400
_MARGIN = 16
_LEAST_PX = 240
_MAX_ROWS = 100  # the server keeps fewer


class ExportQueue(QFrame):
    """A panel in the bottom right corner of its host; Esc closes it.

    Signals: `told(tone, title, detail, action text or "", callable)` for a toast.
    """

    told = pyqtSignal(str, str, str, str, object)

    def __init__(
        self, host: QWidget, session: Session, downloads: Downloads, preferences: Preferences
    ) -> None:
        super().__init__(host)
        self.setObjectName("popover")
        self.setAttribute(Qt.WA_StyledBackground)
        self.setFocusPolicy(Qt.StrongFocus)
        self.setAccessibleName(self.tr("Exports"))
        self._host = host
        self._session = session
        self._book = session.exports
        self._preferences = preferences
        self.downloads = downloads
        self.rows: dict[str, ExportRow] = {}
        self._bottom = _MARGIN
        self.room = label("", "caption")
        head = row(label(self.tr("Exports"), "title"), 1, self.room, space=8)
        head.addWidget(tool("close", self.tr("Close"), self.hide, "Esc", 18))
        head.setContentsMargins(16, 8, 8, 8)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(8, 0, 8, 8)
        self._list.setSpacing(4)
        self._list.addStretch(1)
        inner = QWidget()
        inner.setObjectName("scrolled")
        inner.setLayout(self._list)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        self._empty = EmptyState(
            "tray-arrow-down",
            self.tr("No exports"),
            self.tr("In the archive, mark a period with [ and ], then press E."),
            small=True,
        )
        self._skeleton = Skeleton(3)
        self.setLayout(column(head, self._scroll, self._empty, self._skeleton, space=0))
        self._book.changed.connect(self.refresh)
        self._book.ready.connect(self._on_ready)
        downloads.changed.connect(self._on_download)
        downloads.saved.connect(self._on_saved)
        downloads.failed.connect(self._on_failed)
        host.installEventFilter(self)
        self.hide()
        self.refresh()

    # --- where it is

    def open(self) -> None:
        self._book.refresh()
        self.place()
        self.show()
        self.raise_()
        self.setFocus()

    def toggle(self) -> None:
        if self.isVisible():
            self.hide()
        else:
            self.open()

    def set_bottom(self, bottom: int) -> None:
        """Keep clear of what stands at the bottom of the page."""
        self._bottom = bottom
        self.place()

    def place(self) -> None:
        room = self._host.height() - self._bottom - 56
        wanted = 64 + sum(one.sizeHint().height() + 4 for one in self.rows.values())
        height = max(_LEAST_PX, min(room, wanted))
        left = self._host.width() - _WIDTH - _MARGIN
        self.setGeometry(left, self._host.height() - self._bottom - height, _WIDTH, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Resize and self.isVisible():
            self.place()
        return False

    # --- what it shows

    def refresh(self) -> None:
        jobs = self._book.jobs[:_MAX_ROWS]
        wanted = {job.id for job in jobs}
        for key in [key for key in self.rows if key not in wanted]:
            self._drop(key)
        for number, job in enumerate(jobs):
            one = self.rows.get(job.id) or self._add(job)
            if self._list.indexOf(one) != number:
                self._list.removeWidget(one)
                self._list.insertWidget(number, one)
            self._show(one, job)
        loading = not self._book.loaded and not jobs
        self._scroll.setVisible(bool(jobs))
        self._empty.setVisible(not jobs and not loading)
        self._skeleton.setVisible(loading)
        if self._book.limit_bytes:
            used, limit = words.size(self._book.used_bytes), words.size(self._book.limit_bytes)
            self.room.setText(self.tr("{0} of {1} on the server").format(used, limit))
        if self.isVisible():
            self.place()

    def _add(self, job: ExportRecord) -> ExportRow:
        made = ExportRow()
        key = job.id
        acts: dict[str, Callable[[], object]] = {
            "cancel": lambda: self._book.cancel(key),
            "delete": lambda: self._book.delete(key),
            "stop": lambda: self.downloads.cancel(key),
            "save": lambda: self.save(key),
            "folder": lambda: self.show_folder(key),
        }
        made.pressed.connect(lambda act: acts[act]())
        self.rows[key] = made
        return made

    def _drop(self, key: str) -> None:
        gone = self.rows.pop(key)
        self._list.removeWidget(gone)
        gone.hide()
        gone.deleteLater()

    def _show(self, one: ExportRow, job: ExportRecord) -> None:
        now_us = self._session.clock.now_us()
        wished = self.downloads.wished(job.id)
        one.show_job(job, self.downloads.get(job.id), wished, now_us)

    def _on_download(self, key: str) -> None:
        job, one = self._book.get(key), self.rows.get(key)
        if job is not None and one is not None:
            self._show(one, job)

    # --- doing

    def save(self, key: str, folder: Path | None = None) -> None:
        """To a folder; asked for unless given."""
        job = self._book.get(key)
        if job is None or job.state is not ExportState.DONE:
            return
        if folder is None:
            chosen = ask_folder(self, self.tr("Save to"), self._preferences.text(FOLDER_KEY))
            if not chosen:
                return
            folder = Path(chosen)
            self._preferences.set_text(FOLDER_KEY, chosen)
        self.downloads.start(job, folder)

    def show_folder(self, key: str) -> None:
        one = self.downloads.get(key)
        if one is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(one.path.parent)))

    # --- telling

    def _on_ready(self, job: ExportRecord) -> None:
        if job.user != self._session.user or job.state is ExportState.CANCELLED:
            return
        if job.state is ExportState.FAILED:
            self._tell("red", self.tr("The export failed"), job.text)
        elif self.downloads.get(job.id) is None and self.downloads.wished(job.id) is None:
            self._tell("green", self.tr("The export is ready"), job.file_name)

    def _on_saved(self, key: str, path: str) -> None:
        text = self.tr("Open folder")
        run: Callable[[], object] = lambda: self.show_folder(key)  # noqa: E731
        self.told.emit("green", self.tr("Saved"), path, text, run)

    def _on_failed(self, _key: str, text: str) -> None:
        self._tell("red", self.tr("The file could not be saved"), text)

    def _tell(self, tone: str, title: str, detail: str) -> None:
        self.told.emit(tone, title, detail, self.tr("Show exports"), self.open)
