"""One export in the queue: what it is, how far it is, what can be done with it."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QLabel, QProgressBar, QToolButton

from axxon_client.model import words
from axxon_client.model.exporting import ended, form_name, notes, state_text, summary
from axxon_client.model.exports import Download
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.basics import Elided, column, label, row, set_tone, tool
from protocol.types import ExportRecord, ExportState

_TONES = {
    ExportState.DONE: ("check-circle-outline", palette.GREEN_HOVER, "good"),
    ExportState.FAILED: ("alert-circle-outline", palette.RED_HOVER, "bad"),
    ExportState.CANCELLED: ("cancel", palette.TEXT_SECOND, "caption"),
}
_BUSY = ("progress-clock", palette.ACCENT_HOVER, "caption")


class ExportRow(QFrame):
    """Signals: `pressed(str)`: "cancel", "delete", "stop", "save" or "folder"."""

    pressed = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "raised")
        self._icon = QLabel()
        self.title = Elided("")
        self.what = Elided("", "caption")
        self.state = label("", "caption", wrap=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.buttons: dict[str, QToolButton] = {
            "save": tool("tray-arrow-down", self.tr("Save to a folder…")),
            "folder": tool("folder-open-outline", self.tr("Open the folder")),
            "stop": tool("close", self.tr("Stop saving")),
            "cancel": tool("close", self.tr("Cancel the export")),
            "delete": tool("trash-can-outline", self.tr("Delete it from the server")),
        }
        line = row(self._icon, space=12)
        line.setContentsMargins(8, 6, 0, 6)
        texts = column(self.title, self.what, self.state, self.progress, space=2)
        line.addLayout(texts, 1)
        for name, made in self.buttons.items():
            made.clicked.connect(lambda _on=False, act=name: self.pressed.emit(act))
            line.addWidget(made)
        line.setSpacing(0)
        line.insertSpacing(1, 12)
        self.setLayout(line)

    def show_job(
        self, job: ExportRecord, download: Download | None, wished: Path | None, now_us: int
    ) -> None:
        """How it stands; `wished`: it will be saved there when it is ready."""
        name, tint, role = _TONES.get(job.state, _BUSY)
        self._icon.setPixmap(icons.pixmap(name, palette.ICON, tint, self.devicePixelRatioF()))
        self.title.set_whole(" · ".join([summary(job), form_name(job.form), *notes(job)]))
        begin = words.date_and_clock(job.begin_us, now_us)
        lasted = words.lasted(job.end_us - job.begin_us)
        told = [begin, lasted, job.user, *([job.comment] if job.comment else [])]
        self.what.set_whole(" · ".join(told))
        self.state.setText(self._state(job, download, wished))
        set_tone(self.state, self._role(role, download), "role")
        share = self._share(job, download)
        self.progress.setVisible(share is not None)
        self.progress.setValue(round((share or 0.0) * 1000))
        self._offer(job, download)

    def _state(self, job: ExportRecord, download: Download | None, wished: Path | None) -> str:
        if download is None:
            text = state_text(job)
            if wished is not None and not ended(job):
                text += "\n" + self.tr("It will be saved to {0}").format(wished)
            return text
        if download.error:
            return download.error
        if download.done:
            return self.tr("Saved: {0}").format(download.path.name)
        share = download.received_bytes / max(1, job.file_bytes)
        return self.tr("Saving… {0} %").format(round(share * 100))

    def _role(self, role: str, download: Download | None) -> str:
        if download is None or download.done:
            return role
        return "bad" if download.error else "caption"

    def _share(self, job: ExportRecord, download: Download | None) -> float | None:
        if download is not None and download.under_way:
            return download.received_bytes / max(1, job.file_bytes)
        return None if ended(job) else job.share

    def _offer(self, job: ExportRecord, download: Download | None) -> None:
        """Only what makes sense now."""
        under_way = download is not None and download.under_way
        shown = {
            "save": job.state is ExportState.DONE and not under_way,
            "folder": download is not None and download.done,
            "stop": under_way,
            "cancel": not ended(job),
            "delete": ended(job) and not under_way,
        }
        for name, made in self.buttons.items():
            made.setVisible(shown[name])
