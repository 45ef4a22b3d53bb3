from __future__ import annotations

from PyQt5.QtCore import QAbstractItemModel, QModelIndex, Qt

from axxon_client.model.session import Session
from axxon_client.model.statuses import Trouble
from axxon_client.model.trees import (
    ID_ROLE,
    TROUBLE_ROLE,
    CameraTree,
    NameFilter,
    ObjectTree,
    camera_mime,
    dragged_camera,
)
from axxon_client.net.states import LinkPhase, LinkState
from protocol.types import ObjectKind
from tests.fakes.requester import no_signal, record


def names(model: QAbstractItemModel, parent: QModelIndex | None = None) -> list[object]:
    """The rows as nested lists of titles."""
    above = parent or QModelIndex()
    found: list[object] = []
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        below = names(model, index)
        found.append([index.data(), below] if below else index.data())
    return found


def test_cameras_stand_below_their_server_by_number(session: Session) -> None:
    tree = CameraTree(session)
    tree.rebuild()
    assert names(tree) == [["shop", ["1 Door 1", "2 Door 2", "3 Door 3"]]]


def test_a_new_number_moves_the_row(session: Session) -> None:
    tree = CameraTree(session)
    tree.rebuild()
    moved = record("camera1", ObjectKind.CAMERA, "device1", "Door 1", number=9)
    session.store.update(2, [moved], [])
    assert names(tree) == [["shop", ["2 Door 2", "3 Door 3", "9 Door 1"]]]


def test_a_removed_camera_leaves_the_tree(session: Session) -> None:
    tree = CameraTree(session)
    tree.rebuild()
    session.store.update(2, [], ["camera2", "device2"])
    assert names(tree) == [["shop", ["1 Door 1", "3 Door 3"]]]


def test_a_change_of_state_touches_only_its_row(session: Session) -> None:
    tree = CameraTree(session)
    tree.rebuild()
    touched: list[str] = []
    resets: list[None] = []
    tree.dataChanged.connect(lambda first, _last: touched.append(first.data(ID_ROLE)))
    tree.modelReset.connect(lambda: resets.append(None))
    session.statuses.update([no_signal("camera2")])
    assert touched == ["camera2"]
    assert resets == []
    assert tree.index_of("camera2").data(TROUBLE_ROLE) is Trouble.NO_SIGNAL
    assert "wrong user name or password" in tree.index_of("camera2").data(Qt.ToolTipRole)


def test_while_the_server_is_lost_no_camera_counts_as_online(session: Session) -> None:
    tree = CameraTree(session)
    tree.rebuild()
    session.on_link(LinkState(LinkPhase.LOST, "gone"))
    assert tree.index_of("camera1").data(TROUBLE_ROLE) is Trouble.CONNECTING


def test_search_keeps_the_server_of_what_it_finds(session: Session) -> None:
    tree = CameraTree(session)
    tree.rebuild()
    found = NameFilter(tree)
    found.set_phrase("door 2")
    assert names(found) == [["shop", ["2 Door 2"]]]


def test_only_cameras_can_be_dragged(session: Session) -> None:
    tree = CameraTree(session)
    tree.rebuild()
    assert tree.flags(tree.index_of("camera1")) & Qt.ItemIsDragEnabled
    assert not tree.flags(tree.index(0, 0)) & Qt.ItemIsDragEnabled
    assert dragged_camera(tree.mimeData([tree.index_of("camera2")])) == ("camera2", -1)
    assert dragged_camera(camera_mime("camera2", 3)) == ("camera2", 3)
    assert dragged_camera(camera_mime("")) is None


def test_the_settings_tree_groups_what_can_be_set(session: Session) -> None:
    session.store.update(2, [record("l", ObjectKind.LAYOUT, name="Doors")], [])
    tree = ObjectTree(session)
    tree.rebuild()
    ((server, groups),) = names(tree)  # type: ignore[misc]
    assert server == "shop"
    assert [group[0] for group in groups] == ["Cameras", "Archives", "Users", "Roles"]  # type: ignore[index]
    assert groups[0][1][0] == ["Door 1", [["1 Door 1", ["Archive", "Motion"]]]]  # type: ignore[index]


def test_a_saved_layout_does_not_rebuild_the_settings_tree(session: Session) -> None:
    tree = ObjectTree(session)
    tree.rebuild()
    resets: list[None] = []
    tree.modelReset.connect(lambda: resets.append(None))
    session.store.update(2, [record("l", ObjectKind.LAYOUT, name="Doors")], [])
    assert resets == []
    session.store.update(3, [record("a2", ObjectKind.ARCHIVE, name="Second")], [])
    assert resets == [None]
