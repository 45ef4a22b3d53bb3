"""Menus, keyboard, tiles and layouts of the window, on a fake session."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from PyQt5.QtCore import QPoint, QPointF, Qt
from PyQt5.QtGui import QCursor, QDropEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QDialog, QLabel, QShortcut
from pytestqt.qtbot import QtBot

from axxon_client.model.bridge import Failure
from axxon_client.model.layouts import Layout
from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.model.tile import Mode
from axxon_client.model.trees import camera_mime
from axxon_client.net.states import LinkPhase, LinkState
from axxon_client.ui.frame.help import open_help, sections
from axxon_client.ui.frame.rail import Menu
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.theme import palette
from axxon_client.ui.widgets.stills import Stills
from protocol.messages import (
    ControlCamera,
    Done,
    EvaluateAlarm,
    LoadStep,
    QueryJournal,
    SystemNotice,
    TakeAlarm,
)
from protocol.types import AlarmRecord, AlarmState, Right
from tests.fakes.requester import (
    NOW_US,
    FakeRequester,
    accept_changes,
    make_session,
    no_signal,
    status,
)


def press(page: WorkPage, key: int, modifiers: int = 0) -> None:
    """On whatever has the focus, as a person does."""
    QTest.keyClick(page.focusWidget() or page, key, Qt.KeyboardModifiers(modifiers))


# --- menus


def test_exactly_one_menu_is_open_and_its_icon_folds_it(work: WorkPage) -> None:
    assert [work.rail.buttons[m].isChecked() for m in Menu] == [True, False, False]
    work.press(Menu.SETTINGS)
    assert [work.rail.buttons[m].isChecked() for m in Menu] == [False, False, True]
    assert work.pages.currentWidget() is work.settings
    work.press(Menu.SETTINGS)
    assert work.body.folded
    assert not work.panel.isVisible()
    work.press(Menu.LAYOUTS)
    assert not work.body.folded
    assert work.pages.currentWidget() is work.watch


def test_folding_gives_the_room_to_the_tiles(work: WorkPage) -> None:
    before = work.watch.width()
    work.press(Menu.LAYOUTS)
    assert work.watch.width() == before + palette.PANEL_WIDTH


def test_menus_follow_the_keyboard(qtbot: QtBot, work: WorkPage) -> None:
    qtbot.waitUntil(work.isActiveWindow)
    press(work, Qt.Key_2, int(Qt.ControlModifier))
    assert work.menu is Menu.ALERTS
    press(work, Qt.Key_3, int(Qt.ControlModifier))
    assert work.menu is Menu.SETTINGS
    press(work, Qt.Key_Escape)
    assert work.menu is Menu.LAYOUTS


def test_a_viewer_has_no_settings(
    qtbot: QtBot, dressed: QApplication, requester: FakeRequester, pool: object,
    preferences: Preferences,
) -> None:  # fmt: skip
    session = make_session(requester, rights=frozenset({Right.LIVE, Right.ARCHIVE}))
    stills = Stills(session, pool)  # type: ignore[arg-type]
    page = WorkPage(session, None, stills, preferences, None)
    qtbot.addWidget(page)
    assert page.rail.buttons[Menu.SETTINGS].isHidden()
    assert page.layouts_panel.add.isHidden()
    page.close_feeds()
    stills.close()


def test_idle_menus_fold_then_hide_and_come_back(qtbot: QtBot, work: WorkPage) -> None:
    work._preferences.set_flag("autohide", True)
    work.watch.grid.setFocus()
    QApplication.processEvents()
    work.body._idle_ms = 1_000_000
    work.body._watch.setInterval(1)
    QCursor.setPos(work.mapToGlobal(QPoint(900, 400)))
    qtbot.waitUntil(lambda: work.body.folded)
    work.body._idle_ms = 1_000_000
    qtbot.waitUntil(lambda: work.body.rail_hidden)
    QCursor.setPos(work.mapToGlobal(QPoint(0, 400)))
    qtbot.waitUntil(lambda: not work.body.rail_hidden)


def test_no_key_has_two_meanings(work: WorkPage) -> None:
    """Of two shortcuts with one key Qt triggers neither."""
    shortcuts = work.findChildren(QShortcut, options=Qt.FindDirectChildrenOnly)
    shortcuts += work.watch.findChildren(QShortcut, options=Qt.FindDirectChildrenOnly)
    keys = [shortcut.key().toString() for shortcut in shortcuts]
    assert len(keys) > 30
    assert sorted(keys) == sorted(set(keys))


def test_the_sheet_names_every_shortcut_once(work: WorkPage) -> None:
    sheet = open_help(work)
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for _, lines in sections():
        for keys, text in lines:
            assert keys in shown
            assert text in shown
    sheet.reject()


# --- tiles


def titles(work: WorkPage) -> list[str]:
    return [control.tile.state.title for control in work.watch.controls]


def test_all_cameras_are_shown_at_first(work: WorkPage) -> None:
    assert titles(work) == ["1 Door 1", "2 Door 2", "3 Door 3", ""]
    assert work.top.title.whole() == "All cameras"


def test_another_grid_by_button_and_by_key(qtbot: QtBot, work: WorkPage) -> None:
    work.top.grids.button(9).click()
    assert len(work.watch.grid.tiles) == 9
    assert work.top.grids.button(9).isChecked()
    qtbot.waitUntil(work.isActiveWindow)
    work.watch.grid.setFocus()
    press(work, Qt.Key_1, int(Qt.AltModifier))
    assert len(work.watch.grid.tiles) == 1


def test_tiles_fill_the_grid_without_overlapping(work: WorkPage) -> None:
    for cells in (1, 4, 9, 16, 25):
        work.watch.set_grid(cells)
        rects = [tile.geometry() for tile in work.watch.grid.tiles]
        area = work.watch.grid.rect()
        assert all(area.contains(rect) for rect in rects)
        for number, rect in enumerate(rects):
            assert not any(rect.intersects(other) for other in rects[number + 1 :])
        assert max(rect.right() for rect in rects) >= area.right() - 5


def test_a_camera_dropped_from_the_tree_takes_the_tile(session: Session, work: WorkPage) -> None:
    drop(work, 3, "camera1", -1)
    assert session.layouts.current.cells == ("", "camera2", "camera3", "camera1")
    assert work.watch.grid.active_cell == 3


def test_a_tile_dropped_on_another_changes_places(session: Session, work: WorkPage) -> None:
    drop(work, 2, "camera1", 0)
    assert session.layouts.current.cells == ("camera3", "camera2", "camera1", "")


def drop(work: WorkPage, cell: int, camera: str, source: int) -> None:
    data = camera_mime(camera, source)  # the event does not keep it alive
    place = QPointF(10, 10)
    event = QDropEvent(place, Qt.MoveAction, data, Qt.LeftButton, Qt.NoModifier)
    work.watch.grid.tiles[cell].dropEvent(event)


def test_a_double_click_magnifies_and_escape_brings_all_back(qtbot: QtBot, work: WorkPage) -> None:
    tiles = work.watch.grid.tiles
    QTest.mouseDClick(tiles[1], Qt.LeftButton)
    assert [tile.isVisible() for tile in tiles] == [False, True, False, False]
    assert tiles[1].width() > work.watch.grid.width() - 20
    qtbot.waitUntil(work.isActiveWindow)
    press(work, Qt.Key_Escape)
    assert all(tile.isVisible() for tile in tiles)


def test_the_active_tile_moves_with_the_arrows(qtbot: QtBot, work: WorkPage) -> None:
    qtbot.waitUntil(work.isActiveWindow)
    press(work, Qt.Key_Right, int(Qt.AltModifier))
    press(work, Qt.Key_Down, int(Qt.AltModifier))
    press(work, Qt.Key_Down, int(Qt.AltModifier))
    assert work.watch.grid.active_cell == 3
    assert [tile.active for tile in work.watch.grid.tiles] == [False, False, False, True]


def test_a_typed_number_brings_its_camera(qtbot: QtBot, session: Session, work: WorkPage) -> None:
    work.watch.set_grid(1)
    qtbot.waitUntil(work.isActiveWindow)
    work.watch.grid.setFocus()
    press(work, Qt.Key_3)
    press(work, Qt.Key_Return)
    assert session.layouts.current.cells == ("camera3",)


def test_keys_arm_and_record_the_active_camera(
    qtbot: QtBot, requester: FakeRequester, work: WorkPage
) -> None:
    requester.answers[ControlCamera] = lambda _m: None
    qtbot.waitUntil(work.isActiveWindow)
    work.watch.grid.setFocus()
    press(work, Qt.Key_R)
    press(work, Qt.Key_O)
    press(work, Qt.Key_O)
    asked = [(m.camera, m.action) for m in requester.of(ControlCamera)]
    assert asked == [("camera1", "disarm"), ("camera1", "record"), ("camera1", "stop-record")]


def test_letters_typed_in_a_field_are_no_commands(
    qtbot: QtBot, requester: FakeRequester, work: WorkPage
) -> None:
    qtbot.waitUntil(work.isActiveWindow)
    press(work, Qt.Key_F, int(Qt.ControlModifier))
    assert work.layouts_panel.search.hasFocus()
    qtbot.keyClicks(work.layouts_panel.search, "road")
    assert work.layouts_panel.search.text() == "road"
    assert requester.of(ControlCamera) == []


def test_enter_in_the_search_shows_the_first_camera_found(
    qtbot: QtBot, session: Session, work: WorkPage
) -> None:
    work.watch.set_grid(1)
    work.layouts_panel.search.setText("door 2")
    QTest.keyClick(work.layouts_panel.search, Qt.Key_Return)
    assert session.layouts.current.cells == ("camera2",)


def test_a_deleted_camera_leaves_the_screen(session: Session, work: WorkPage) -> None:
    session.store.update(2, [], ["camera2", "device2"])
    assert titles(work) == ["1 Door 1", "", "3 Door 3", ""]


# --- layouts


def test_a_layout_is_made_chosen_and_deleted_by_name(
    requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    accept_changes(requester, session)
    session.layouts.create("Doors")
    assert work.layouts_panel.layouts.count() == 1
    assert work.top.title.whole() == "Doors"
    session.layouts.show(Layout(1, 1, ("camera1",)))
    work._choose_layout(session.layouts.saved()[0])
    assert titles(work)[:3] == ["1 Door 1", "2 Door 2", "3 Door 3"]
    work.layouts_panel._remove(session.layouts.saved()[0])
    dialog = work.findChild(QDialog)
    assert dialog is not None
    assert "Doors" in dialog.windowTitle()
    dialog.accept()
    assert work.layouts_panel.layouts.count() == 0


def test_a_changed_layout_offers_to_be_saved(
    requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    accept_changes(requester, session)
    session.layouts.create("Doors")
    assert work.top.save.isHidden()
    session.layouts.show(session.layouts.current.cleared(0))
    assert not work.top.save.isHidden()
    work.top.save.click()
    assert work.top.save.isHidden()


# --- what is told


def test_the_top_bar_counts_recording_troubles_and_load(session: Session, work: WorkPage) -> None:
    session.statuses.update([no_signal("camera1"), status("camera2", alarm=True)])
    session.on_notice(SystemNotice(NOW_US, 12.4, 1, 2, 3, 1, machine_percent=31.4))
    assert work.top.recording.text() == "REC 2"
    assert work.top.troubles.text() == "1"
    assert work.top.alarms.text() == "1"
    assert work.top.load.text() == "cpu 31 %"
    assert "its own cpu 12 %" in work.top.load.toolTip()
    assert work.top.busy.isHidden()
    session.on_notice(SystemNotice(NOW_US, 99.0, 1, 2, 3, 1, LoadStep.HALF_RATE))
    assert work.top.busy.text() == "Busy: detectors slowed"
    assert "Recording goes on" in work.top.busy.toolTip()
    session.on_notice(SystemNotice(NOW_US, 31.4, 1, 2, 3, 1))
    assert work.top.busy.isHidden()
    session.statuses.update([status("camera1"), status("camera2")])
    assert work.top.troubles.isHidden()
    assert work.top.alarms.isHidden()


def test_what_comes_and_goes_in_the_top_bar_moves_no_button(
    session: Session, work: WorkPage, qtbot: QtBot
) -> None:
    work.resize(1280, 720)
    with qtbot.waitExposed(work):
        work.show()
    session.statuses.update([status("camera1")])
    session.on_notice(SystemNotice(NOW_US, 1.0, 1, 2, 3, 1, machine_percent=9.0))
    qtbot.wait(50)
    before = [made.x() for made in (*work.top.grids.buttons(), work.top.archive)]
    session.statuses.update([status("camera1", alarm=True), no_signal("camera2")])
    session.on_notice(
        SystemNotice(NOW_US, 99.0, 1, 2, 3, 1, LoadStep.HALF_RATE, machine_percent=100.0)
    )
    qtbot.wait(50)
    assert work.top.busy.isVisible()
    assert [made.x() for made in (*work.top.grids.buttons(), work.top.archive)] == before


def test_a_lost_server_is_said_everywhere_and_forgotten_when_it_is_back(
    session: Session, work: WorkPage
) -> None:
    session.on_link(LinkState(LinkPhase.LOST, "The cable was pulled."))
    assert not work.top.lost.isHidden()
    absence = work.watch.controls[0].tile.absence.absence
    assert absence is not None
    assert absence.title == "Server lost"
    session.on_link(LinkState(LinkPhase.READY))
    assert work.top.lost.isHidden()


def test_an_error_becomes_a_toast_once(session: Session, work: WorkPage) -> None:
    session.trouble.emit(Failure("Your role lacks the right."))
    session.trouble.emit(Failure("Your role lacks the right."))
    assert [toast.detail.text() for toast in work.toasts.shown] == ["Your role lacks the right."]
    work.toasts.shown[0].close_now()
    assert work.toasts.shown == []


def test_without_cameras_the_screen_says_what_to_do(
    qtbot: QtBot, dressed: QApplication, requester: FakeRequester, pool: object,
    preferences: Preferences,
) -> None:  # fmt: skip
    session = make_session(requester, cameras=0)
    stills = Stills(session, pool)  # type: ignore[arg-type]
    page = WorkPage(session, None, stills, preferences, None)
    qtbot.addWidget(page)
    page.show()
    session.ready.emit()
    assert page.watch.empty.isVisible()
    assert page.watch.empty.title.text() == "No cameras yet"
    page.close_feeds()
    stills.close()


# --- alarms


def alarm(key: str, **fields: Any) -> AlarmRecord:
    end_us = NOW_US + 5_000_000
    made = AlarmRecord(
        key, "camera1", "Door 1", "detector.motion", NOW_US, end_us, AlarmState.PENDING
    )
    return evolve(made, **fields)


def test_waiting_alarms_are_counted_on_the_bell(session: Session, work: WorkPage) -> None:
    session.alarms.load([alarm("a"), alarm("b"), alarm("c", state=AlarmState.FALSE)])
    assert work.rail.badge.text() == "2"
    assert not work.rail.badge.isHidden()
    session.alarms.load([])
    assert work.rail.badge.isHidden()


def test_an_opened_alarm_is_taken_and_keys_decide_it(
    qtbot: QtBot, requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    requester.answers[TakeAlarm] = lambda _m: Done()
    requester.answers[EvaluateAlarm] = lambda _m: Done()
    session.alarms.load([alarm("a"), alarm("b", begin_us=NOW_US - 1)])
    work.open_alarm("a")
    assert work.pages.currentWidget() is work.review
    assert requester.of(TakeAlarm) == [TakeAlarm("a")]
    session.alarms.update(alarm("a", taken_by="admin"))
    qtbot.waitUntil(work.isActiveWindow)
    work.review.setFocus()
    press(work, Qt.Key_2)
    assert requester.of(EvaluateAlarm) == [EvaluateAlarm("a", AlarmState.SUSPICIOUS)]
    assert work.review.alarm is not None
    assert work.review.alarm.id == "b"


def test_an_alarm_that_someone_else_has_can_only_be_watched(
    requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    session.alarms.load([alarm("a", taken_by="guard")])
    work.open_alarm("a")
    assert requester.of(TakeAlarm) == []
    assert work.review.state.text() == "Taken by guard"
    assert not any(button.isEnabled() for button in work.review.verdicts)


def test_leaving_an_undecided_alarm_gives_it_back(
    requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    session.alarms.load([alarm("a")])
    work.open_alarm("a")
    session.alarms.update(alarm("a", taken_by="admin"))
    work.open_menu(Menu.LAYOUTS)
    assert requester.of(TakeAlarm)[-1] == TakeAlarm("a", release=True)


def test_the_journal_opens_with_a_search(requester: FakeRequester, work: WorkPage) -> None:
    work.open_journal()
    assert work.pages.currentWidget() is work.journal
    assert len(requester.of(QueryJournal)) == 1
    assert work.journal.empty.isVisible()


# --- archive


def test_archive_mode_shows_the_time_line_and_live_hides_it(qtbot: QtBot, work: WorkPage) -> None:
    qtbot.waitUntil(work.isActiveWindow)
    work.watch.grid.setFocus()
    press(work, Qt.Key_A)
    assert work.watch.controls[0].mode is Mode.ARCHIVE
    assert work.watch.controls[1].mode is Mode.LIVE
    assert work.watch.bar.isVisible()
    assert work.watch.desk.line.camera == "camera1"
    work.watch.bar.together.click()
    assert [c.mode for c in work.watch.controls[:3]] == [Mode.ARCHIVE] * 3
    press(work, Qt.Key_L)
    assert not work.watch.bar.isVisible()
    assert work.watch.desk.line.camera == ""


def test_the_time_line_follows_the_active_tile(work: WorkPage) -> None:
    work.watch.go_archive()
    work.watch.bar.together.click()
    work.watch.grid.activate(2)
    assert work.watch.desk.line.camera == "camera3"
    assert work.watch.desk.others.cameras == ["camera1", "camera2", "camera3"]


@pytest.mark.parametrize("rights", [frozenset({Right.LIVE})])
def test_without_the_right_there_is_no_archive(
    qtbot: QtBot, dressed: QApplication, requester: FakeRequester, pool: object,
    preferences: Preferences, rights: frozenset[Right],
) -> None:  # fmt: skip
    session = make_session(requester, rights=rights)
    stills = Stills(session, pool)  # type: ignore[arg-type]
    page = WorkPage(session, None, stills, preferences, None)
    qtbot.addWidget(page)
    session.ready.emit()
    page.watch.go_archive()
    assert page.watch.controls[0].mode is Mode.LIVE
    page.close_feeds()
    stills.close()
