"""Item models over an object store: cameras for watching, all objects for settings."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
)

from axxon_client.model import words
from axxon_client.model.session import Session
from axxon_client.model.statuses import Trouble, trouble
from protocol.types import DeviceState, ObjectKind, ObjectRecord

ID_ROLE = Qt.UserRole + 1  # the object's id; "" for a group
KIND_ROLE = Qt.UserRole + 2  # ObjectKind; of a group: the kind it may be given
TROUBLE_ROLE = Qt.UserRole + 3  # Trouble, of cameras
STATUS_ROLE = Qt.UserRole + 4  # CameraStatus | None, of cameras
GROUP_ROLE = Qt.UserRole + 5  # True for a group
LOST_ROLE = Qt.UserRole + 6  # True for a server that cannot be reached now
CAMERA_MIME = "application/x-axxon-camera"


class Node:
    """A row: an object, or a group of them."""

    __slots__ = ("children", "group", "id", "kind", "parent", "row", "title")

    def __init__(self, key: str, kind: ObjectKind, title: str, group: bool = False) -> None:
        self.id = key
        self.kind = kind
        self.title = title
        self.group = group
        self.children: list[Node] = []
        self.parent: Node | None = None
        self.row = 0

    def add(self, child: Node) -> Node:
        child.parent = self
        child.row = len(self.children)
        self.children.append(child)
        return child


class NodeModel(QAbstractItemModel):
    """A one-column tree of `Node`s, rebuilt as a whole when the structure changes (a few hundred
    rows at most); titles and states alone only touch their rows."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._root = Node("", ObjectKind.SERVER, "", group=True)
        self._nodes: dict[str, Node] = {}
        session.store.loaded.connect(self.rebuild)
        session.store.changed.connect(self._on_changed)
        session.statuses.changed.connect(self._touch)
        session.link_changed.connect(lambda _state: self._touch_all())

    def build(self, root: Node) -> None:
        """Fill `root`; for subclasses."""
        raise NotImplementedError

    def rebuild(self) -> None:
        self.beginResetModel()
        self._root = Node("", ObjectKind.SERVER, "", group=True)
        self.build(self._root)
        self._nodes = {}
        self._remember(self._root)
        self.endResetModel()

    def _remember(self, node: Node) -> None:
        for child in node.children:
            if not child.group:
                self._nodes[child.id] = child
            self._remember(child)

    def _on_changed(self, changed: frozenset[str], removed: frozenset[str]) -> None:
        if removed & self._nodes.keys() or not changed <= self._nodes.keys():
            self.rebuild()
            return
        if any(self._title_of(key) != self._nodes[key].title for key in changed):
            self.rebuild()  # names and numbers sort
            return
        self._touch(changed)

    def _title_of(self, key: str) -> str:
        record = self.session.store.get(key)
        return self.title(record) if record is not None else ""

    def title(self, record: ObjectRecord) -> str:
        if record.kind is ObjectKind.CAMERA:
            return self.session.store.title(record.id)
        return record.name or words.kind_name(record.kind)

    def _touch(self, keys: frozenset[str]) -> None:
        for key in keys:
            node = self._nodes.get(key)
            if node is not None:
                index = self.createIndex(node.row, 0, node)
                self.dataChanged.emit(index, index)

    def _touch_all(self) -> None:
        self._touch(frozenset(self._nodes))

    # --- QAbstractItemModel

    def index_of(self, key: str) -> QModelIndex:
        node = self._nodes.get(key)
        return self.createIndex(node.row, 0, node) if node is not None else QModelIndex()

    def node(self, index: QModelIndex) -> Node:
        found: Node = index.internalPointer() if index.isValid() else self._root
        return found

    def index(self, row: int, column: int, parent: QModelIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self.node(parent).children
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, children[row])

    def parent(self, index: QModelIndex) -> QModelIndex:  # type: ignore[override]
        above = self.node(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return len(self.node(parent).children)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node = self.node(index)
        if role in (Qt.DisplayRole, Qt.AccessibleTextRole):
            return node.title
        if role == ID_ROLE:
            return "" if node.group else node.id
        if role == KIND_ROLE:
            return node.kind
        if role == GROUP_ROLE:
            return node.group
        if role == LOST_ROLE:
            return self.session.lost
        if node.kind is ObjectKind.CAMERA and not node.group:
            return self._camera_data(node, role)
        return None

    def _camera_data(self, node: Node, role: int) -> Any:
        status = self.session.statuses.get(node.id)
        if role == TROUBLE_ROLE:
            return Trouble.CONNECTING if self.session.lost else trouble(status)
        if role == STATUS_ROLE:
            return status
        if role == Qt.ToolTipRole and status is not None:
            text = words.device_state(status.state)
            if status.state is DeviceState.WAITING and status.failure is not None:
                text = f"{text}: {words.failure(status.failure)}"
            return f"{node.title}\n{text}"
        return None


class CameraTree(NodeModel):
    """Servers and their cameras, sorted by number; rows of cameras can be dragged."""

    def build(self, root: Node) -> None:
        store = self.session.store
        server = store.server()
        key = server.id if server is not None else ""
        name = (server.name if server is not None else "") or self.session.node_name
        top = root.add(Node(key, ObjectKind.SERVER, name))
        for camera in store.cameras():
            top.add(Node(camera.id, ObjectKind.CAMERA, self.title(camera)))

    def title(self, record: ObjectRecord) -> str:
        if record.kind is ObjectKind.SERVER:
            return record.name or self.session.node_name
        return super().title(record)

    def _on_changed(self, changed: frozenset[str], removed: frozenset[str]) -> None:
        kinds = (ObjectKind.CAMERA, ObjectKind.SERVER)
        records = [self.session.store.get(key) for key in changed]
        mine = frozenset(r.id for r in records if r is not None and r.kind in kinds)
        if mine or removed & self._nodes.keys():
            super()._on_changed(mine, removed)

    def flags(self, index: QModelIndex) -> Qt.ItemFlags:
        flags = Qt.ItemIsEnabled | Qt.ItemIsSelectable
        if index.isValid() and self.node(index).kind is ObjectKind.CAMERA:
            flags |= Qt.ItemIsDragEnabled
        return flags

    def mimeTypes(self) -> list[str]:
        return [CAMERA_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        cameras = [self.node(i).id for i in indexes if self.node(i).kind is ObjectKind.CAMERA]
        return camera_mime(cameras[0] if cameras else "")


def camera_mime(camera: str, cell: int = -1) -> QMimeData:
    """What is dragged: a camera from the tree, or a tile's camera with its cell."""
    data = QMimeData()
    data.setData(CAMERA_MIME, f"{cell}\n{camera}".encode())
    return data


def dragged_camera(data: QMimeData) -> tuple[str, int] | None:
    """The camera and the cell it came from (-1: from the tree); None: something else."""
    if not data.hasFormat(CAMERA_MIME):
        return None
    cell, _, camera = bytes(data.data(CAMERA_MIME)).decode().partition("\n")
    return (camera, int(cell)) if camera else None


class ObjectTree(NodeModel):
    """All that can be set: server, then groups of devices, archives, users and roles."""

    def build(self, root: Node) -> None:
        store = self.session.store
        server = store.server()
        key = server.id if server is not None else ""
        name = (server.name if server is not None else "") or self.session.node_name
        top = root.add(Node(key, ObjectKind.SERVER, name))
        groups = [
            (ObjectKind.DEVICE, words.tr("Cameras")),
            (ObjectKind.ARCHIVE, words.tr("Archives")),
            (ObjectKind.USER, words.tr("Users")),
            (ObjectKind.ROLE, words.tr("Roles")),
        ]
        for kind, title in groups:
            group = top.add(Node(f"group:{kind}", kind, title, group=True))
            for record in sorted(store.of_kind(kind), key=self._place):
                self._add(group, record)

    def _place(self, record: ObjectRecord) -> tuple[int, str]:
        """Devices by the number of their first camera, all else by name."""
        cameras = self.session.store.children_of(record.id, ObjectKind.CAMERA)
        number = cameras[0].properties.get("number", 0) if cameras else 0
        return (int(number), record.name.casefold())

    def _add(self, above: Node, record: ObjectRecord) -> None:
        node = above.add(Node(record.id, record.kind, self.title(record)))
        for child in self.session.store.children_of(record.id):
            self._add(node, child)

    def title(self, record: ObjectRecord) -> str:
        if record.kind is ObjectKind.RECORDING:
            archive = self.session.store.get(str(record.properties.get("archive", "")))
            target = archive.name if archive is not None else "?"
            return record.name or words.tr("Recording to {0}").format(target)
        return super().title(record)

    def _on_changed(self, changed: frozenset[str], removed: frozenset[str]) -> None:
        layouts = {
            key
            for key in changed
            if (record := self.session.store.get(key)) is not None
            and record.kind is ObjectKind.LAYOUT
        }
        rest = changed - layouts
        if rest or removed & self._nodes.keys():
            super()._on_changed(frozenset(rest), removed)


class NameFilter(QSortFilterProxyModel):
    """Rows whose name holds the phrase, with all above them; groups and servers stay."""

    def __init__(self, source: QAbstractItemModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setRecursiveFilteringEnabled(True)
        self.setFilterCaseSensitivity(Qt.CaseInsensitive)
        self.setSourceModel(source)

    def set_phrase(self, phrase: str) -> None:
        self.setFilterFixedString(phrase)
