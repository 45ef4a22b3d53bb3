"""The page with the tiles: it joins layout, grid, controls, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import evolve
from PyQt5.QtCore import QPoint, QStandardPaths, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QFileDialog, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from axxon_client.model import words
from axxon_client.model.bridge import Failure
from axxon_client.model.layouts import fitting
from axxon_client.model.session import Session
from axxon_client.model.tile import Action, Mode
from axxon_client.ui.archive.bar import ArchiveBar
from axxon_client.ui.archive.desk import Desk
from axxon_client.ui.exports import printing
from axxon_client.ui.layouts.commands import Command
from axxon_client.ui.layouts.control import TileControl
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.layouts.grid import Grid, MakeSurface
from axxon_client.ui.layouts.image import ImagePopover, ImageSettings
from axxon_client.ui.layouts.tile import Tile
from axxon_client.ui.widgets.states import EmptyState
from protocol.messages import Change, ChangeTree, GetPicture, Picture
from protocol.types import ObjectKind, Right

_POLL_MS = 100
_DIGITS_MS = 1500  # a camera's number is complete after that, or with Enter
_CONTROLS = {
    Command.ARM: "arm",
    Command.DISARM: "disarm",
    Command.RECORD: "record",
    Command.STOP_RECORD: "stop-record",
    Command.ALARM: "alarm",
}


class WatchPage(QWidget):
    """Signals: `settings_asked(str object id)`; `add_asked()`; `said(tone, title, detail)`;
    `active_changed()` when another tile, camera or mode is the active one; `export_asked()` and
    `control_asked()` of the active tile's camera."""

    settings_asked = pyqtSignal(str)
    add_asked = pyqtSignal()
    said = pyqtSignal(str, str, str)
    active_changed = pyqtSignal()
    export_asked = pyqtSignal()
    control_asked = pyqtSignal()

    def __init__(
        self, session: Session, feeds: Feeds | None, make_surface: MakeSurface | None
    ) -> None:
        super().__init__()
        self._session = session
        self._feeds = feeds
        self.controls: list[TileControl] = []
        self.desk = Desk(session, feeds, self)
        self.bar = ArchiveBar(session, self.desk)
        self.bar.hide()
        self._sound = False
        self._scrubbing: set[str] = set()
        self._digits = ""
        self._popover = ImagePopover(self)
        self._popover.altered.connect(self._on_image)
        self._popover.zoomed.connect(self._on_zoom)
        self.grid = Grid(make_surface)
        self.grid.tile_made.connect(self._on_tile)
        self.grid.active_changed.connect(lambda _cell: self._on_active())
        self.grid.magnified_changed.connect(lambda _cell: self._on_active())
        self.empty = self._empty_state()
        self._stack = QStackedLayout()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.empty)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.middle = QHBoxLayout()  # tiles, and panels at their right
        self.middle.setSpacing(0)
        self.middle.addLayout(self._stack, 1)
        self.column.addLayout(self.middle, 1)
        self.column.addWidget(self.bar)
        self.bar.live_asked.connect(self.go_live)
        self.bar.scrubbed.connect(self._on_scrub)
        self.bar.together_toggled.connect(self._on_together)
        self.bar.tools.export_asked.connect(self.export_asked)
        self.desk.told.connect(lambda text: self.said.emit("accent", text, ""))
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._on_poll)
        self._poll.start()
        self._number = QTimer(self)
        self._number.setSingleShot(True)
        self._number.setInterval(_DIGITS_MS)
        self._number.timeout.connect(self._take_number)
        session.layouts.current_changed.connect(lambda _layout: self._on_layout())
        session.statuses.changed.connect(self._on_cameras)
        session.link_changed.connect(lambda _state: self._on_cameras(None))
        session.ready.connect(self._on_ready)
        session.store.changed.connect(lambda _changed, _removed: self._on_tree())
        session.alarms.raised.connect(lambda alarm: self._on_cameras({alarm.camera}))
        session.alarms.altered.connect(lambda alarm: self._on_cameras({alarm.camera}))
        self._on_layout()

    def _empty_state(self) -> EmptyState:
        actions: list[tuple[str, str, Callable[[], object]]] = []
        detail = self.tr("Ask an administrator to add one.")
        if self._session.may(Right.CONFIGURE):
            actions = [(self.tr("Add a camera"), "primary", self.add_asked.emit)]
            detail = self.tr(
                "Add your first camera: its address, its user name and password are enough. "
                "It is recorded and watched for motion from then on."
            )
        return EmptyState("cctv", self.tr("No cameras yet"), detail, actions)

    # --- layout

    def _on_ready(self) -> None:
        """First tree: all cameras on the screen, unless something is shown already."""
        if not any(self._session.layouts.current.cells):
            cameras = [camera.id for camera in self._session.store.cameras()]
            self._session.layouts.show(fitting(cameras))
        self._on_tree()

    def _on_tree(self) -> None:
        none = self._session.loaded and not self._session.store.cameras()
        if none or not self.covered:
            self._stack.setCurrentWidget(self.empty if none else self.grid)
        current = self._session.layouts.current
        if not none and not any(current.cells) and not current.id:
            self._on_first_camera()
        self._on_cameras(None)

    def _on_first_camera(self) -> None:
        """The first camera was added to an empty screen: show it."""
        cameras = [camera.id for camera in self._session.store.cameras()]
        self._session.layouts.show(fitting(cameras))

    def _on_layout(self) -> None:
        layout = self._session.layouts.current
        if self.grid.magnified >= 0:
            self.grid.magnify(-1)
        self.grid.set_layout(layout)
        self.controls = self.controls[: len(self.grid.tiles)]
        for control, camera in zip(self.controls, layout.cells, strict=True):
            control.show(camera)
        self._on_active()

    def _on_tile(self, tile: Tile) -> None:
        tile.rights = self._session.rights
        control = TileControl(tile, self._session, self._feeds, self.desk)
        self.controls.append(control)
        tile.commanded.connect(lambda command: self.command(command, control))
        tile.acted.connect(lambda action: self._on_action(action, control))
        tile.dropped.connect(lambda camera, cell: self._on_drop(tile.cell, camera, cell))
        control.mode_changed.connect(self._on_mode)

    def _on_drop(self, cell: int, camera: str, source: int) -> None:
        layout = self._session.layouts.current
        if source >= 0:
            self._session.layouts.show(layout.swapped(source, cell))
        else:
            self._session.layouts.show(layout.placed(camera, cell))
        self.grid.activate(cell)

    def show_camera(self, camera: str) -> None:
        """Where it is already, else in the active tile, or in a free one while that is taken."""
        layout = self._session.layouts.current
        if camera in layout.cells:
            self.grid.activate(layout.cells.index(camera))
            return
        cell = self.grid.active_cell
        free = layout.first_free()
        if layout.cells[cell] and free is not None:
            cell = free
        self._session.layouts.show(layout.placed(camera, cell))
        self.grid.activate(cell)

    def set_grid(self, cells: int) -> None:
        """Another size; a larger one takes in cameras that are not shown yet."""
        layout = self._session.layouts.current.with_grid(cells)
        known = [camera.id for camera in self._session.store.cameras()]
        rest = [camera for camera in known if camera not in layout.cells]
        if not layout.id:
            for camera in rest:
                free = layout.first_free()
                if free is None:
                    break
                layout = layout.placed(camera, free)
        self._session.layouts.show(layout)

    # --- what may lie in the place of the tiles

    def cover(self, page: QWidget) -> None:
        if self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        self.active_changed.emit()

    def uncover(self) -> None:
        self._stack.setCurrentWidget(self.grid)
        self.active_changed.emit()
        self.grid.setFocus()

    @property
    def covered(self) -> bool:
        return self._stack.currentWidget() not in (self.grid, self.empty)

    # --- following

    def _on_poll(self) -> None:
        for control in self.controls:
            if control.tile.isVisible():
                control.poll()
        if self.bar.isVisible():
            self.bar.poll()

    def _on_cameras(self, cameras: object) -> None:
        for control in self.controls:
            if cameras is None or control.camera in cameras:  # type: ignore[operator]
                control.refresh()

    def _on_active(self) -> None:
        active = self.active
        for control in self.controls:
            mine = control is active
            sounding = mine and self._sound
            tile = control.tile
            magnified = self.grid.magnified == tile.cell
            control.set_importance(mine, sounding)
            switches = evolve(tile.switches, sound=sounding, magnified=magnified)
            if switches != tile.switches:
                tile.set_switches(switches)
        self._follow_active()
        self.active_changed.emit()

    @property
    def active(self) -> TileControl | None:
        cell = self.grid.active_cell
        return self.controls[cell] if cell < len(self.controls) else None

    def close_feeds(self) -> None:
        """Before the page goes."""
        self._poll.stop()
        for control in self.controls:
            control.close()

    # --- doing

    def command(self, command: Command, control: TileControl | None = None) -> bool:
        """On a tile, or on the active one; False when it makes no sense there now."""
        control = control or self.active
        if control is None or not control.camera:
            return False
        entry = control.tile.commands().get(command)
        if entry is None or not entry.enabled:
            return False
        if command in _CONTROLS:
            self._session.control(control.camera, _CONTROLS[command])
            if command in (Command.RECORD, Command.STOP_RECORD):
                by_hand = command is Command.RECORD
                control.tile.set_switches(evolve(control.tile.switches, by_hand=by_hand))
        else:
            self._act(command, control)
        return True

    def _act(self, command: Command, control: TileControl) -> None:
        tile = control.tile
        switch = tile.switches
        actions: dict[Command, Callable[[], object]] = {
            Command.ARCHIVE: lambda: self.go_archive(control),
            Command.LIVE: lambda: control.set_mode(Mode.LIVE),
            Command.MAGNIFY: lambda: self.magnify(tile),
            Command.SOUND: self.toggle_sound,
            Command.SNAPSHOT: lambda: self._snapshot(control),
            Command.SAVE_FRAME: lambda: self.save_frame(control),
            Command.PRINT: lambda: self.print_frame(control),
            Command.EXPORT: self.export_asked.emit,
            Command.ZOOM_RECTANGLE: tile.choose_rectangle,
            Command.ZOOM_WHOLE: tile.reset_view,
            Command.IMAGE: lambda: self._open_image(tile),
            Command.BOXES: lambda: tile.set_switches(evolve(switch, boxes=not switch.boxes)),
            Command.STATISTICS: lambda: tile.set_switches(
                evolve(switch, statistics=not switch.statistics)
            ),
            Command.CONTROLS: self.control_asked.emit,
            Command.SETTINGS: lambda: self.settings_asked.emit(control.camera),
            Command.CLEAR: lambda: self._clear(tile.cell),
        }
        if command in actions:
            actions[command]()

    def _clear(self, cell: int) -> None:
        self._session.layouts.show(self._session.layouts.current.cleared(cell))

    def magnify(self, tile: Tile) -> None:
        whole = self.grid.magnified == tile.cell or len(self.grid.tiles) == 1
        self.grid.magnify(-1 if whole else tile.cell)

    def toggle_sound(self) -> None:
        self._sound = not self._sound
        self._on_active()

    def _snapshot(self, control: TileControl) -> None:
        tile = control.tile
        tile.set_switches(evolve(tile.switches, snapshot=not tile.switches.snapshot))
        control.refresh()

    def save_frame(self, control: TileControl, path: Path | None = None) -> None:
        """Ask for a file (unless given one) and write the frame as the camera sent it."""
        image = control.tile.grab_picture()
        picture = control.tile.picture
        if image is None or picture is None:
            return
        moment = words.local(picture.pts_us).strftime("%Y-%m-%d %H-%M-%S")
        name = f"{control.tile.state.title} {moment}.jpg"
        if path is None:
            folder = QStandardPaths.writableLocation(QStandardPaths.PicturesLocation)
            chosen, _ = QFileDialog.getSaveFileName(
                self,
                self.tr("Save picture"),
                str(Path(folder) / name),
                self.tr("Pictures (*.jpg *.png)"),
            )
            if not chosen:
                return
            path = Path(chosen)
        if image.save(str(path), None, 95):
            self.said.emit("green", self.tr("Picture saved"), str(path))
        else:
            self.said.emit("red", self.tr("The picture could not be saved"), str(path))

    def print_frame(self, control: TileControl) -> None:
        """Ask for a printer and print the frame with its camera and time."""
        image = control.tile.grab_picture()
        picture = control.tile.picture
        if image is not None and picture is not None:
            note = printing.Note(control.tile.state.title, picture.pts_us, self._session.node_name)
            printing.ask_printer(self.window(), image, note)

    def playing_cameras(self) -> list[str]:
        """Of all tiles in archive mode; the active tile's when there are none."""
        playing = [c.camera for c in self.controls if c.mode is Mode.ARCHIVE and c.camera]
        active = self.active
        return playing or ([active.camera] if active is not None and active.camera else [])

    def _open_image(self, tile: Tile) -> None:
        factor = 1.0 / tile.view.w
        place = tile.mapToGlobal(QPoint(tile.width() // 2, tile.height() - 40))
        self._popover.open_at(place, tile.image, factor)

    def _on_image(self, settings: ImageSettings) -> None:
        if self.active is not None:
            self.active.tile.set_image(settings)

    def _on_zoom(self, factor: float) -> None:
        if self.active is not None:
            self.active.tile.zoom_to(factor)

    def zoom_by(self, factor: float) -> None:
        tile = self.active.tile if self.active is not None else None
        if tile is not None and tile.picture is not None:
            tile.zoom_by(factor)

    def _on_action(self, action: Action, control: TileControl) -> None:
        device = self._session.store.ancestor(control.camera, ObjectKind.DEVICE)
        if action is Action.SETTINGS:
            self.settings_asked.emit(device.id if device is not None else control.camera)
        elif action is Action.RETRY:
            control.retry()
        elif action is Action.NEAREST:
            self._go_nearest()
        elif action is Action.ENABLE and device is not None:
            change = Change(device.id, properties={"enabled": True}, revision=device.revision)
            self._session.request(ChangeTree([change]))

    # --- archive

    def go_archive(self, control: TileControl | None = None, time_us: int | None = None) -> None:
        """A tile (the active one) into archive mode, at a time or shortly before now."""
        control = control or self.active
        if control is None or not control.camera or not self._session.may(Right.ARCHIVE):
            return
        self.desk.prepare(time_us)
        if self.bar.together.isChecked():
            self._all_to(Mode.ARCHIVE)
        else:
            control.set_mode(Mode.ARCHIVE)

    def go_live(self) -> None:
        """All tiles; those with footage from elsewhere become free."""
        store, layouts = self._session.store, self._session.layouts
        foreign = frozenset(filter(store.is_foreign, layouts.current.cells))
        if foreign:
            layouts.show(layouts.current.without(foreign))
        self._all_to(Mode.LIVE)

    def toggle_archive(self) -> None:
        active = self.active
        if active is not None and active.mode is Mode.ARCHIVE:
            self.go_live()
        else:
            self.go_archive()

    def _all_to(self, mode: Mode) -> None:
        for control in self.controls:
            control.set_mode(mode)

    def _on_together(self, on: bool) -> None:
        for control in self.controls:
            if control is not self.active:
                control.set_mode(Mode.ARCHIVE if on else Mode.LIVE)

    def _on_mode(self) -> None:
        playing = [c for c in self.controls if c.mode is Mode.ARCHIVE and c.camera]
        if playing and not self.bar.isVisible():
            self.bar.begin()
        self.bar.setVisible(bool(playing))
        self._follow_active()
        self.active_changed.emit()

    def _follow_active(self) -> None:
        """The time line is the active tile's, or that of another one that plays back."""
        playing = [c for c in self.controls if c.mode is Mode.ARCHIVE and c.camera]
        active = self.active
        if active not in playing:
            active = playing[0] if playing else None
        self.desk.line.set_camera(active.camera if active is not None else "")
        self.desk.set_playing([control.camera for control in playing])

    def _go_nearest(self) -> None:
        found = self.desk.line.nearest_footage(self.desk.position_us)
        if found is None:
            self.said.emit("accent", self.tr("Nothing was recorded here yet"), "")
        else:
            self.desk.seek(found)

    def _on_scrub(self, time_us: int) -> None:
        """Pictures follow the cursor: one question a camera at a time, the newest time wins."""
        for control in self.controls:
            if control.mode is Mode.ARCHIVE and control.camera not in self._scrubbing:
                self._ask_picture(control, time_us)

    def _ask_picture(self, control: TileControl, time_us: int) -> None:
        camera, gate = control.camera, control.tile.gate
        self._scrubbing.add(camera)

        def done(reply: Picture, payload: bytes) -> None:
            self._scrubbing.discard(camera)
            if reply.format is None or not payload or self._feeds is None:
                return
            form, moment = reply.format, reply.time_us
            if self.bar.line.dragging:
                self._feeds.show_still(form, payload, moment, gate)

        def failed(_failure: Failure) -> None:
            self._scrubbing.discard(camera)

        self._session.request(GetPicture(camera, time_us), done, failed, self)

    # --- camera by number

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text.isdigit() and not event.modifiers() & ~Qt.KeypadModifier:
            self._digits = (self._digits + text)[-4:]
            self._number.start()
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter) and self._digits:
            self._take_number()
        else:
            super().keyPressEvent(event)

    def _take_number(self) -> None:
        self._number.stop()
        digits, self._digits = self._digits, ""
        for camera in self._session.store.cameras():
            if str(camera.properties.get("number")) == digits.lstrip("0"):
                self.show_camera(camera.id)
                return
        if digits:
            self.said.emit("amber", self.tr("There is no camera {0}").format(digits), "")
