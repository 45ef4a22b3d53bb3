"""The Layouts menu: saved layouts on top, the camera tree below."""

from __future__ import annotations

from PyQt5.QtCore import QPoint, Qt, pyqtSignal
from PyQt5.QtWidgets import QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from axxon_client.model.layouts import Layout
from axxon_client.model.session import Session
from axxon_client.ui.layouts.treeview import CameraTreeView
from axxon_client.ui.theme import icons, style
from axxon_client.ui.widgets.ask import ask, ask_text
from axxon_client.ui.widgets.basics import label, row, rule, search_field, tool
from protocol.types import Right

_LIST_ROWS = 6  # layouts shown without scrolling


class LayoutsPanel(QWidget):
    """Signals: `camera_chosen(str)`; `layout_chosen(Layout)`; `settings_asked(str camera)`;
    `add_asked()` to add a camera."""

    camera_chosen = pyqtSignal(str)
    layout_chosen = pyqtSignal(object)
    settings_asked = pyqtSignal(str)
    add_asked = pyqtSignal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.layouts = QListWidget()
        self.layouts.setAccessibleName(self.tr("Layouts"))
        self.layouts.setContextMenuPolicy(Qt.CustomContextMenu)
        self.layouts.customContextMenuRequested.connect(self._on_layout_menu)
        self.layouts.itemActivated.connect(self._on_layout)
        self.layouts.itemClicked.connect(self._on_layout)
        self.empty = label(self.tr("Arrange tiles, then keep them with +."), "caption", wrap=True)
        self.empty.setContentsMargins(16, 0, 16, 4)
        self.new = tool("plus", self.tr("Save these tiles as a new layout"), self.create_layout)
        self.search = search_field(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search a camera"))
        self.search.textChanged.connect(self._on_phrase)
        self.tree = CameraTreeView(session)
        self.tree.camera_chosen.connect(self.camera_chosen)
        self.tree.menu_asked.connect(self._on_camera_menu)
        self.search.returnPressed.connect(self._choose_first)
        self.add = tool("plus", self.tr("Add a camera"), self.add_asked.emit)
        may_configure = session.may(Right.CONFIGURE)
        self.add.setVisible(may_configure)
        self.new.setVisible(may_configure)
        self._arrange()
        session.layouts.saved_changed.connect(self.refresh)
        session.layouts.current_changed.connect(lambda _layout: self._mark())
        self.refresh()

    def _on_phrase(self, phrase: str) -> None:
        self.tree.set_phrase(phrase)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(4)
        head = row(label(self.tr("LAYOUTS"), "section"), 1, self.new)
        head.setContentsMargins(16, 0, 8, 0)
        cameras = row(label(self.tr("CAMERAS"), "section"), 1, self.add)
        cameras.setContentsMargins(16, 4, 8, 0)
        searching = row(self.search)
        searching.setContentsMargins(12, 0, 12, 4)
        lists = row(self.layouts)
        lists.setContentsMargins(8, 0, 8, 0)
        tree = row(self.tree)
        tree.setContentsMargins(8, 0, 4, 0)
        column.addLayout(head)
        column.addWidget(self.empty)
        column.addLayout(lists)
        column.addWidget(rule())
        column.addLayout(cameras)
        column.addLayout(searching)
        column.addLayout(tree, 1)

    def refresh(self) -> None:
        saved = self._session.layouts.saved()
        self.layouts.clear()
        for layout in saved:
            item = QListWidgetItem(icons.icon(_picture(layout)), layout.name)
            item.setData(Qt.UserRole, layout.id)
            self.layouts.addItem(item)
        self.layouts.setVisible(bool(saved))
        self.empty.setVisible(not saved)
        row_px = max(style.target_px(), 32)
        self.layouts.setFixedHeight(min(len(saved), _LIST_ROWS) * row_px + 8)
        self._mark()

    def _mark(self) -> None:
        shown = self._session.layouts.current.id
        for number in range(self.layouts.count()):
            item = self.layouts.item(number)
            assert item is not None
            item.setSelected(bool(shown) and item.data(Qt.UserRole) == shown)

    def _on_layout(self, item: QListWidgetItem) -> None:
        layout = self._session.layouts.find(item.data(Qt.UserRole))
        if layout is not None:
            self.layout_chosen.emit(layout)

    def create_layout(self) -> None:
        ask_text(
            self.window(),
            self.tr("New layout"),
            self.tr("Name, e.g. Entrances"),
            "",
            self.tr("Save"),
            self._session.layouts.create,
        )

    def _on_layout_menu(self, place: QPoint) -> None:
        item = self.layouts.itemAt(place)
        layout = self._session.layouts.find(item.data(Qt.UserRole)) if item is not None else None
        if layout is None or not self._session.may(Right.CONFIGURE):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        menu.addAction(
            icons.icon("pencil-outline"), self.tr("Rename…"), lambda: self._rename(layout)
        )
        menu.addAction(
            icons.icon("trash-can-outline"), self.tr("Delete…"), lambda: self._remove(layout)
        )
        menu.popup(self.layouts.viewport().mapToGlobal(place))

    def _rename(self, layout: Layout) -> None:
        ask_text(
            self.window(),
            self.tr("Rename layout"),
            "",
            layout.name,
            self.tr("Rename"),
            lambda name: self._session.layouts.rename(layout.id, name),
        )

    def _remove(self, layout: Layout) -> None:
        ask(
            self.window(),
            self.tr("Delete the layout {0}?").format(layout.name),
            self.tr("The cameras and their recordings stay."),
            self.tr("Delete {0}").format(layout.name),
            lambda: self._session.layouts.remove(layout.id),
        )

    def _choose_first(self) -> None:
        """Enter in the search field takes the first camera found."""
        model = self.tree.model()
        server = model.index(0, 0)
        first = model.index(0, 0, server)
        if first.isValid():
            self.tree.activated.emit(first)

    def _on_camera_menu(self, camera: str, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        menu.addAction(
            icons.icon("eye-outline"),
            self.tr("Show in the active tile"),
            lambda: self.camera_chosen.emit(camera),
        )
        if self._session.may(Right.CONFIGURE):
            menu.addAction(
                icons.icon("cog-outline"),
                self.tr("Settings"),
                lambda: self.settings_asked.emit(camera),
            )
        menu.popup(place)


def _picture(layout: Layout) -> str:
    side = max(layout.columns, layout.rows)
    return {1: "square-outline", 2: "view-grid-outline", 3: "grid"}.get(side, "view-comfy-outline")
