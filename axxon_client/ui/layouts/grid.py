"""The tiles of the layout on the screen: where they lie, which is active, which is magnified."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QRect, Qt, pyqtSignal
from PyQt5.QtWidgets import QWidget

from axxon_client.model.layouts import Layout
from axxon_client.ui.layouts.overlay import Fade
from axxon_client.ui.layouts.tile import Tile

GAP = 4
MakeSurface = Callable[[QWidget], QWidget]


class Grid(QWidget):
    """Tiles are placed by hand: no layout pass ever runs while video plays.

    Signals: `active_changed(int cell)`; `magnified_changed(int cell or -1)`; `tile_made(Tile)`
    for every new tile, to be connected once.
    """

    active_changed = pyqtSignal(int)
    magnified_changed = pyqtSignal(int)
    tile_made = pyqtSignal(object)

    def __init__(self, make_surface: MakeSurface | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_surface = make_surface
        self.fade = Fade(self)
        self.tiles: list[Tile] = []
        self._columns = self._rows = 1
        self._active = 0
        self._magnified = -1
        self.setFocusPolicy(Qt.StrongFocus)
        self.setMouseTracking(True)

    @property
    def active(self) -> Tile | None:
        return self.tiles[self._active] if self._active < len(self.tiles) else None

    @property
    def active_cell(self) -> int:
        return self._active

    @property
    def magnified(self) -> int:
        return self._magnified

    def set_layout(self, layout: Layout) -> None:
        """Only the shape; which camera a tile shows is its state's business."""
        self._columns, self._rows = layout.columns, layout.rows
        wanted = layout.columns * layout.rows
        while len(self.tiles) < wanted:
            self._add_tile()
        while len(self.tiles) > wanted:
            gone = self.tiles.pop()
            gone.hide()
            gone.deleteLater()
        if self._magnified >= wanted:
            self.magnify(-1)
        if self._active >= wanted:
            self.activate(0)
        self._place()
        self._mark_active()

    def _add_tile(self) -> None:
        surface = self._make_surface(self) if self._make_surface is not None else None
        tile = Tile(len(self.tiles), surface, self.fade, self)
        self.tiles.append(tile)
        self.tile_made.emit(tile)
        tile.activated.connect(lambda: self.activate(tile.cell))

    def activate(self, cell: int) -> None:
        self.setFocus(Qt.MouseFocusReason)
        if cell == self._active or not 0 <= cell < len(self.tiles):
            return
        self._active = cell
        self._mark_active()
        self.active_changed.emit(cell)

    def _mark_active(self) -> None:
        for tile in self.tiles:
            tile.set_active(tile.cell == self._active and len(self.tiles) > 1)

    def move_active(self, columns: int, rows: int) -> None:
        """By cells, not past the edge."""
        column = min(self._columns - 1, max(0, self._active % self._columns + columns))
        row = min(self._rows - 1, max(0, self._active // self._columns + rows))
        self.activate(row * self._columns + column)

    def magnify(self, cell: int) -> None:
        """That tile alone; -1 = all again."""
        if cell == self._magnified:
            return
        self._magnified = cell
        if cell >= 0:
            self.activate(cell)
        self._place()
        self.magnified_changed.emit(cell)

    def cell_rect(self, cell: int) -> QRect:
        """With a gap around and between the tiles; the whole area is used, to the pixel."""
        column, row = cell % self._columns, cell // self._columns
        width, height = self.width() - GAP, self.height() - GAP
        left = GAP + round(column * width / self._columns)
        right = round((column + 1) * width / self._columns)
        top = GAP + round(row * height / self._rows)
        bottom = round((row + 1) * height / self._rows)
        return QRect(left, top, right - left, bottom - top)

    def _place(self) -> None:
        for tile in self.tiles:
            if self._magnified >= 0:
                alone = tile.cell == self._magnified
                tile.setVisible(alone)
                if alone:
                    tile.setGeometry(self.rect().adjusted(GAP, GAP, -GAP, -GAP))
            else:
                tile.setGeometry(self.cell_rect(tile.cell))
                tile.show()

    def resizeEvent(self, event: object) -> None:
        self._place()

    def mouseMoveEvent(self, event: object) -> None:
        self.fade.wake()
