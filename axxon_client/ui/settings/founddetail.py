"""One found camera: its picture, what it offers, and what the person chooses of it."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from axxon_client.model import words
from axxon_client.model.finding import Find, Step
from axxon_client.ui.settings.addcamera import Preview
from axxon_client.ui.widgets.basics import column, label, row, surface
from axxon_client.ui.widgets.states import Notice
from protocol.devicetypes import DeviceStream

_NONE = ""


class FoundDetail(QWidget):
    """Signals: `chosen(str key, dict choices)`, as `Finder.choose` takes them."""

    chosen = pyqtSignal(str, dict)

    def __init__(self) -> None:
        super().__init__()
        self._find: Find | None = None
        self._picture = b""
        self.preview = Preview()
        self.notice = Notice()
        self.facts = label("", "caption", wrap=True)
        self.name = QLineEdit()
        self.name.setMaxLength(100)
        self.name.setAccessibleName(self.tr("Name"))
        self.high, self.low = QComboBox(), QComboBox()
        self.high.setAccessibleName(self.tr("High quality"))
        self.low.setAccessibleName(self.tr("Low quality"))
        self.compatibility = QCheckBox(self.tr("ONVIF compatibility mode"))
        self.compatibility.setToolTip(
            self.tr("For cameras that speak ONVIF badly: pictures only, by the simplest way.")
        )
        self._streams = QWidget()
        self._streams.setLayout(
            column(
                label(self.tr("High quality, for the archive")),
                self.high,
                label(self.tr("Low quality, for detectors and small tiles")),
                self.low,
                space=4,
            )
        )
        self._name_part = QWidget()
        self._name_part.setLayout(column(label(self.tr("Name")), self.name, space=4))
        box = column(surface("video", row(self.preview)), self.notice, self.facts)
        for part in (self._name_part, self._streams, self.compatibility):
            box.addWidget(part)
        box.addStretch(1)
        self.setLayout(box)
        self.setFixedWidth(self.preview.width())
        self.name.textEdited.connect(lambda text: self._choose(name=text.strip()))
        self.high.activated.connect(lambda _n: self._choose(high=self.high.currentData()))
        self.low.activated.connect(lambda _n: self._choose(low=self.low.currentData()))
        self.compatibility.clicked.connect(lambda on: self._choose(compatibility=on))
        self.show_find(None)

    def show_find(self, find: Find | None) -> None:
        fresh = find is None or self._find is None or find.key != self._find.key
        self._find = find
        self._show_picture(find)
        works = find is not None and find.step is Step.WORKS
        one = works and len(find.suggestion.cameras if find and find.suggestion else ()) <= 1
        self._streams.setVisible(bool(one))
        self._name_part.setVisible(works)
        onvif = find is not None and find.device.driver == "onvif" and find.step is not Step.ADDED
        self.compatibility.setVisible(onvif)
        self.facts.setVisible(find is not None)
        self._say(find)
        if find is None:
            return
        self.facts.setText(_facts(find))
        self.compatibility.setChecked(find.compatibility)
        if fresh or not self.name.hasFocus():
            self.name.setText(find.shown_name)
        _fill(self.high, find.streams, find.high, None)
        _fill(self.low, find.streams, find.low, self.tr("None: the high one for everything"))

    def _show_picture(self, find: Find | None) -> None:
        if find is None:
            self.preview.say("cctv", self.tr("Choose a camera on the left."))
        elif find.step is Step.TRYING:
            self.preview.say("cctv", self.tr("Connecting…"), busy=True)
        elif find.picture:
            if find.picture != self._picture:
                self._picture = find.picture
                image = QImage.fromData(find.picture)
                if not image.isNull():
                    self.preview.show_image(image)
                    return
                self.preview.say("image-off-outline", self.tr("The picture cannot be read."))
            return
        elif find.step is Step.WORKS:
            self.preview.say("image-off-outline", self.tr("It gives no single picture."))
        else:
            self.preview.say("cctv", self.tr("Connect to see its picture."))
        self._picture = b""

    def _say(self, find: Find | None) -> None:
        self.notice.hide()
        if find is None:
            return
        if find.step is Step.FAILED:
            reason = words.failure(find.failure) if find.failure else self.tr("It failed")
            help_text = words.remedy(find.failure) if find.failure else find.text
            self.notice.say("red", f"{reason[:1].upper()}{reason[1:]}", help_text)
            self.notice.setToolTip(find.text)
        elif find.switched_off:
            title = self.tr("Compatibility mode leaves out")
            self.notice.say("amber", title, "\n".join(find.switched_off))

    def _choose(self, **choices: object) -> None:
        if self._find is not None:
            self.chosen.emit(self._find.key, choices)


def _facts(find: Find) -> str:
    device = find.device
    make = " ".join(part for part in (device.manufacturer, device.model) if part)
    parts = [make, device.host, device.serial]
    new = find.suggestion
    if new is not None:
        counts = [
            (len(new.cameras) if len(new.cameras) > 1 else 0, words.tr("pictures: {0}")),
            (int(new.ptz), words.tr("can be steered")),
            (len(new.inputs), words.tr("inputs: {0}")),
            (len(new.outputs), words.tr("outputs: {0}")),
        ]
        parts += [text.format(count) for count, text in counts if count]
    return "  ·  ".join(part for part in parts if part)


def _fill(
    combo: QComboBox, streams: tuple[DeviceStream, ...], chosen: str, none: str | None
) -> None:
    combo.clear()
    if none is not None:
        combo.addItem(none, _NONE)
    for stream in streams:
        combo.addItem(stream_text(stream), stream.url)
    combo.setCurrentIndex(max(0, combo.findData(chosen)))


def stream_text(stream: DeviceStream) -> str:
    """`main · H264 1920×1080 · 25 fps · 4.0 Mbit/s`"""
    setup = stream.setup
    size = f"{setup.width}×{setup.height}" if setup.width and setup.height else ""
    codec = setup.codec.upper() if setup.codec is not None else ""
    rate = f"{setup.fps:g} fps" if setup.fps else ""
    bits = f"{setup.bitrate_bps / 1e6:.1f} Mbit/s" if setup.bitrate_bps else ""
    parts = (stream.name, f"{codec} {size}".strip(), rate, bits)
    return "  ·  ".join(part for part in parts if part)
