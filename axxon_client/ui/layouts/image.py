"""Image processing of one tile: contrast, sharpness, deinterlacing, zoom."""

from __future__ import annotations

from attrs import evolve, frozen
from PyQt5.QtCore import QPoint, Qt, pyqtSignal
from PyQt5.QtWidgets import QCheckBox, QFrame, QGridLayout, QLabel, QSlider, QWidget

from axxon_client.ui.widgets.basics import button, column, label, row


@frozen
class ImageSettings:
    """`contrast` 1.0 as sent [0.5; 2]; `sharpness` 0 as sent [0; 1]."""

    contrast: float = 1.0
    sharpness: float = 0.0
    deinterlace: bool = False


class ImagePopover(QFrame):
    """Signals: `altered(ImageSettings)`; `zoomed(float)` the wanted factor, 1 = whole."""

    altered = pyqtSignal(object)
    zoomed = pyqtSignal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.Popup | Qt.FramelessWindowHint)
        self.setObjectName("popover")
        self.setAttribute(Qt.WA_StyledBackground)
        self._settings = ImageSettings()
        self._filling = False
        self._contrast, contrast_value = _slider(50, 200)
        self._sharpness, sharpness_value = _slider(0, 100)
        self._zoom, zoom_value = _slider(100, 1200)
        self._values = [contrast_value, sharpness_value, zoom_value]
        self._deinterlace = QCheckBox(self.tr("Deinterlace (remove combing)"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        rows = [
            (self.tr("Contrast"), self._contrast, contrast_value),
            (self.tr("Sharpness"), self._sharpness, sharpness_value),
            (self.tr("Zoom"), self._zoom, zoom_value),
        ]
        for number, (name, slider, value) in enumerate(rows):
            grid.addWidget(label(name, "second"), number, 0)
            grid.addWidget(slider, number, 1)
            grid.addWidget(value, number, 2)
        body = column(label(self.tr("Image processing"), "title"), space=8, margins=16)
        body.addLayout(grid)
        body.addWidget(self._deinterlace)
        body.addLayout(
            row(1, button(self.tr("As the camera sends it"), "", "restore", self._reset))
        )
        self.setLayout(body)
        self._contrast.valueChanged.connect(self._on_image)
        self._sharpness.valueChanged.connect(self._on_image)
        self._deinterlace.toggled.connect(self._on_image)
        self._zoom.valueChanged.connect(self._on_zoom)

    def open_at(self, place: QPoint, settings: ImageSettings, zoom_factor: float) -> None:
        """`place`: global; the popover stands above it and inside the screen."""
        self._filling = True
        self._settings = settings
        self._contrast.setValue(round(settings.contrast * 100))
        self._sharpness.setValue(round(settings.sharpness * 100))
        self._deinterlace.setChecked(settings.deinterlace)
        self._zoom.setValue(round(zoom_factor * 100))
        self._filling = False
        self._say()
        self.adjustSize()
        self.move(place - QPoint(self.width() // 2, self.height() + 8))
        self.show()
        self._contrast.setFocus()

    def _on_image(self) -> None:
        self._say()
        if self._filling:
            return
        self._settings = evolve(
            self._settings,
            contrast=self._contrast.value() / 100,
            sharpness=self._sharpness.value() / 100,
            deinterlace=self._deinterlace.isChecked(),
        )
        self.altered.emit(self._settings)

    def _on_zoom(self) -> None:
        self._say()
        if not self._filling:
            self.zoomed.emit(self._zoom.value() / 100)

    def _say(self) -> None:
        contrast, sharpness, zoom_value = self._values
        contrast.setText(f"{self._contrast.value()} %")
        sharpness.setText(f"{self._sharpness.value()} %")
        zoom_value.setText(f"{self._zoom.value() / 100:.1f}×")

    def _reset(self) -> None:
        self._contrast.setValue(100)
        self._sharpness.setValue(0)
        self._deinterlace.setChecked(False)
        self._zoom.setValue(100)


def _slider(low: int, high: int) -> tuple[QSlider, QLabel]:
    slider = QSlider(Qt.Horizontal)
    slider.setRange(low, high)
    slider.setMinimumWidth(180)
    value = label("", "caption")
    value.setMinimumWidth(44)
    value.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
    return slider, value
