"""How one stream of a device is encoded: what it is, and what it may be set to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve
from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from axxon_client.ui.widgets.basics import button, column, label, row, set_tone
from protocol.devicetypes import DeviceStream, Range, StreamSetup

_FIELD_PX = 200


class StreamPart(QWidget):
    """Signals: `asked(str token, StreamSetup)` only with what is to change."""

    asked = pyqtSignal(str, object)

    def __init__(self, stream: DeviceStream, may_change: bool) -> None:
        super().__init__()
        self._stream = stream
        self._reads: dict[str, Callable[[], Any]] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self.state = label("", "caption", wrap=True)
        self.go = button(self.tr("Apply to the camera"), "", "", self._ask)
        self._fill(stream.setup, may_change)
        title = label(stream.name or stream.token, "section")
        can = bool(self._reads)
        self.go.setVisible(can)
        none = label(self.tr("The camera does not let this be changed."), "caption", wrap=True)
        none.setVisible(not can)
        self.setLayout(column(title, self._grid, none, row(self.state, 1, self.go), space=8))

    def told(self, setup: StreamSetup) -> None:
        """What the camera made of it."""
        self._stream = evolve(self._stream, setup=setup)
        self._fill(setup, True)
        self.go.setEnabled(True)
        self._say(self.tr("The camera has taken it."), "caption")

    def refused(self, text: str) -> None:
        self.go.setEnabled(True)
        self._say(text, "error")

    def _fill(self, setup: StreamSetup, may_change: bool) -> None:
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self._reads.clear()
        options = self._stream.options
        sizes = [(f"{one.width}×{one.height}", (one.width, one.height)) for one in options.sizes]
        codecs = [(codec.upper(), codec) for codec in options.codecs]
        size = (setup.width, setup.height)
        shown = f"{setup.width}×{setup.height}" if setup.width and setup.height else "–"
        self._choice("codec", self.tr("Codec"), setup.codec, codecs, may_change)
        self._choice("size", self.tr("Picture size"), size, sizes, may_change, shown)
        rate = setup.bitrate_bps / 1000 if setup.bitrate_bps is not None else None
        bits = options.bitrate_bps
        kilo = Range(bits.least / 1000, bits.most / 1000) if bits is not None else None
        for name, text, value, span, unit in (
            ("fps", self.tr("Pictures a second"), setup.fps, options.fps, "fps"),
            ("bitrate_bps", self.tr("Bitrate"), rate, kilo, "kbit/s"),
            ("gop", self.tr("Key frame every"), setup.gop, options.gop, self.tr("pictures")),
            ("quality", self.tr("Quality"), setup.quality, options.quality, ""),
        ):
            self._number(name, text, value, span, unit, may_change)

    def _choice(
        self,
        name: str,
        text: str,
        value: object,
        options: list[tuple[str, Any]],
        may_change: bool,
        shown: str = "",
    ) -> None:
        if not options or not may_change:
            self._fixed(text, shown or (str(value).upper() if value else "–"))
            return
        combo = QComboBox()
        combo.setFixedWidth(_FIELD_PX)
        combo.setAccessibleName(text)
        for title, data in options:
            combo.addItem(title, data)
        places = [data for _title, data in options]
        combo.setCurrentIndex(places.index(value) if value in places else -1)
        self._reads[name] = combo.currentData
        self._line(text, combo, "")

    def _number(
        self,
        name: str,
        text: str,
        value: float | None,
        span: Range | None,
        unit: str,
        may_change: bool,
    ) -> None:
        if span is None or not may_change:
            if value is not None:
                self._fixed(text, f"{value:g} {unit}".strip())
            return
        line = QLineEdit("" if value is None else f"{value:g}")
        line.setFixedWidth(_FIELD_PX)
        line.setAccessibleName(text)
        self._reads[name] = lambda: line.text().strip().replace(",", ".")
        self._line(text, line, f"{unit}  {span.least:g} – {span.most:g}".strip())

    def _fixed(self, text: str, value: str) -> None:
        self._line(text, label(value), "")

    def _line(self, text: str, field: QWidget, hint: str) -> None:
        number = self._grid.rowCount()
        self._grid.addWidget(label(text), number, 0)
        self._grid.addWidget(field, number, 1)
        self._grid.addWidget(label(hint, "caption"), number, 2)
        self._grid.setColumnStretch(2, 1)

    def _ask(self) -> None:
        try:
            wanted = self._wanted()
        except ValueError as error:
            self._say(str(error), "error")
            return
        if wanted == StreamSetup():
            self._say(self.tr("Nothing was changed."), "caption")
            return
        self.go.setEnabled(False)
        self._say(self.tr("Asking the camera…"), "caption")
        self.asked.emit(self._stream.token, wanted)

    def _wanted(self) -> StreamSetup:
        """Only what differs.  ValueError with a sentence."""
        now, options = self._stream.setup, self._stream.options
        given: dict[str, Any] = {}
        for name, read in self._reads.items():
            value = read()
            if name == "size":
                if value is not None and value != (now.width, now.height):
                    given["width"], given["height"] = value
            elif name == "codec":
                if value is not None and value != now.codec:
                    given["codec"] = value
            elif value:
                number = self._parsed(name, value, getattr(options, name))
                if number != getattr(now, name):
                    given[name] = number
        return StreamSetup(**given)

    def _parsed(self, name: str, text: str, span: Range) -> float | int:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(self.tr("{0} is not a number.").format(text)) from None
        if name == "bitrate_bps":
            value *= 1000
        if not span.least <= value <= span.most:
            raise ValueError(self.tr("{0} is out of the camera's range.").format(text))
        return round(value) if name in ("bitrate_bps", "gop") else value

    def _say(self, text: str, role: str) -> None:
        self.state.setText(text)
        set_tone(self.state, role, "role")
