"""All that is there after log-in: menus, pages, and the window's shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QShortcut, QStackedWidget, QVBoxLayout, QWidget

from axxon_client.model.bridge import Failure
from axxon_client.model.layouts import GRIDS
from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.model.tile import Mode
from axxon_client.ui.alerts.panel import AlertsPanel
from axxon_client.ui.alerts.review import ReviewPage
from axxon_client.ui.archive.finds import Finds
from axxon_client.ui.exports.desk import ExportDesk
from axxon_client.ui.frame.body import Body
from axxon_client.ui.frame.help import open_help
from axxon_client.ui.frame.rail import Menu, Rail
from axxon_client.ui.frame.topbar import TopBar
from axxon_client.ui.frame.user import PasswordDialog, user_menu
from axxon_client.ui.journal.page import JournalPage
from axxon_client.ui.layouts.commands import Command
from axxon_client.ui.layouts.feeds import Feeds
from axxon_client.ui.layouts.grid import MakeSurface
from axxon_client.ui.layouts.panel import LayoutsPanel
from axxon_client.ui.layouts.watch import WatchPage
from axxon_client.ui.ptz.desk import ControlDesk
from axxon_client.ui.settings.addcamera import AddCamera
from axxon_client.ui.settings.findcameras import FindCameras
from axxon_client.ui.settings.page import SettingsPage
from axxon_client.ui.settings.panel import SettingsPanel
from axxon_client.ui.widgets.stills import Stills
from axxon_client.ui.widgets.toast import ToastStack
from protocol.types import Right

_TICK_MS = 1000
_FOOTER_PX = 56  # of the settings' Apply and Discard


class WorkPage(QWidget):
    """Signals: `log_out_asked()`."""

    log_out_asked = pyqtSignal()

    def __init__(
        self,
        session: Session,
        feeds: Feeds | None,
        stills: Stills,
        preferences: Preferences,
        make_surface: MakeSurface | None,
    ) -> None:
        super().__init__()
        self.session = session
        self.feeds = feeds
        self._stills = stills
        self._preferences = preferences
        self._archive_keys: list[QShortcut] = []
        self._tile_keys: list[QShortcut] = []
        self.rail = Rail()
        self.watch = WatchPage(session, feeds, make_surface)
        self.settings = SettingsPage(session, stills, feeds)
        self.journal = JournalPage(session)
        self.review = ReviewPage(session, feeds, make_surface)
        self.layouts_panel = LayoutsPanel(session)
        self.alerts_panel = AlertsPanel(session, stills)
        self.settings_panel = SettingsPanel(session)
        self.menu: Menu = Menu.LAYOUTS
        self.panel = QStackedWidget()
        self.panel.setObjectName("sidePanel")
        self._panels: dict[Menu, QWidget] = {
            Menu.LAYOUTS: self.layouts_panel,
            Menu.ALERTS: self.alerts_panel,
            Menu.SETTINGS: self.settings_panel,
        }
        for panel in self._panels.values():
            self.panel.addWidget(panel)
        self.pages = QStackedWidget()
        for page in (self.watch, self.settings, self.journal, self.review):
            self.pages.addWidget(page)
        self.top = TopBar(session)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.pages, 1)
        self.body = Body(self.rail, self.panel, centre)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.body)
        self.toasts = ToastStack(self)
        self.finds = Finds(self, session, stills, self.watch)
        self.exports = ExportDesk(self, session, feeds, stills, preferences, self.watch)
        self.controls = ControlDesk(self, session, feeds, self.watch)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.top.tick)
        self._tick.start()
        self._connect()
        self._shortcuts()
        self.rail.allow(Menu.ALERTS, session.may(Right.ALARMS) or session.may(Right.ARCHIVE))
        self.rail.allow(Menu.SETTINGS, session.may(Right.CONFIGURE))
        self.rail.set_open(self.menu)
        self.body.set_autohide(preferences.flag("autohide"))
        self._show_layout()

    def _connect(self) -> None:
        session, watch = self.session, self.watch
        self.rail.pressed.connect(self.press)
        self.rail.help_asked.connect(lambda: open_help(self.window()))
        self.rail.user_asked.connect(self._open_user_menu)
        self.body.folded_changed.connect(lambda _folded: self._mark_menu())
        self.top.grid_chosen.connect(watch.set_grid)
        self.top.save_asked.connect(self._save_layout)
        self.top.camera_chosen.connect(self._show_camera)
        self.top.archive_toggled.connect(lambda _on: watch.toggle_archive())
        watch.active_changed.connect(self._on_active)
        self.journal.moment_chosen.connect(self._show_moment)
        self.top.exports_asked.connect(self._toggle_queue)
        self.exports.said.connect(self._say_with)
        self.finds.said.connect(self.say)
        self.controls.said.connect(self.say)
        watch.export_asked.connect(self.exports.open_sheet)
        self.top.alarms_asked.connect(lambda: self.open_menu(Menu.ALERTS))
        self.layouts_panel.camera_chosen.connect(self._show_camera)
        self.layouts_panel.layout_chosen.connect(self._choose_layout)
        self.layouts_panel.settings_asked.connect(self.open_settings)
        self.layouts_panel.add_asked.connect(self.add_camera)
        self.alerts_panel.alarm_chosen.connect(self.open_alarm)
        self.review.decided.connect(self._next_alarm)
        self.review.archive_asked.connect(self._show_moment)
        self.review.said.connect(self.say)
        self.alerts_panel.journal_asked.connect(self.open_journal)
        self.settings_panel.object_chosen.connect(self.settings.show_object)
        self.settings_panel.group_chosen.connect(self.settings.show_group)
        self.settings_panel.add_asked.connect(self.add_camera)
        self.settings.chosen.connect(self.settings_panel.choose)
        self.settings.add_camera_asked.connect(self.add_camera)
        self.settings.said.connect(self.say)
        self.settings.moment_chosen.connect(self._show_foreign)
        watch.settings_asked.connect(self.open_settings)
        watch.add_asked.connect(self.add_camera)
        watch.said.connect(self.say)
        session.trouble.connect(self._on_trouble)
        session.alarms.waiting_changed.connect(self.rail.set_waiting)
        session.layouts.current_changed.connect(lambda _layout: self._show_layout())
        session.layouts.saved_changed.connect(self._show_layout)
        self._preferences.changed.connect(self._on_preference)
        self.rail.set_waiting(session.alarms.waiting)

    # --- menus and pages

    def press(self, menu: Menu) -> None:
        """The rail's button: open that menu; the open one's folds to the rail and unfolds."""
        if menu is self.menu:
            self.body.set_folded(not self.body.folded)
        else:
            self.open_menu(menu)
        self._mark_menu()

    def open_menu(self, menu: Menu) -> None:
        self.menu = menu
        self.panel.setCurrentWidget(self._panels[menu])
        self.body.set_hidden(False)
        self.body.set_folded(False)
        if menu is Menu.SETTINGS:
            self._show_page(self.settings)
        else:
            self._show_page(self.watch)
        self._mark_menu()

    def _mark_menu(self) -> None:
        self.rail.set_open(None if self.body.folded else self.menu)

    def open_alarm(self, key: str) -> None:
        """Its review, in the middle."""
        alarm = self.session.alarms.get(key)
        if alarm is None:
            return
        if self.menu is not Menu.ALERTS:
            self.open_menu(Menu.ALERTS)
        self._show_page(self.review)
        self.review.show_alarm(alarm)
        self.alerts_panel.select(key)

    def _next_alarm(self, after: str) -> None:
        """The next one that waits; the tiles again when there is none."""
        key = self.alerts_panel.next_waiting(after)
        if key:
            self.open_alarm(key)
        else:
            self.review.show_alarm(None)

    def _show_page(self, page: QWidget) -> None:
        if self.pages.currentWidget() is self.review and page is not self.review:
            self.review.leave()
        self.pages.setCurrentWidget(page)
        watching = page is self.watch
        if watching:
            self.top.set_page("", True)
            self._show_layout()
        elif page is self.journal:
            self.top.set_page(self.tr("Journal"), False)
        elif page is self.review:
            self.top.set_page(self.tr("Alarm"), False)
        else:
            self.top.set_page(self.tr("Settings"), False)

    def _show_layout(self) -> None:
        if self.pages.currentWidget() is not self.watch:
            return
        layouts = self.session.layouts
        layout = layouts.current
        cells = layout.columns * layout.rows if layout.columns == layout.rows else 0
        name = layout.name or self.tr("All cameras")
        may_save = self.session.may(Right.CONFIGURE)
        self.top.set_layout(name, cells, layouts.is_altered() and bool(layout.id), may_save)

    def open_settings(self, key: str) -> None:
        self.open_menu(Menu.SETTINGS)
        self.settings_panel.choose(key)
        self.settings.show_object(key)

    def open_journal(self) -> None:
        if self.session.may(Right.JOURNAL):
            self.open_menu(Menu.ALERTS)
            self._show_page(self.journal)
            self.journal.search()

    def _choose_layout(self, layout: object) -> None:
        self._show_page(self.watch)
        self.session.layouts.show(layout)  # type: ignore[arg-type]

    def _show_camera(self, camera: str) -> None:
        self._show_page(self.watch)
        self.watch.show_camera(camera)

    def add_camera(self) -> FindCameras:
        sheet = FindCameras(self.window(), self.session)
        sheet.added.connect(self._on_added)
        sheet.address_asked.connect(self.add_by_address)
        sheet.open()
        return sheet

    def add_by_address(self) -> AddCamera:
        sheet = AddCamera(self.window(), self.session, self._stills.decode)
        sheet.added.connect(lambda _device: self._on_added(1))
        sheet.open()
        return sheet

    def _on_added(self, count: int) -> None:
        if count == 1:
            self.say("green", self.tr("Camera added"), self.tr("It is being connected."))
        else:
            text = self.tr("{0} cameras added").format(count)
            self.say("green", text, self.tr("They are being connected."))

    def _save_layout(self) -> None:
        layouts = self.session.layouts
        if layouts.current.id:
            layouts.save()
        else:
            self.layouts_panel.create_layout()

    def _open_user_menu(self) -> None:
        menu = user_menu(
            self,
            self.session,
            self._preferences,
            self._change_password,
            self.log_out_asked.emit,
        )
        place = self.rail.user.mapToGlobal(QPoint(self.rail.user.width() + 4, 0))
        menu.popup(place - QPoint(0, menu.sizeHint().height() - self.rail.user.height()))

    def _change_password(self) -> None:
        PasswordDialog(
            self.window(), self.session, lambda: self.say("green", self.tr("Password changed"), "")
        ).open()

    def _on_preference(self, name: str) -> None:
        if name == "autohide":
            self.body.set_autohide(self._preferences.flag(name))

    # --- messages

    def say(self, tone: str, title: str, detail: str = "") -> None:
        self._place_bottom()
        self.toasts.say(tone, title, detail)

    def _say_with(
        self, tone: str, title: str, detail: str, text: str, run: Callable[[], object]
    ) -> None:
        """With a button."""
        self._place_bottom()
        self.toasts.say(tone, title, detail, (text, run))

    def _place_bottom(self) -> None:
        page = self.pages.currentWidget()
        heights = {
            self.settings: _FOOTER_PX,
            self.review: self.review.below_px(),
            self.watch: self.watch.bar.height() if self.watch.bar.isVisible() else 0,
        }
        self.toasts.set_bottom(16 + heights.get(page, 0))
        self.exports.queue.set_bottom(16 + heights.get(page, 0))

    def _on_trouble(self, failure: Failure) -> None:
        if failure.code != "offline":  # the lost server is shown already
            self.say("red", self.tr("That was not possible"), failure.text)

    # --- keys

    def _shortcuts(self) -> None:
        for number, menu in enumerate(Menu):
            self._key(f"Ctrl+{number + 1}", partial(self.press, menu))
        for number, cells in enumerate(GRIDS):
            self._key(f"Alt+{number + 1}", partial(self.watch.set_grid, cells))
        self._key("Ctrl+F", self._focus_search)
        self._key("Ctrl+J", self.open_journal)
        self._key("Ctrl+D", self._toggle_queue)
        self._key("Ctrl+Shift+S", self._save_layout)
        self._key("?", lambda: open_help(self.window()))
        self._key("Esc", self._escape)
        for keys, columns, rows in (
            ("Alt+Left", -1, 0),
            ("Alt+Right", 1, 0),
            ("Alt+Up", 0, -1),
            ("Alt+Down", 0, 1),
        ):
            self._tile_key(keys, partial(self.watch.grid.move_active, columns, rows))
        for keys, commands in (
            ("F", [Command.MAGNIFY]),
            ("R", [Command.ARM, Command.DISARM]),
            ("O", [Command.RECORD, Command.STOP_RECORD]),
            ("M", [Command.SOUND]),
            ("S", [Command.SNAPSHOT]),
            ("Ctrl+S", [Command.SAVE_FRAME]),
            ("Ctrl+P", [Command.PRINT]),
            ("E", [Command.EXPORT]),
            ("Z", [Command.ZOOM_RECTANGLE]),
            ("X", [Command.ZOOM_WHOLE]),
            ("I", [Command.IMAGE]),
            ("B", [Command.BOXES]),
            ("T", [Command.STATISTICS]),
            ("Ctrl+E", [Command.ALARM]),
            ("Del", [Command.CLEAR]),
        ):
            self._tile_key(keys, partial(self._command, commands))
        self._tile_key("+", lambda: self.watch.zoom_by(1.25))
        self._tile_key("-", lambda: self.watch.zoom_by(0.8))
        self._tile_key("A", self.watch.toggle_archive)
        self._tile_key("L", self.watch.go_live)
        self._tile_key("Y", self.watch.bar.together.click)
        tools = self.watch.bar.tools
        for keys, made in (("V", tools.pictures), ("C", tools.coverage), ("K", tools.protect)):
            self._tile_key(keys, made.click)
        for keys, run in self.watch.bar.keys().items():
            shortcut = self._key(keys, run, self.watch)
            shortcut.setEnabled(False)
            self._archive_keys.append(shortcut)

    def _key(
        self, keys: str, run: Callable[[], object], parent: QWidget | None = None
    ) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), parent or self)
        everywhere = parent is None
        context = Qt.WindowShortcut if everywhere else Qt.WidgetWithChildrenShortcut
        shortcut.setContext(context)
        shortcut.activated.connect(run)
        return shortcut

    def _tile_key(self, keys: str, run: Callable[[], object]) -> None:
        """Only while the focus is among the tiles: letters are typed elsewhere."""
        self._tile_keys.append(self._key(keys, run, self.watch))

    def _command(self, commands: list[Command]) -> None:
        """The first of them that makes sense now: one key does and undoes."""
        any(self.watch.command(command) for command in commands)

    def _focus_search(self) -> None:
        self.open_menu(Menu.LAYOUTS)
        self.layouts_panel.search.setFocus()
        self.layouts_panel.search.selectAll()

    def _on_active(self) -> None:
        active = self.watch.active
        playing = active is not None and active.mode is Mode.ARCHIVE
        self.top.archive.setChecked(playing)
        free = not self.watch.covered  # what lies over the tiles has keys of its own
        for shortcut in self._tile_keys:
            shortcut.setEnabled(free)
        for shortcut in self._archive_keys:
            shortcut.setEnabled(free and self.watch.desk.active)

    def _show_moment(self, camera: str, time_us: int) -> None:
        """A camera's footage of a moment, in archive mode."""
        self._show_camera(camera)
        self.watch.go_archive(time_us=time_us)

    def _show_foreign(self, camera: str, time_us: int) -> None:
        """Footage of an attached folder: back to the tiles first."""
        self.open_menu(Menu.LAYOUTS)
        self._show_moment(camera, time_us)

    def _escape(self) -> None:
        if self.exports.queue.isVisible():
            self.exports.queue.hide()
        elif self.pages.currentWidget() is self.watch and self.watch.covered:
            self.finds.interval.close_page()
        elif self.pages.currentWidget() is not self.watch:
            self.open_menu(Menu.LAYOUTS)
        elif self.watch.grid.magnified >= 0:
            self.watch.grid.magnify(-1)
        self.watch.grid.setFocus()

    def _toggle_queue(self) -> None:
        if self.session.may(Right.EXPORT):
            self._place_bottom()
            self.exports.queue.toggle()

    def close_feeds(self) -> None:
        self.exports.close()
        self.settings.show_empty()  # a detector may be being tried
        self.review.leave()
        self.controls.close()
        self.watch.close_feeds()
