"""Areas of cameras' pictures that an export hides: drawn once a camera."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QButtonGroup, QComboBox, QToolButton, QWidget

from axxon_client.model.session import Session
from axxon_client.ui.widgets.basics import button, column, label, row
from axxon_client.ui.widgets.stills import Stills
from axxon_client.ui.widgets.zonecanvas import Polygon, ZoneCanvas

_FIELD = "masks"
_PICTURE_PX = 960


class MaskEditor(QWidget):
    """Signals: `edited()`; `closed()` by its button."""

    edited = pyqtSignal()
    closed = pyqtSignal()

    def __init__(self, session: Session, stills: Stills) -> None:
        super().__init__()
        self._session = session
        self._stills = stills
        self._time_us = 0
        self.masks: dict[str, list[Polygon]] = {}
        self.camera = QComboBox()
        self.camera.setAccessibleName(self.tr("Camera"))
        self.canvas = ZoneCanvas([_FIELD])
        self.remove = button(self.tr("Remove"), "", "trash-can-outline", self.canvas.remove_chosen)
        self.how = QButtonGroup(self)
        tools = row(self.camera, 1, space=4)
        for number, text in enumerate((self.tr("Black"), self.tr("Pixelated"))):
            made = QToolButton()
            made.setProperty("kind", "segment")
            made.setText(text)
            made.setCheckable(True)
            made.setChecked(number == 0)
            self.how.addButton(made, number)
            tools.addWidget(made)
        tools.addWidget(self.remove)
        hint = self.tr(
            "Click to set corners, click the first one to close. Drag corners to change. "
            "What is inside cannot be seen in the exported video."
        )
        back = button(self.tr("Done"), "primary", "", self.closed.emit)
        below = row(label(hint, "caption", wrap=True), back, space=16)
        below.setStretch(0, 1)
        self.setLayout(column(tools, self.canvas, below))
        self.camera.currentIndexChanged.connect(lambda _index: self._show())
        self.canvas.edited.connect(self._on_edited)
        self.canvas.chosen_changed.connect(self._on_chosen)
        self.how.idClicked.connect(lambda _number: self.edited.emit())
        self._on_chosen()

    @property
    def pixelate(self) -> bool:
        return self.how.checkedId() == 1

    @property
    def count(self) -> int:
        return sum(len(polygons) for polygons in self.masks.values())

    def open(self, cameras: list[str], time_us: int) -> None:
        """For these cameras, over their pictures of a moment."""
        self._time_us = time_us
        kept = self.camera.currentData()
        self.camera.blockSignals(True)
        self.camera.clear()
        for camera in cameras:
            self.camera.addItem(self._session.store.title(camera), camera)
        self.camera.setCurrentIndex(max(0, self.camera.findData(kept)))
        self.camera.blockSignals(False)
        self._show()
        self.canvas.setFocus()

    def _show(self) -> None:
        camera = self.camera.currentData() or ""
        self.canvas.set_polygons(_FIELD, self.masks.get(camera, []))

        def got(image: QImage | None) -> None:
            if image is not None and self.camera.currentData() == camera:
                self.canvas.set_image(image)

        if camera:
            self._stills.get(camera, self._time_us, got, self, _PICTURE_PX)

    def _on_edited(self, _field: str, polygons: list[Polygon]) -> None:
        camera = self.camera.currentData()
        if camera:
            self.masks[camera] = polygons
            self.edited.emit()

    def _on_chosen(self) -> None:
        self.remove.setEnabled(self.canvas.chosen is not None)
