"""The bar over the tiles: what is shown, and how all fares, worst trouble first."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QToolButton

from axxon_client.model import words
from axxon_client.model.layouts import GRIDS
from axxon_client.model.session import Session
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.basics import Elided, label, set_tone, tool, with_shortcut
from protocol.messages import LoadStep

_LONGEST_LOAD = "cpu 100 %"


class Indicator(QToolButton):
    """An icon with a number; hidden at nothing."""

    def __init__(self, icon: str, tint: str, tip: str) -> None:
        super().__init__()
        self.setProperty("kind", "text")
        self.setToolButtonStyle(Qt.ToolButtonTextBesideIcon)
        self.setIcon(icons.icon(icon, tint, tint))
        self.setIconSize(QSize(16, 16))
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.TabFocus)


class TopBar(QFrame):
    """Signals: `grid_chosen(int cells)`; `camera_chosen(str)` from the list of troubles;
    `save_asked()`; `alarms_asked()`; `archive_toggled(bool)`; `exports_asked()`."""

    grid_chosen = pyqtSignal(int)
    camera_chosen = pyqtSignal(str)
    save_asked = pyqtSignal()
    alarms_asked = pyqtSignal()
    archive_toggled = pyqtSignal(bool)
    exports_asked = pyqtSignal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setFixedHeight(palette.TOP_BAR)
        self._session = session
        self.title = Elided("", "title")
        self.save = tool(
            "content-save-outline",
            self.tr("Save the layout"),
            self.save_asked.emit,
            "Ctrl+Shift+S",
        )
        self.lost = label("", "chip")
        set_tone(self.lost, "red")
        self.lost.hide()
        self.alarms = Indicator("bell-ring-outline", palette.RED, self.tr("Cameras in alarm"))
        self.alarms.clicked.connect(self.alarms_asked)
        self.troubles = Indicator(
            "alert-outline", palette.AMBER, self.tr("Cameras without signal")
        )
        self.troubles.clicked.connect(self._open_troubles)
        tip = with_shortcut(self.tr("Exports"), "Ctrl+D")
        self.exports = Indicator("tray-arrow-down", palette.ACCENT, tip)
        self.exports.clicked.connect(self.exports_asked)
        self.recording = label("", "second")
        self.recording.setToolTip(self.tr("Cameras being recorded"))
        self.recording_dot = label()
        self.recording_dot.setPixmap(
            icons.pixmap("record", 14, palette.RED, self.devicePixelRatioF())
        )
        self.busy = label("", "chip")
        set_tone(self.busy, "amber")
        self.busy.hide()
        self.load = label("", "second")
        self.load.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self.load.setMinimumWidth(self.load.fontMetrics().horizontalAdvance(_LONGEST_LOAD))
        self.clock = label("", "title")
        self.clock.setToolTip(self.tr("Time of the server"))
        self.archive = tool("history", self.tr("Archive"), None, "A")
        self.archive.setCheckable(True)
        self.archive.clicked.connect(self.archive_toggled)
        self.grids = self._arrange()
        session.statuses.changed.connect(lambda _cameras: self._on_totals())
        session.statuses.system_changed.connect(self._on_system)
        session.link_changed.connect(lambda _state: self._on_link())
        session.alarms.waiting_changed.connect(lambda _count: self._on_totals())
        session.exports.changed.connect(self._on_exports)
        self._on_exports()
        self._on_totals()
        self._on_system()
        self.tick()

    def _arrange(self) -> QButtonGroup:
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 16, 0)
        line.setSpacing(4)
        line.addWidget(self.title, 1)
        # What comes and goes is left of the buttons, which keep their places under the pointer.
        for widget in (self.lost, self.busy, self.alarms, self.troubles, self.exports):
            line.addWidget(widget, 0, Qt.AlignVCenter)
        line.addWidget(self.save)
        line.addSpacing(8)
        grids = self._grid_buttons(line)
        line.addSpacing(4)
        line.addWidget(self.archive)
        line.addSpacing(20)
        line.addWidget(self.recording_dot)
        line.addWidget(self.recording)
        line.addSpacing(16)
        line.addWidget(self.load)
        line.addSpacing(16)
        line.addWidget(self.clock)
        return grids

    def _grid_buttons(self, line: QHBoxLayout) -> QButtonGroup:
        group = QButtonGroup(self)
        for number, cells in enumerate(GRIDS):
            made = QToolButton()
            made.setProperty("kind", "segment")
            made.setText(str(cells))
            made.setCheckable(True)
            made.setFocusPolicy(Qt.TabFocus)
            made.setToolTip(self.tr("{0} tiles  (Alt+{1})").format(cells, number + 1))
            group.addButton(made, cells)
            line.addWidget(made)
        group.idClicked.connect(self.grid_chosen)
        return group

    def set_layout(self, name: str, cells: int, altered: bool, may_save: bool) -> None:
        self.title.set_whole(f"{name} •" if altered and name else name)
        self.save.setVisible(altered and may_save)
        self.grids.setExclusive(False)
        for made in self.grids.buttons():
            made.setChecked(self.grids.id(made) == cells)
        self.grids.setExclusive(True)

    def set_page(self, title: str, watching: bool) -> None:
        """Other pages show their name and no tools of the grid."""
        self.title.set_whole(title)
        for made in self.grids.buttons():
            made.setVisible(watching)
        self.archive.setVisible(watching)
        if not watching:
            self.save.hide()

    def tick(self) -> None:
        """Once a second."""
        self.clock.setText(words.clock(self._session.clock.now_us()))

    def _on_totals(self) -> None:
        totals = self._session.statuses.totals()
        self.recording.setText(self.tr("REC {0}").format(totals.recording))
        self.recording.setVisible(totals.recording > 0)
        self.recording_dot.setVisible(totals.recording > 0)
        self.alarms.setText(str(len(totals.alarms)))
        self.alarms.setVisible(bool(totals.alarms))
        self.troubles.setText(str(len(totals.no_signal)))
        self.troubles.setVisible(bool(totals.no_signal))

    def _on_exports(self) -> None:
        """How many are under way; there while there are any."""
        running = self._session.exports.running
        self.exports.setText(str(running) if running else "")
        self.exports.setVisible(bool(self._session.exports.jobs))

    def _on_system(self) -> None:
        system = self._session.statuses.system
        self.load.setVisible(system is not None)
        self._show_busy(LoadStep.NORMAL if system is None else system.load_step)
        if system is not None:
            self.load.setText(self.tr("cpu {0} %").format(round(system.machine_percent)))
            disk = f"{words.size(system.archive_bytes)} / {words.size(system.archive_quota_bytes)}"
            memory = words.size(system.memory_bytes)
            self.load.setToolTip(
                self.tr("Server: its own cpu {0} %, memory {1}, archive {2}, clients {3}").format(
                    round(system.cpu_percent), memory, disk, system.clients
                )
            )

    def _show_busy(self, step: LoadStep) -> None:
        self.busy.setVisible(step is not LoadStep.NORMAL)
        self.busy.setText(words.load_step(step))
        told = words.load_step_told(step)
        text = self.tr("The server's processor is short: {0}. Recording goes on in full.")
        self.busy.setToolTip(text.format(told))

    def _on_link(self) -> None:
        link = self._session.link
        self.lost.setVisible(self._session.lost)
        self.lost.setText(self.tr("Server lost: connecting again…"))
        self.lost.setToolTip(link.reason)

    def _open_troubles(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        for camera in self._session.statuses.totals().no_signal:
            status = self._session.statuses.get(camera)
            reason = words.failure(status.failure) if status and status.failure else ""
            title = self._session.store.title(camera)
            action = menu.addAction(icons.icon("video-off-outline"), f"{title}: {reason}")
            action.triggered.connect(lambda _on=False, c=camera: self.camera_chosen.emit(c))
        menu.popup(self.troubles.mapToGlobal(self.troubles.rect().bottomLeft()))
