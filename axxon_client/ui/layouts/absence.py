"""Why a tile has no picture, in words, with the action that helps."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from axxon_client.model.tile import Absence, Action
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.basics import button, label
from axxon_client.ui.widgets.states import Spinner

_LOW = 150  # px of height: only one line below
_NARROW = 220


class AbsencePanel(QWidget):
    """Fills a tile.  Signals: `asked(Action)` when the button was pressed."""

    asked = pyqtSignal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_StyledBackground)
        self._absence: Absence | None = None
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignCenter)
        self._spinner = Spinner(24)
        self._title = label("", "second", wrap=True)
        self._title.setAlignment(Qt.AlignCenter)
        self._detail = label("", "caption", wrap=True)
        self._detail.setAlignment(Qt.AlignCenter)
        self._button = button("", "", "", self._press)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 28, 16, 28)
        column.setSpacing(6)
        column.addStretch(1)
        column.addWidget(self._icon)
        column.addWidget(self._spinner, 0, Qt.AlignHCenter)
        column.addWidget(self._title)
        column.addWidget(self._detail)
        column.addSpacing(4)
        column.addWidget(self._button, 0, Qt.AlignHCenter)
        column.addStretch(1)
        self.hide()

    @property
    def absence(self) -> Absence | None:
        return self._absence

    def show_absence(self, absence: Absence | None) -> None:
        if absence == self._absence:
            return
        self._absence = absence
        if absence is None:
            self.hide()
            return
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icons.pixmap(absence.icon, 32, palette.TEXT_OFF, ratio))
        self._title.setText(absence.title)
        self._detail.setText(absence.detail)
        self._button.setText(absence.label)
        self._fit()
        self.show()

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        """A small tile says less."""
        absence = self._absence
        if absence is None:
            return
        roomy = self.height() >= _LOW and self.width() >= _NARROW
        self._icon.setVisible(roomy and not absence.busy)
        self._spinner.setVisible(absence.busy)
        self._detail.setVisible(bool(absence.detail) and roomy and self.height() >= 200)
        self._button.setVisible(absence.action is not Action.NONE and roomy)
        self.setToolTip("" if roomy else absence.detail)

    def _press(self) -> None:
        if self._absence is not None:
            self.asked.emit(self._absence.action)
