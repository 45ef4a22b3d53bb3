"""The object tree of one server as the client knows it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve
from PyQt5.QtCore import QObject, pyqtSignal

from protocol.types import KindSchema, ObjectKind, ObjectRecord


class ObjectStore(QObject):
    """Signals: `changed(frozenset of ids, frozenset of removed ids)` after every change;
    `loaded()` after the whole tree was replaced."""

    changed = pyqtSignal(object, object)
    loaded = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.revision = 0
        self.schema: dict[ObjectKind, KindSchema] = {}
        self._objects: dict[str, ObjectRecord] = {}
        self._foreign: dict[str, str] = {}

    def set_schema(self, kinds: Iterable[KindSchema]) -> None:
        self.schema = {kind.kind: kind for kind in kinds}

    def load(self, revision: int, objects: Iterable[ObjectRecord]) -> None:
        self.revision = revision
        self._objects = {record.id: record for record in objects}
        self.loaded.emit()

    def update(
        self, revision: int, changed: Iterable[ObjectRecord], removed: Iterable[str]
    ) -> None:
        """Apply a delta; an older one than the tree at hand is ignored."""
        if revision < self.revision:
            return
        self.revision = revision
        gone = frozenset(removed)
        for key in gone:
            self._objects.pop(key, None)
        fresh = {record.id: record for record in changed}
        self._objects.update(fresh)
        self.changed.emit(frozenset(fresh), gone)

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, key: str) -> ObjectRecord | None:
        return self._objects.get(key)

    def of_kind(self, kind: ObjectKind) -> list[ObjectRecord]:
        """Sorted: cameras by number, others by name."""
        found = [record for record in self._objects.values() if record.kind is kind]
        return sorted(found, key=sort_key)

    def children_of(self, parent: str, kind: ObjectKind | None = None) -> list[ObjectRecord]:
        found = [
            record
            for record in self._objects.values()
            if record.parent == parent and (kind is None or record.kind is kind)
        ]
        return sorted(found, key=sort_key)

    def server(self) -> ObjectRecord | None:
        return next(iter(self.of_kind(ObjectKind.SERVER)), None)

    def cameras(self) -> list[ObjectRecord]:
        return self.of_kind(ObjectKind.CAMERA)

    def set_foreign(self, names: dict[str, str]) -> None:
        """Cameras that are no objects here: those of archives that were recorded elsewhere."""
        self._foreign = names

    def is_foreign(self, camera: str) -> bool:
        return camera in self._foreign

    def title(self, camera: str) -> str:
        """`12 Gate north`; "" for an unknown camera."""
        record = self._objects.get(camera)
        if record is None:
            return self._foreign.get(camera, "")
        number = record.properties.get("number")
        return f"{number} {record.name}" if number else record.name

    def ancestor(self, key: str, kind: ObjectKind) -> ObjectRecord | None:
        """The nearest object of `kind` from `key` (included) upwards."""
        record = self._objects.get(key)
        while record is not None and record.kind is not kind:
            record = self._objects.get(record.parent)
        return record

    def below(self, key: str) -> list[ObjectRecord]:
        """All descendants, parents before children."""
        found: list[ObjectRecord] = []
        for child in self.children_of(key):
            found.append(child)
            found.extend(self.below(child.id))
        return found

    def with_values(self, key: str, values: dict[str, object]) -> ObjectRecord:
        """The record as it would be with `values`; raises KeyError for an unknown object."""
        record = self._objects[key]
        return evolve(record, properties={**record.properties, **values})


def sort_key(record: ObjectRecord) -> tuple[int, str, str]:
    number = record.properties.get("number", 0) if record.kind is ObjectKind.CAMERA else 0
    return (
        int(number) if isinstance(number, int | float) else 0,
        record.name.casefold(),
        record.id,
    )
