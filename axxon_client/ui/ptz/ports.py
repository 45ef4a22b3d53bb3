"""A camera's sensors and relays: their state now, and switches."""

from __future__ import annotations

from PyQt5.QtWidgets import QWidget

from axxon_client.model import words
from axxon_client.model.session import Session
from axxon_client.ui.settings.panel import kind_icon
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.basics import button, chip, column, label, row, set_tone
from protocol.devicetypes import IoState
from protocol.messages import SwitchRelay
from protocol.types import ObjectKind, Right


class Ports(QWidget):
    """Hidden while the camera has none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._camera = ""
        self._rows = column(space=4)
        self._shown: list[QWidget] = []
        self.chips: dict[str, QWidget] = {}
        self.setLayout(column(label(self.tr("Sensors and relays"), "section"), self._rows))
        session.devices.io_changed.connect(self._on_changed)
        self.hide()

    def show_camera(self, camera: str) -> None:
        self._camera = camera
        self._fill()

    def _fill(self) -> None:
        for row_ in self._shown:
            self._rows.removeWidget(row_)
            row_.hide()
            row_.deleteLater()
        self.chips.clear()
        states = sorted(
            self._session.devices.ports_of(self._camera),
            key=lambda one: (one.kind is ObjectKind.RELAY, one.object_id),
        )
        self._shown = [self._row(state) for state in states]
        for row_ in self._shown:
            self._rows.addWidget(row_)
        self.setVisible(bool(states))

    def _row(self, state: IoState) -> QWidget:
        record = self._session.store.get(state.object_id)
        name = record.name if record is not None else state.object_id
        picture = label()
        relay = state.kind is ObjectKind.RELAY
        ratio = self.devicePixelRatioF()
        picture.setPixmap(
            icons.pixmap(kind_icon(state.kind), palette.ICON, palette.TEXT_SECOND, ratio)
        )
        told = chip()
        self.chips[state.object_id] = told
        line = row(picture, label(name), 1, told, space=8)
        if relay and self._session.may(Right.CONTROL):
            turn = button(self.tr("Off") if state.active else self.tr("On"))
            turn.clicked.connect(lambda: self._switch(state.object_id, not state.active))
            line.addWidget(turn)
        self._tell(told, state)
        made = QWidget()
        made.setLayout(line)
        return made

    def _tell(self, told: QWidget, state: IoState) -> None:
        words_ = {True: words.tr("Active"), False: words.tr("Quiet"), None: words.tr("Unknown")}
        told.setText(words_[state.active])  # type: ignore[attr-defined]
        tones = {True: "amber", False: "green", None: ""}
        set_tone(told, tones[state.active])

    def _switch(self, relay: str, on: bool) -> None:
        self._session.request(SwitchRelay(relay, on))

    def _on_changed(self, object_id: str) -> None:
        state = self._session.devices.io.get(object_id)
        if state is not None and state.camera == self._camera:
            self._fill()
