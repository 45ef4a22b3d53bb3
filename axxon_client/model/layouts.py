"""Layouts: saved ones (objects of the server) and the one on the screen."""

from __future__ import annotations

from attrs import evolve, field, frozen
from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model.bridge import Failed, Failure, Requester
from axxon_client.model.store import ObjectStore
from protocol.messages import Change, Changed, ChangeTree
from protocol.types import ObjectKind, ObjectRecord

GRIDS = (1, 4, 9, 16, 25)  # cells offered by the buttons; all are square
_SIDE_MAX = 5


@frozen
class Layout:
    """A grid of cameras.  `id` "" = not saved.  `cells` row by row; "" = free."""

    columns: int = 2
    rows: int = 2
    cells: tuple[str, ...] = ()
    id: str = ""
    name: str = ""
    revision: int = field(default=0, eq=False)

    def __attrs_post_init__(self) -> None:
        wanted = self.columns * self.rows
        filled = (*self.cells[:wanted], *("" for _ in range(wanted - len(self.cells))))
        object.__setattr__(self, "cells", filled)

    def with_grid(self, cells: int) -> Layout:
        """Another size; cameras keep their order, those that don't fit leave."""
        side = min(_SIDE_MAX, max(1, round(cells**0.5)))
        kept = [camera for camera in self.cells if camera]
        return evolve(self, columns=side, rows=side, cells=tuple(kept[: side * side]))

    def placed(self, camera: str, cell: int) -> Layout:
        """`camera` in `cell`; where it was shown before, the cell becomes free."""
        cells = ["" if known == camera else known for known in self.cells]
        cells[cell] = camera
        return evolve(self, cells=tuple(cells))

    def swapped(self, one: int, other: int) -> Layout:
        cells = list(self.cells)
        cells[one], cells[other] = cells[other], cells[one]
        return evolve(self, cells=tuple(cells))

    def cleared(self, cell: int) -> Layout:
        cells = list(self.cells)
        cells[cell] = ""
        return evolve(self, cells=tuple(cells))

    def without(self, cameras: frozenset[str]) -> Layout:
        return evolve(self, cells=tuple("" if c in cameras else c for c in self.cells))

    def first_free(self) -> int | None:
        return self.cells.index("") if "" in self.cells else None


def from_record(record: ObjectRecord) -> Layout:
    values = record.properties
    return Layout(
        columns=_side(values.get("columns")),
        rows=_side(values.get("rows")),
        cells=tuple(str(cell) for cell in values.get("cells") or ()),
        id=record.id,
        name=record.name,
        revision=record.revision,
    )


def fitting(cameras: list[str]) -> Layout:
    """An unsaved layout that shows as many of `cameras` as a screen takes."""
    cells = next((size for size in GRIDS if size >= len(cameras)), GRIDS[-1])
    side = round(cells**0.5)
    return Layout(side, side, tuple(cameras[:cells]))


def _side(value: object) -> int:
    return min(_SIDE_MAX, max(1, value)) if isinstance(value, int) else 2


class LayoutBook(QObject):
    """Signals: `saved_changed()` when the list of saved layouts did; `current_changed(Layout)`;
    `failed(Failure)` when the server refused."""

    saved_changed = pyqtSignal()
    current_changed = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(
        self, store: ObjectStore, requester: Requester, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._requester = requester
        self._current = Layout()
        store.loaded.connect(self._on_loaded)
        store.changed.connect(self._on_changed)

    @property
    def current(self) -> Layout:
        return self._current

    def saved(self) -> list[Layout]:
        return [from_record(record) for record in self._store.of_kind(ObjectKind.LAYOUT)]

    def find(self, key: str) -> Layout | None:
        return next((layout for layout in self.saved() if layout.id == key), None)

    def is_altered(self) -> bool:
        """The screen differs from the saved layout of the same id."""
        if not self._current.id:
            return any(self._current.cells)
        return self.find(self._current.id) != self._current

    def show(self, layout: Layout) -> None:
        if layout != self._current:
            self._current = layout
            self.current_changed.emit(layout)

    def create(self, name: str) -> None:
        """Save the screen as a new layout and go on with it."""
        properties = _properties(self._current)
        change = Change("", ObjectKind.LAYOUT, self._root(), name, properties)

        def done(reply: Changed, _payload: bytes) -> None:
            self.show(evolve(self._current, id=reply.ids[0], name=name))

        self._send(change, done)

    def save(self) -> None:
        saved = self.find(self._current.id)
        if saved is not None:
            properties = _properties(self._current)
            self._send(Change(saved.id, properties=properties, revision=saved.revision))

    def rename(self, key: str, name: str) -> None:
        layout = self.find(key)
        if layout is not None:
            self._send(Change(key, name=name, revision=layout.revision))

    def remove(self, key: str) -> None:
        layout = self.find(key)
        if layout is not None:
            self._send(Change(key, revision=layout.revision, remove=True))

    def _send(self, change: Change, done: object = None) -> None:
        failed: Failed = self._on_failed
        self._requester.request(ChangeTree([change]), done, failed, self)  # type: ignore[arg-type]

    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def _root(self) -> str:
        server = self._store.server()
        return server.id if server is not None else ""

    def _on_loaded(self) -> None:
        cameras = frozenset(c for c in self._current.cells if c and self._store.get(c) is None)
        self._drop(cameras)
        self.saved_changed.emit()

    def _on_changed(self, changed: frozenset[str], removed: frozenset[str]) -> None:
        self._drop(removed)
        if self._current.id in removed:
            self.show(evolve(self._current, id="", name=""))
        elif self._current.id in changed:
            self._follow()
        kinds = {record.kind for key in changed if (record := self._store.get(key)) is not None}
        if ObjectKind.LAYOUT in kinds or removed:
            self.saved_changed.emit()

    def _drop(self, cameras: frozenset[str]) -> None:
        if cameras & set(self._current.cells):
            self.show(self._current.without(cameras))

    def _follow(self) -> None:
        """Another client, or we, saved the layout on the screen: take its name at least."""
        saved = self.find(self._current.id)
        if saved is not None and saved.name != self._current.name:
            self._current = evolve(self._current, name=saved.name)
            self.current_changed.emit(self._current)


def _properties(layout: Layout) -> dict[str, object]:
    return {"columns": layout.columns, "rows": layout.rows, "cells": list(layout.cells)}
