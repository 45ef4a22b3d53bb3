"""The right side of Settings: one object's form, or a group's list, with Apply and Discard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QApplication,
    QBoxLayout,
    QMenu,
    QScrollArea,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.model.settings import FormModel
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.settings.addcamera import Preview
from axxon_client.ui.settings.archives import ArchivesPage
from axxon_client.ui.settings.detector import DetectorPart
from axxon_client.ui.settings.devicepart import DevicePart
from axxon_client.ui.settings.form import Form
from axxon_client.ui.settings.panel import kind_icon
from axxon_client.ui.settings.status import state_chip, why
from axxon_client.ui.settings.zones import has_zones
from axxon_client.ui.theme import icons, palette
from axxon_client.ui.widgets.ask import ask
from axxon_client.ui.widgets.basics import (
    button,
    chip,
    column,
    label,
    left,
    row,
    set_tone,
    surface,
)
from axxon_client.ui.widgets.scrolled import Scrolled
from axxon_client.ui.widgets.states import EmptyState, Notice
from axxon_client.ui.widgets.stills import Stills
from protocol.messages import Change, Changed, ChangeTree
from protocol.types import DeviceState, FieldType, ObjectKind, ObjectRecord, Right

_FORM_PX = 720
_PREVIEW_MS = 1000
# The picture of a detector, as a share of the page's width, beside its form or above it.
_PINNED_WIDE = 0.46
_PINNED_NARROW = 0.42

# Made elsewhere: by *Add camera*, with a device, from the tiles.
_NOT_HERE = frozenset({ObjectKind.DEVICE, ObjectKind.CAMERA, ObjectKind.LAYOUT})


class SettingsPage(QWidget):
    """Signals: `chosen(str id)` to show another object (after one was added or removed);
    `said(str tone, str title, str detail)` for a toast; `add_camera_asked()`;
    `moment_chosen(str camera, qint64 time)` to play footage."""

    chosen = pyqtSignal(str)
    said = pyqtSignal(str, str, str)
    add_camera_asked = pyqtSignal()
    moment_chosen = pyqtSignal(str, "qint64")

    def __init__(self, session: Session, stills: Stills, feeds: Feeds | None = None) -> None:
        super().__init__()
        self._feeds = feeds
        self._session = session
        self._stills = stills
        self.model: FormModel | None = None
        self.form: Form | None = None
        self.detector: DetectorPart | None = None
        self.device: DevicePart | None = None
        self._preview: Preview | None = None
        self._preview_camera = ""
        self._state = chip()
        self._notice = Notice()
        self._columns: QBoxLayout | None = None
        self._beside = QBoxLayout(QBoxLayout.LeftToRight)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._body: QWidget = QWidget()
        self.apply = button(self.tr("Apply"), "primary", "", self.send)
        self.discard = button(self.tr("Discard"), "", "", self._discard)
        self._changes = label("", "caption")
        self._timer = QTimer(self)
        self._timer.setInterval(_PREVIEW_MS)
        self._timer.timeout.connect(self._ask_preview)
        shortcut = QShortcut(QKeySequence("Ctrl+Return"), self)
        shortcut.setContext(Qt.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.send)
        session.store.changed.connect(self._on_tree)
        session.statuses.changed.connect(self._on_status)
        self.show_empty()

    # --- what is shown

    def show_empty(self) -> None:
        self.model = None
        self._swap(
            EmptyState(
                "cog-outline", self.tr("Settings"), self.tr("Choose an object on the left.")
            )
        )

    def show_group(self, kind: ObjectKind) -> None:
        """A group of the tree: what it is for, and a button to add one."""
        self.model = None
        if kind is ObjectKind.ARCHIVE:
            self._show_archives()
            return
        texts = {
            ObjectKind.DEVICE: self.tr("Cameras and video servers that this server records."),
            ObjectKind.USER: self.tr("People who may log in."),
            ObjectKind.ROLE: self.tr("What groups of users may do."),
        }
        names = {
            ObjectKind.DEVICE: self.tr("Cameras"),
            ObjectKind.USER: self.tr("Users"),
            ObjectKind.ROLE: self.tr("Roles"),
        }
        actions: list[tuple[str, str, Callable[[], object]]] = []
        if self._session.may(Right.CONFIGURE):
            text = self.tr("Add {0}").format(words.kind_name(kind).lower())
            if kind is ObjectKind.DEVICE:
                actions = [(self.tr("Add camera"), "primary", self.add_camera_asked.emit)]
            else:
                actions = [(text, "primary", partial(self.open_new, kind, self._server_id()))]
        self._swap(EmptyState(kind_icon(kind), names[kind], texts[kind], actions))

    def _show_archives(self) -> None:
        page = ArchivesPage(self._session)
        page.settings_asked.connect(self.chosen)
        page.settings_asked.connect(self.show_object)
        page.add_asked.connect(partial(self.open_new, ObjectKind.ARCHIVE, self._server_id()))
        page.moment_chosen.connect(self.moment_chosen)
        page.said.connect(self.said)
        self._swap(page)

    def show_object(self, key: str) -> None:
        record = self._session.store.get(key)
        schema = self._session.store.schema.get(record.kind) if record is not None else None
        if record is None or schema is None:
            self.show_empty()
            return
        self._open(FormModel(schema, record, self))

    def open_new(self, kind: ObjectKind, parent: str) -> None:
        """A form for a new object; *Apply* makes it."""
        schema = self._session.store.schema.get(kind)
        if schema is None:
            return
        model = FormModel(schema, None, self)
        model.parent_id = parent
        below = self._session.store.children_of(parent, kind)
        model.suggest_name(record.name for record in below)
        archives = self._session.store.of_kind(ObjectKind.ARCHIVE)
        if kind is ObjectKind.RECORDING and archives:
            model.set_value("archive", archives[0].id)
        self._open(model)

    def _open(self, model: FormModel) -> None:
        self.model = model
        polygons = frozenset(
            f.name for f in model.schema.fields if f.type in (FieldType.POLYGONS, FieldType.LINES)
        )
        self.form = Form(model, self._session.store, polygons)
        self._notice = Notice()
        fields = column(self._notice, left(self._card(self.form)), space=16)
        if model.record is not None and model.record.kind is ObjectKind.DEVICE:
            self.device = DevicePart(self._session, model.record.id)
            fields.addLayout(left(self._card(self.device, 16)))
        fields.addStretch(1)
        self._columns = QBoxLayout(QBoxLayout.TopToBottom)
        self._columns.setContentsMargins(24, 16, 24, 24)
        self._columns.setSpacing(24)
        picture = self._picture_part(model)
        if picture is not None and self.detector is None:
            self._columns.addWidget(picture, 0, Qt.AlignTop)  # first, where it is one column
        self._columns.addLayout(fields, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        scroll.setWidget(Scrolled(self._columns))
        page = column(self._header(model), space=0)
        self._beside = QBoxLayout(QBoxLayout.LeftToRight)
        if picture is not None and self.detector is not None:
            # It does not scroll: what is set below or beside is seen on it at once.
            self._beside.addWidget(picture, 0, Qt.AlignTop)
        self._beside.addWidget(scroll, 1)
        page.addLayout(self._beside, 1)
        self._fit()
        page.addWidget(self._footer())
        body = QWidget()
        body.setLayout(page)
        self._swap(body)
        model.value_changed.connect(lambda _name: self._show_changes())
        model.reloaded.connect(self._show_changes)
        model.errors_changed.connect(self._show_changes)
        self._show_changes()
        self._on_status(frozenset({self._preview_camera}))
        self._ask_preview()

    def _picture_part(self, model: FormModel) -> QWidget | None:
        """What the camera sees: with zones to draw on, or as a preview."""
        preview = self._preview_part(model)
        drawn = has_zones(model)
        parts = (model, self._session, self._feeds, self._preview_camera)
        self.detector = DetectorPart(*parts) if drawn else None
        if self.detector is not None:
            self.detector.moment_chosen.connect(self.moment_chosen)
            return surface("pinned", column(self.detector, margins=16))
        if preview is not None:
            preview.setMaximumWidth(_FORM_PX)
        return preview

    def _fit(self) -> None:
        """Side by side where there is room for both."""
        if self._columns is None:
            return
        wide = self.width() >= 2 * _FORM_PX - 160
        if self.detector is None:
            self._columns.setDirection(QBoxLayout.RightToLeft if wide else QBoxLayout.TopToBottom)
            return
        self._columns.setDirection(QBoxLayout.LeftToRight)
        self._beside.setDirection(QBoxLayout.RightToLeft if wide else QBoxLayout.TopToBottom)
        share = _PINNED_WIDE if wide else _PINNED_NARROW
        self.detector.zones.set_beside(not wide, round(self.width() * share))

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _swap(self, body: QWidget) -> None:
        self._timer.stop()
        focused = self._body.isAncestorOf(QApplication.focusWidget())
        self._column.removeWidget(self._body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        self._column.addWidget(body)
        if self.model is None:
            self._columns = None
            self.form = self.detector = self.device = self._preview = None
            return
        if self._preview is not None or self.detector is not None:
            self._timer.start()
        if focused and self.form is not None:
            self.form.focus_first()

    def _card(self, widget: QWidget, margins: int = 8) -> QWidget:
        card = surface("card", column(widget, margins=margins))
        card.setMaximumWidth(_FORM_PX)
        return card

    def _header(self, model: FormModel) -> QWidget:
        kind = model.schema.kind
        record = model.record
        picture = label()
        ratio = self.devicePixelRatioF()
        picture.setPixmap(icons.pixmap(kind_icon(kind), 24, palette.TEXT_SECOND, ratio))
        title = (
            record.name
            if record is not None
            else self.tr("New {0}").format(model.schema.label.lower())
        )
        names = column(label(title or self._session.node_name, "title"), space=0)
        names.addWidget(label(self._path(model), "caption"))
        self._state = chip()
        self._state.hide()
        line = row(picture, names, self._state, 1, space=12)
        line.setContentsMargins(24, 8, 16, 8)
        if self._session.may(Right.CONFIGURE) and record is not None:
            if self._addable(record):
                line.addWidget(self._add_button(record))
            if kind is not ObjectKind.SERVER:
                remove = button(
                    self.tr("Remove…"),
                    "quiet",
                    "trash-can-outline",
                    lambda: self._ask_remove(record),
                )
                line.addWidget(remove)
        frame = surface("window", line)
        frame.setObjectName("pageHeader")
        frame.setMinimumHeight(56)
        return frame

    def _path(self, model: FormModel) -> str:
        """Kind and where it belongs: `Detector of 3 Yard`."""
        kind = words.kind_name(model.schema.kind)
        above = model.record.parent if model.record is not None else model.parent_id
        parent = self._session.store.get(above)
        if parent is None or parent.kind is ObjectKind.SERVER:
            return kind
        name = self._session.store.title(parent.id) if parent.kind is ObjectKind.CAMERA else ""
        return self.tr("{0} of {1}").format(kind, name or parent.name)

    def _addable(self, record: ObjectRecord) -> list[ObjectKind]:
        """What the schema allows below an object."""
        return [
            kind
            for kind, schema in self._session.store.schema.items()
            if record.kind in schema.parents and kind not in _NOT_HERE
        ]

    def _add_button(self, record: ObjectRecord) -> QWidget:
        made = button(self.tr("Add"), "", "plus")
        menu = QMenu(made)
        for kind in self._addable(record):
            action = menu.addAction(icons.icon(kind_icon(kind)), words.kind_name(kind))
            action.triggered.connect(lambda _on=False, k=kind: self.open_new(k, record.id))
        made.setMenu(menu)
        return made

    def _footer(self) -> QWidget:
        self.apply = button(self.tr("Apply"), "primary", "", self.send)
        self.apply.setToolTip("Ctrl+Enter")
        self.discard = button(self.tr("Discard"), "", "", self._discard)
        self._changes = label("", "caption")
        line = row(self._changes, 1, self.discard, self.apply)
        line.setContentsMargins(24, 8, 16, 8)
        frame = surface("panel", line)
        frame.setObjectName("formFooter")
        return frame

    # --- preview of the camera

    def _preview_part(self, model: FormModel) -> QWidget | None:
        self._preview, self._preview_camera = None, ""
        record = model.record
        if record is None:
            self._preview_camera = self._camera_above(model.parent_id)
            return None
        if record.kind is ObjectKind.DEVICE:
            cameras = self._session.store.children_of(record.id, ObjectKind.CAMERA)
            self._preview_camera = cameras[0].id if cameras else ""
        else:
            self._preview_camera = self._camera_above(record.id)
        if not self._preview_camera or record.kind not in (ObjectKind.DEVICE, ObjectKind.CAMERA):
            return None
        self._preview = Preview()
        self._preview.say("cctv", words.tr("Connecting…"), busy=True)
        return surface("video", row(1, self._preview, 1))

    def _camera_above(self, key: str) -> str:
        camera = self._session.store.ancestor(key, ObjectKind.CAMERA)
        return camera.id if camera is not None else ""

    def _ask_preview(self) -> None:
        tried = self.detector is not None and self.detector.trial is not None
        if self._preview_camera and self.isVisible() and not tried:
            width = 400 if self._preview is not None else 960
            self._stills.get(self._preview_camera, None, self._on_picture, self._body, width)

    def _on_picture(self, image: object) -> None:
        if image is None:
            return
        if self._preview is not None:
            self._preview.show_image(image)  # type: ignore[arg-type]
        if self.detector is not None:
            self.detector.zones.canvas.set_image(image)  # type: ignore[arg-type]

    def _on_status(self, cameras: frozenset[str]) -> None:
        if self.model is None or self._preview_camera not in cameras:
            return
        status = self._session.statuses.get(self._preview_camera)
        self._state.setVisible(status is not None)
        if status is not None:
            text, tone = state_chip(status)
            self._state.setText(text)
            set_tone(self._state, tone)
            if status.state is not DeviceState.ONLINE and self._preview is not None:
                self._preview.say("video-off-outline", why(status))

    # --- changing

    def _show_changes(self) -> None:
        model = self.model
        if model is None:
            return
        allowed = self._session.may(Right.CONFIGURE)
        count = len(model.changed_names)
        new = model.record is None
        self.apply.setEnabled(allowed and (new or count > 0) and not model.errors)
        self.discard.setEnabled(count > 0 or new)
        self.apply.setText(self.tr("Add") if new else self.tr("Apply"))
        if model.errors:
            self._changes.setText(self.tr("{0} to correct").format(len(model.errors)))
        elif count and not new:
            self._changes.setText(self.tr("{0} changed").format(count))
        else:
            self._changes.setText("" if allowed else self.tr("Your role may only look."))
        set_tone(self._changes, "error" if model.errors else "caption", "role")

    def send(self) -> None:
        model = self.model
        if model is None or not (model.altered or model.record is None):
            return
        self._notice.hide()
        if not model.validate():
            if self.form is not None:
                self.form.focus_error()
            return
        self.apply.setEnabled(False)

        def done(reply: Changed, _payload: bytes) -> None:
            self._taken(model, reply)

        def failed(failure: Failure) -> None:
            self._refused(model, failure)

        self._session.request(ChangeTree([model.change()]), done, failed, model)

    def _taken(self, model: FormModel, reply: Changed) -> None:
        new = model.record is None
        model.accept()
        if new and reply.ids and model is self.model:
            self.model = None
            self.said.emit("green", self.tr("Added"), "")
            self.chosen.emit(reply.ids[0])
        else:
            self.said.emit("green", self.tr("Saved"), "")

    def _refused(self, model: FormModel, failure: Failure) -> None:
        """A refusal that names a field stands beside it."""
        name = failure.obj.rpartition(".")[2]
        text = failure.text
        if name not in model.fields:
            head, _, rest = text.partition(":")
            name, text = (head, rest.strip()) if head in model.fields else ("", text)
        if not (name and model.refuse(name, text)):
            self._notice.say("red", self.tr("Not saved"), failure.text)
        elif self.form is not None:
            self.form.focus_error()
        self._show_changes()
        if failure.code == "conflict":
            self._notice.say(
                "amber",
                self.tr("Someone else changed it meanwhile"),
                self.tr("Their values are shown; yours are kept. Apply again to save yours."),
            )

    def _discard(self) -> None:
        model = self.model
        if model is not None and model.record is None:
            self.show_empty()
        elif model is not None:
            model.discard()

    def _ask_remove(self, record: ObjectRecord) -> None:
        below = self._session.store.below(record.id)
        name = record.name or words.kind_name(record.kind)
        detail = self.tr(
            "Its settings go. Footage already recorded stays until it is overwritten."
        )
        if record.kind is ObjectKind.ARCHIVE:
            detail = self.tr("Recording to it stops. The files stay in its folder.")
        elif record.kind in (ObjectKind.USER, ObjectKind.ROLE):
            detail = self.tr("Nobody can use it any more.")
        elif below:
            names = ", ".join(child.name or words.kind_name(child.kind) for child in below[:6])
            detail = self.tr("With it go: {0}.").format(names) + " " + detail
        ask(
            self.window(),
            self.tr("Remove {0}?").format(name),
            detail,
            self.tr("Remove {0}").format(name),
            lambda: self._remove(record, name),
        )

    def _remove(self, record: ObjectRecord, name: str) -> None:
        def done(_reply: Changed, _payload: bytes) -> None:
            self.said.emit("green", self.tr("{0} removed").format(name), "")
            self.show_empty()

        change = Change(record.id, remove=True, revision=record.revision)
        self._session.request(ChangeTree([change]), done, None, self)

    def _on_tree(self, changed: frozenset[str], removed: frozenset[str]) -> None:
        model = self.model
        if model is None or model.record is None:
            return
        key = model.record.id
        if key in removed:
            self.show_empty()
            return
        record = self._session.store.get(key)
        if key in changed and record is not None:
            model.rebase(record)

    def _server_id(self) -> str:
        server = self._session.store.server()
        return server.id if server is not None else ""
