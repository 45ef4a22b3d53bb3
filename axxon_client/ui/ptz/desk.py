"""Joins the control panel with the tiles, the pointer on the picture, and a USB joystick."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model.ptz import centring, framing
from axxon_client.model.session import Session
from axxon_client.model.zoom import Rect
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.layouts.watch import WatchPage
from axxon_client.ui.ptz.joystick import Joystick
from axxon_client.ui.ptz.panel import ControlPanel


class ControlDesk(QObject):
    """Signals: `said(tone, title, detail)`."""

    said = pyqtSignal(str, str, str)

    def __init__(
        self, parent: QObject, session: Session, feeds: Feeds | None, watch: WatchPage
    ) -> None:
        super().__init__(parent)
        self._watch = watch
        self.panel = ControlPanel(session, feeds)
        self.panel.hide()
        watch.middle.addWidget(self.panel)
        self.joystick = Joystick(self)
        self.joystick.moved.connect(self._on_joystick)
        self.joystick.pressed.connect(self._on_button)
        self.joystick.plugged.connect(self._on_plugged)
        self.panel.closed.connect(self.close)
        self.panel.pointing.connect(lambda _on: self._follow())
        watch.active_changed.connect(self._follow)
        watch.control_asked.connect(self.toggle)

    def toggle(self) -> None:
        if self.panel.isVisible():
            self.close()
        else:
            self.open()

    def open(self) -> None:
        self.panel.show()
        self.joystick.start()
        self._follow()

    def close(self) -> None:
        self.panel.hide()
        self.joystick.stop()
        self.panel.leave()
        self._follow()

    def _follow(self) -> None:
        """The panel is the active tile's; only its picture takes the pointer."""
        active = self._watch.active
        shown = self.panel.isVisible()
        if shown:
            self.panel.show_camera(active.camera if active is not None else "")
        pointing = shown and self.panel.steer.point.isChecked()
        for control in self._watch.controls:
            tile = control.tile
            mine = pointing and control is active
            if mine and not tile.pointing:
                tile.pointed.connect(self._on_point)
                tile.framed.connect(self._on_frame)
            elif not mine and tile.pointing:
                tile.pointed.disconnect(self._on_point)
                tile.framed.disconnect(self._on_frame)
            tile.set_pointing(mine)

    def _on_point(self, x: float, y: float) -> None:
        self.panel.steering.shift(*centring(x, y))

    def _on_frame(self, area: Rect) -> None:
        self.panel.steering.shift(*framing(area.x, area.y, area.w, area.h))

    def _on_joystick(self, pan: float, tilt: float, zoom: float) -> None:
        self.panel.steer.show_joystick(pan, tilt)
        self.panel.steering.move(pan, tilt, zoom)

    def _on_button(self, number: int) -> None:
        """Button n goes to the n-th preset."""
        presets = self.panel.steering.presets
        if number < len(presets):
            self.panel.steering.go_preset(presets[number].token)

    def _on_plugged(self, name: str) -> None:
        if name:
            self.said.emit("accent", self.tr("Joystick found"), name)
