"""The steering part: pad, zoom, speed, pointing at the picture, lens, home and patrol."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QSlider, QToolButton, QWidget

from axxon_client.model.ptz import Steering
from axxon_client.ui.ptz.pad import Pad
from axxon_client.ui.widgets.basics import button, column, label, row, tool
from protocol.types import Capability

_LENS_SPEED = 0.6


class SteerPart(QWidget):
    """Signals: `pointing(bool)`: clicks on the picture shall steer."""

    pointing = pyqtSignal(bool)

    def __init__(self, steering: Steering) -> None:
        super().__init__()
        self._steering = steering
        self._way = (0.0, 0.0)
        self._zoom = 0.0
        self.pad = Pad()
        self.pad.moved.connect(self._on_pad)
        self.nearer = self._held("plus", self.tr("Zoom in"), self._on_zoom)
        self.farther = self._held("minus", self.tr("Zoom out"), lambda on: self._on_zoom(-on))
        self.speed = QSlider(Qt.Horizontal)
        self.speed.setRange(10, 100)
        self.speed.setValue(round(steering.speed * 100))
        self.speed.setAccessibleName(self.tr("Speed"))
        self.speed.valueChanged.connect(self._on_speed)
        self.point = tool("crosshairs-gps", self.tr("Click on the picture to centre it there; "
                          "draw a rectangle to zoom into it"), None)  # fmt: skip
        self.point.setCheckable(True)
        self.point.toggled.connect(self.pointing)
        self.home = tool("home-outline", self.tr("Home position"), steering.go_home)
        self.learn = tool("home-plus-outline", self.tr("Make this the home position"),
                          steering.set_home)  # fmt: skip
        self.patrol = tool("map-marker-path", self.tr("Patrol along the presets"), None)
        self.patrol.setCheckable(True)
        self.patrol.clicked.connect(steering.patrol)
        zoom = column(1, self.nearer, self.farther, 1, space=8)
        around = row(self.pad, space=8)
        around.addLayout(zoom)
        tools = row(self.point, self.home, self.learn, self.patrol, 1, space=4)
        self.setLayout(
            column(
                around,
                row(label(self.tr("Speed"), "caption"), self.speed),
                tools,
                self._lens(),
            )
        )

    def refresh(self) -> None:
        """What camera and role allow, and who steers."""
        steering = self._steering
        can = steering.can
        ptz = can(Capability.PTZ)
        for part in (self.pad, self.nearer, self.farther, self.speed):
            part.setEnabled(ptz)
        self.point.setEnabled(can(Capability.PTZ_RELATIVE))
        if not self.point.isEnabled():
            self.point.setChecked(False)
        for part in (self.home, self.learn):
            part.setEnabled(can(Capability.HOME))
        self.patrol.setEnabled(ptz and bool(steering.stops))
        self.patrol.setChecked(steering.holder.patrol)
        self.focus.setVisible(can(Capability.FOCUS))
        self.iris.setVisible(can(Capability.IRIS))

    def show_joystick(self, pan: float, tilt: float) -> None:
        self.pad.show_at(pan, tilt)

    def _lens(self) -> QWidget:
        lens = self._steering.lens
        self.focus = self._lens_row(
            self.tr("Focus"),
            (self.tr("Near"), lambda on: lens(focus=-_LENS_SPEED * on)),
            (self.tr("Far"), lambda on: lens(focus=_LENS_SPEED * on)),
            lambda: lens(auto_focus=True),
        )
        self.iris = self._lens_row(
            self.tr("Iris"),
            (self.tr("Close"), lambda on: lens(iris=-_LENS_SPEED * on)),
            (self.tr("Open"), lambda on: lens(iris=_LENS_SPEED * on)),
            lambda: lens(auto_iris=True),
        )
        part = QWidget()
        part.setLayout(column(self.focus, self.iris, space=4))
        return part

    def _lens_row(
        self,
        name: str,
        less: tuple[str, Callable[[bool], None]],
        more: tuple[str, Callable[[bool], None]],
        automatic: Callable[[], None],
    ) -> QWidget:
        title = label(name, "caption")
        title.setFixedWidth(48)
        line = row(title, space=4)
        for icon, (text, hold) in (("minus", less), ("plus", more)):
            line.addWidget(self._held(icon, f"{name}: {text}", hold), 1)
        line.addWidget(button(self.tr("Auto"), "", "", automatic), 1)
        part = QWidget()
        part.setLayout(line)
        return part

    def _held(self, icon: str, tip: str, run: Callable[[bool], None]) -> QToolButton:
        """Acts while it is pressed."""
        made = tool(icon, tip, None)
        made.pressed.connect(lambda: run(True))
        made.released.connect(lambda: run(False))
        return made

    def _on_pad(self, right: float, up: float) -> None:
        self._way = (right, up)
        self._steering.move(right, up, self._zoom)

    def _on_zoom(self, speed: float) -> None:
        self._zoom = speed
        self._steering.move(*self._way, speed)

    def _on_speed(self, percent: int) -> None:
        self._steering.speed = percent / 100
