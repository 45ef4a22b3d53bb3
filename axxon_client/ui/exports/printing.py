"""A camera's picture on paper, with its camera and time below it."""

from __future__ import annotations

from attrs import frozen
from PyQt5.QtCore import QCoreApplication, QRectF, Qt
from PyQt5.QtGui import QImage, QPainter
from PyQt5.QtPrintSupport import QPrintDialog, QPrinter
from PyQt5.QtWidgets import QWidget

from axxon_client.model import words
from axxon_client.ui.theme import style

_NOTE_SHARE = 0.05  # of the page's height
_INK = Qt.black


@frozen
class Note:
    """What stands below the picture: whose, of when, from which server."""

    camera: str
    time_us: int
    server: str

    def text(self) -> str:
        moment = words.local(self.time_us).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        return f"{self.camera}   ·   {moment} {words.local(self.time_us):%z}   ·   {self.server}"


def ask_printer(parent: QWidget, image: QImage, note: Note) -> QPrintDialog:
    """The system's dialog; prints when a printer was chosen."""
    printer = QPrinter(QPrinter.HighResolution)
    wide = image.width() > image.height()
    printer.setOrientation(QPrinter.Landscape if wide else QPrinter.Portrait)
    dialog = QPrintDialog(printer, parent)
    dialog.setAttribute(Qt.WA_DeleteOnClose)
    dialog.setWindowTitle(QCoreApplication.translate("printing", "Print the picture"))
    dialog.accepted.connect(lambda: print_page(printer, image, note))
    dialog.open()
    return dialog


def print_page(printer: QPrinter, image: QImage, note: Note) -> None:
    painter = QPainter(printer)
    paint_page(painter, QRectF(painter.viewport()), image, note)
    painter.end()


def paint_page(painter: QPainter, page: QRectF, image: QImage, note: Note) -> None:
    """As large as fits, its shape kept; the note below."""
    line = page.height() * _NOTE_SHARE
    scale = min(page.width() / image.width(), (page.height() - line) / image.height())
    width, height = image.width() * scale, image.height() * scale
    place = QRectF(page.x() + (page.width() - width) / 2, page.y(), width, height)
    painter.setRenderHint(QPainter.SmoothPixmapTransform)
    painter.drawImage(place, image)
    font = style.body_font()
    font.setPixelSize(max(1, round(line * 0.4)))
    painter.setFont(font)
    painter.setPen(_INK)
    below = QRectF(place.x(), place.bottom(), place.width(), line)
    painter.drawText(below, int(Qt.AlignVCenter | Qt.AlignLeft), note.text())
