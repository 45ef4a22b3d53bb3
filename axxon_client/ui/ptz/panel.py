"""Camera controls: one panel for all that the active camera can be told to do."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QScrollArea

from axxon_client.model.ptz import Steering
from axxon_client.model.session import Session
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.ptz.ports import Ports
from axxon_client.ui.ptz.presets import Presets
from axxon_client.ui.ptz.speak import Speak
from axxon_client.ui.ptz.steer import SteerPart
from axxon_client.ui.widgets.basics import button, column, label, row, set_tone, tool
from axxon_client.ui.widgets.scrolled import Scrolled

PANEL_PX = 260


class ControlPanel(QFrame):
    """Signals: `closed()`; `pointing(bool)`."""

    closed = pyqtSignal()
    pointing = pyqtSignal(bool)

    def __init__(self, session: Session, feeds: Feeds | None) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setFixedWidth(PANEL_PX)
        self._session = session
        self.camera = ""
        self.steering = Steering(session, self)
        self.title = label("", "title", wrap=True)
        self.who = label("", "caption", wrap=True)
        self.release = button(self.tr("Release"), "link", "", self.steering.release)
        self.steer = SteerPart(self.steering)
        self.presets = Presets(self.steering)
        self.ports = Ports(session)
        self.speak = Speak(session, feeds)
        self.nothing = label(self.tr("This camera has nothing to control."), "second", wrap=True)
        close = tool("close", self.tr("Close"), self.closed.emit)
        head = row(self.title, 1, close)
        parts = column(
            head, row(self.who, 1, self.release), self.nothing, self.steer, self.presets,
            self.ports, self.speak, 1, margins=12, space=12,
        )  # fmt: skip
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        scroll.setWidget(Scrolled(parts))
        self.setLayout(column(scroll))
        self.steer.pointing.connect(self.pointing)
        self.steering.changed.connect(self.refresh)
        self.steering.told.connect(self._complain)

    def show_camera(self, camera: str) -> None:
        if camera == self.camera:
            return
        self.camera = camera
        self.title.setText(self._session.store.title(camera) or self.tr("No camera"))
        self.steering.show(camera)
        self.ports.show_camera(camera)
        self.speak.show_camera(camera)
        self.refresh()

    def leave(self) -> None:
        """Nobody looks any more: nothing goes on moving or listening."""
        self.steering.show("")
        self.speak.end()
        self.camera = ""

    def refresh(self) -> None:
        ptz = self._session.devices.has_ptz(self.camera)
        self.steer.setVisible(ptz)
        self.nothing.setVisible(
            not ptz and self.ports.isHidden() and self.speak.isHidden() and bool(self.camera)
        )
        self.steer.refresh()
        self.presets.refresh()
        if not ptz:
            self.presets.hide()
        self._say_who(ptz)

    def _say_who(self, ptz: bool) -> None:
        other = self.steering.held_by_other
        mine = self.steering.holder.user == self._session.user and bool(self._session.user)
        text = ""
        if ptz and other:
            text = self.tr("{0} steers it now").format(other)
        elif ptz and mine:
            text = self.tr("You steer it")
        elif ptz and self.steering.holder.patrol:
            text = self.tr("On patrol")
        self.who.setText(text)
        self.who.setVisible(bool(text))
        set_tone(self.who, "warning" if other else "caption", "role")
        self.release.setVisible(ptz and mine and not other)

    def _complain(self, text: str) -> None:
        self.who.setText(text)
        self.who.show()
        set_tone(self.who, "error", "role")
