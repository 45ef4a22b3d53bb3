"""A contact sheet: key frames of a period on pages of a PDF, each with its time."""

from __future__ import annotations

import io
from pathlib import Path

from attrs import frozen
from fpdf import FPDF

from axxond.archive.errors import ExportError
from axxond.archive.export.decode import PictureDecoder, Shown
from axxond.archive.export.frames import PictureEncoder
from axxond.archive.export.paint import Painter, local_time, text_font
from axxond.archive.export.port import CameraOrder
from axxond.media.packet import Packet

_COLUMNS, _ROWS = 4, 6
PICTURES = _COLUMNS * _ROWS  # of a sheet whose distance of pictures is not said: one page
# A guard prints dozens of pages, not thousands: the rest of the period is left out, and said so.
_MAX_PICTURES = 100 * PICTURES
_WIDTH_PX = 480
# A4, in millimetres.
_PAGE_MM = (210, 297)
_MARGIN_MM, _HEAD_MM, _GAP_MM, _CAPTION_MM = 10, 18, 3, 5
_FONT = "sheet"


@frozen
class _Cell:
    time_us: int
    jpeg: bytes
    ratio: float  # height / width


class SheetSink:
    """Give it key frames."""

    def __init__(self, path: Path, order: CameraOrder, painter: Painter | None) -> None:
        self._path = path
        self._order = order
        self._painter = painter
        span_us = order.end_us - order.begin_us
        self._every_us = order.every_us or max(1, span_us // PICTURES)
        self._due_us = order.begin_us
        self._encoder = PictureEncoder("jpeg")
        self._cells: list[_Cell] = []
        self._left_out = 0

    def add(self, packets: list[Packet]) -> None:
        for packet in packets:
            first = not self._cells  # it may be of before the period: what was seen at its begin
            if packet.is_video and packet.keyframe and (first or packet.pts_us >= self._due_us):
                self._take(packet)

    def finish(self) -> list[Path]:
        if not self._cells:
            raise ExportError("no picture in that period could be decoded")
        self._path.write_bytes(self._document())
        return [self._path]

    def abort(self) -> None:
        self._cells.clear()

    def _take(self, packet: Packet) -> None:
        if len(self._cells) >= _MAX_PICTURES:
            self._left_out += 1
            return
        decoder = PictureDecoder()
        for shown in [*decoder.take(packet), *decoder.drain()][:1]:
            self._cells.append(self._cell(shown, packet.pts_us))
        late_us = max(0, packet.pts_us - self._due_us)
        self._due_us += (late_us // self._every_us + 1) * self._every_us

    def _cell(self, shown: Shown, time_us: int) -> _Cell:
        frame = shown.frame
        if self._painter is not None:
            frame = self._painter.paint(frame, time_us)
        if frame.width > _WIDTH_PX:
            frame = frame.reformat(_WIDTH_PX, frame.height * _WIDTH_PX // frame.width & ~1)
        return _Cell(time_us, self._encoder.encode(frame), frame.height / frame.width)

    def _document(self) -> bytes:
        pdf = FPDF(unit="mm", format=_PAGE_MM)
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.set_title(self._order.name)
        pdf.set_creator("axxond")
        encodable = _set_font(pdf)
        for first in range(0, len(self._cells), PICTURES):
            pdf.add_page()
            self._head(pdf, first // PICTURES + 1, encodable)
            for at, cell in enumerate(self._cells[first : first + PICTURES]):
                _draw(pdf, cell, *divmod(at, _COLUMNS))
        return bytes(pdf.output())

    def _head(self, pdf: FPDF, page: int, encodable: bool) -> None:
        order = self._order
        name = (
            order.name if encodable else order.name.encode("latin-1", "replace").decode("latin-1")
        )
        pages = -(-len(self._cells) // PICTURES)
        period = f"{local_time(order.begin_us)} - {local_time(order.end_us)}"
        if self._left_out:
            period += f" ({self._left_out} more pictures left out)"
        pdf.set_font_size(14)
        pdf.text(_MARGIN_MM, _MARGIN_MM + 4, name)
        pdf.set_font_size(9)
        pdf.text(_MARGIN_MM, _MARGIN_MM + 10, f"{period}   {page}/{pages}")


def _set_font(pdf: FPDF) -> bool:
    """Whether any name can be written."""
    source = getattr(text_font(10), "path", None)
    if not isinstance(source, str):
        pdf.set_font("helvetica")
        return False
    pdf.add_font(_FONT, fname=source)
    pdf.set_font(_FONT)
    return True


def _draw(pdf: FPDF, cell: _Cell, row: int, column: int) -> None:
    page_width, page_height = _PAGE_MM
    width = (page_width - 2 * _MARGIN_MM - (_COLUMNS - 1) * _GAP_MM) / _COLUMNS
    step = (page_height - 2 * _MARGIN_MM - _HEAD_MM) / _ROWS
    x = _MARGIN_MM + column * (width + _GAP_MM)
    y = _MARGIN_MM + _HEAD_MM + row * step
    height = min(width * cell.ratio, step - _CAPTION_MM - 1)
    pdf.image(io.BytesIO(cell.jpeg), x, y, height / cell.ratio, height)
    pdf.set_font_size(7)
    pdf.text(x, y + height + 3.5, local_time(cell.time_us))
