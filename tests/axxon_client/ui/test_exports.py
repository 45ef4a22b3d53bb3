"""Ordering exports and following them, on a fake session."""

from __future__ import annotations

import concurrent.futures
from pathlib import Path

import pytest
from attrs import evolve
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QImage, QPainter
from PyQt5.QtPrintSupport import QPrinter
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from axxon_client.model.bridge import Failure
from axxon_client.model.period import MarkedPeriod
from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.ui.exports import sheet as sheet_module
from axxon_client.ui.exports.printing import Note, paint_page, print_page
from axxon_client.ui.exports.sheet import FOLDER_KEY, ExportSheet
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.layouts.commands import Command
from axxon_client.ui.widgets.stills import Stills
from protocol.messages import CancelExport, DeleteExport, Done, ExportStarted, StartExport
from protocol.types import ExportState, Right
from tests.axxon_client.model.test_exporting import job
from tests.axxon_client.ui.test_line import hover
from tests.axxon_client.ui.test_work import press
from tests.fakes.requester import NOW_US, FakeRequester, make_session

MINUTE_US = 60_000_000


@pytest.fixture
def sheet(work: WorkPage, preferences: Preferences, tmp_path: Path) -> ExportSheet:
    """For the first camera, over a marked minute."""
    preferences.set_text(FOLDER_KEY, str(tmp_path))
    work.watch.desk.set_period(MarkedPeriod(NOW_US - 3 * MINUTE_US, NOW_US - 2 * MINUTE_US))
    made = work.exports.open_sheet()
    assert made is not None
    return made


def test_marks_are_set_by_keys_dragged_and_forgotten(qtbot: QtBot, work: WorkPage) -> None:
    desk, line = work.watch.desk, work.watch.bar.line
    desk.seek(NOW_US - 10 * MINUTE_US)
    keys = work.watch.bar.keys()
    keys["["]()
    desk.seek(NOW_US - 5 * MINUTE_US)
    keys["]"]()
    assert desk.period.whole == (NOW_US - 10 * MINUTE_US, NOW_US - 5 * MINUTE_US)
    work.watch.bar.show()
    line.resize(800, 71)
    line.set_now(NOW_US)
    line.show_window(NOW_US - 20 * MINUTE_US, NOW_US)
    end_x = round(line.axis.x_of(NOW_US - 5 * MINUTE_US))
    target_x = round(line.axis.x_of(NOW_US - 2 * MINUTE_US))
    QTest.mousePress(line, Qt.LeftButton, pos=QPoint(end_x + 2, 30))
    hover(line, QPoint(target_x, 30), Qt.LeftButton)
    QTest.mouseRelease(line, Qt.LeftButton, pos=QPoint(target_x, 30))
    whole = desk.period.whole
    assert whole is not None
    assert abs(whole[1] - (NOW_US - 2 * MINUTE_US)) < MINUTE_US // 10
    assert desk.position_us == NOW_US - 5 * MINUTE_US  # the cursor stayed
    keys["\\"]()
    assert desk.period.empty


def test_e_opens_the_sheet_for_the_active_camera(qtbot: QtBot, work: WorkPage) -> None:
    qtbot.waitUntil(work.isActiveWindow)
    press(work, Qt.Key_E)
    sheet = work.window().findChild(ExportSheet)
    assert sheet is not None
    draft = sheet.draft()
    assert draft.cameras == ("camera1",)
    assert MINUTE_US <= draft.span_us <= MINUTE_US + 1_000_000
    sheet.reject()


def test_live_the_last_minute_is_offered(work: WorkPage) -> None:
    work.watch.desk.seek(NOW_US - 600 * MINUTE_US)  # the archive was left there
    begin_us, end_us = work.watch.desk.chosen_period()
    assert end_us - begin_us == MINUTE_US
    assert abs(end_us - NOW_US) < MINUTE_US


def test_the_sheet_orders_what_is_chosen(
    requester: FakeRequester, work: WorkPage, sheet: ExportSheet, tmp_path: Path
) -> None:
    requester.answers[StartExport] = lambda _m: ExportStarted(job())
    sheet._check_all(True)
    sheet.forms.button(1).click()  # MP4
    sheet.stamp.setChecked(True)
    sheet.protect.setChecked(True)
    sheet.password.setText("secret")
    sheet.evidence.setChecked(True)
    sheet.comment.setText("Case 7")
    sheet.masks.masks["camera2"] = [[[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]]
    assert sheet.about.text() == "about 11.2 MB"
    sheet.go.click()
    order = requester.of(StartExport)[0]
    assert order.cameras == ["camera1", "camera2", "camera3"]
    assert (order.begin_us, order.end_us) == (NOW_US - 3 * MINUTE_US, NOW_US - 2 * MINUTE_US)
    assert (order.form, order.stamp, order.password, order.evidence) == (
        "mp4", True, "secret", True,
    )  # fmt: skip
    assert order.comment == "Case 7"
    assert [mask.camera for mask in order.masks] == ["camera2"]
    assert work.exports.downloads.wished("j1") == tmp_path
    assert work.toasts.shown[0].title.text() == "The export has begun"


def test_what_is_wrong_is_said_and_cannot_be_ordered(sheet: ExportSheet) -> None:
    sheet._check_all(False)
    assert sheet.wrong.text() == "Choose at least one camera."
    assert not sheet.go.isEnabled()
    sheet._check_all(True)
    assert sheet.wrong.text() == ""
    sheet.protect.setChecked(True)
    assert "characters" in sheet.wrong.text()
    sheet.reject()


def test_a_refusal_stays_in_the_sheet(requester: FakeRequester, sheet: ExportSheet) -> None:
    requester.answers[StartExport] = lambda _m: Failure("Too many exports wait already.")
    sheet.go.click()
    assert sheet.notice.detail.text() == "Too many exports wait already."
    assert sheet.isVisible()
    assert sheet.go.isEnabled()
    sheet.reject()


def test_areas_are_drawn_a_camera_and_counted(sheet: ExportSheet) -> None:
    sheet._check_all(True)
    sheet.open_masks()
    canvas = sheet.masks.canvas
    for x, y in ((100, 100), (300, 100), (300, 300), (100, 100)):
        QTest.mouseClick(canvas, Qt.LeftButton, pos=QPoint(x, y))
    assert len(sheet.masks.masks["camera1"]) == 1
    sheet.masks.camera.setCurrentIndex(1)
    assert canvas.polygons["masks"] == []
    QTest.keyClick(sheet, Qt.Key_Escape)
    assert sheet.isVisible()
    assert sheet.hide_areas.text() == "Hide areas… (1)"
    assert [mask.how for mask in sheet.draft().order().masks] == ["black"]
    sheet.reject()


def test_pictures_are_ordered_at_a_distance(sheet: ExportSheet) -> None:
    sheet.forms.button(2).click()  # JPEG
    assert sheet.every.isVisible()
    assert not sheet.audio.isVisible()
    assert sheet.draft().order().every_us == 1_000_000
    sheet.reject()


def test_who_may_not_export_finds_no_way_to(
    qtbot: QtBot, dressed: QApplication, requester: FakeRequester, pool: object,
    preferences: Preferences,
) -> None:  # fmt: skip
    session = make_session(requester, rights=frozenset({Right.LIVE, Right.ARCHIVE}))
    stills = Stills(session, pool)  # type: ignore[arg-type]
    page = WorkPage(session, None, stills, preferences, None)
    qtbot.addWidget(page)
    page.show()
    session.ready.emit()
    assert page.exports.open_sheet() is None
    assert page.watch.bar.tools.export.isHidden()
    assert Command.EXPORT not in page.watch.controls[0].tile.commands()
    page._toggle_queue()
    assert page.exports.queue.isHidden()
    page.close_feeds()
    stills.close()


# --- the queue


def test_the_queue_shows_jobs_and_what_can_be_done(
    qtbot: QtBot, requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    queue = work.exports.queue
    requester.answers[CancelExport] = lambda _m: Done()
    requester.answers[DeleteExport] = lambda _m: Done()
    work._toggle_queue()
    assert queue.isVisible()
    assert queue._empty.isVisible()
    session.exports.update(job())
    assert work.top.exports.text() == "1"
    row = queue.rows["j1"]
    assert row.progress.value() == 250
    shown = [name for name, made in row.buttons.items() if not made.isHidden()]
    assert shown == ["cancel"]
    row.buttons["cancel"].click()
    assert [m.job for m in requester.of(CancelExport)] == ["j1"]
    session.exports.update(evolve(job(), state=ExportState.FAILED, text="No footage."))
    assert row.state.text() == "No footage."
    assert work.toasts.shown[-1].title.text() == "The export failed"
    row.buttons["delete"].click()
    assert [m.job for m in requester.of(DeleteExport)] == ["j1"]
    session.exports.update(evolve(job(), state=ExportState.REMOVED))
    assert queue.rows == {}
    qtbot.waitUntil(work.isActiveWindow)
    press(work, Qt.Key_Escape)
    assert queue.isHidden()


def test_a_file_is_saved_with_progress_and_its_folder_opened(
    session: Session, work: WorkPage, tmp_path: Path
) -> None:
    queue, downloads = work.exports.queue, work.exports.downloads
    ends = []

    def fetch(job, path, told, done, failed):  # type: ignore[no-untyped-def]
        ends.append((told, done))
        return concurrent.futures.Future()

    downloads._fetch = fetch
    ready = evolve(job(), state=ExportState.DONE, file_name="case.mkv", file_bytes=1000)
    session.exports.update(ready)
    queue.save("j1", tmp_path)
    told, done = ends[0]
    told(1000)
    QApplication.processEvents()
    row = queue.rows["j1"]
    assert row.state.text() == "Saving… 100 %"
    done(None)
    assert row.state.text() == "Saved: case.mkv"
    assert not row.buttons["folder"].isHidden()
    assert work.toasts.shown[-1].title.text() == "Saved"


# --- printing


def test_a_picture_keeps_its_shape_on_paper_with_a_note_below(dressed: QApplication) -> None:
    page = QImage(800, 1000, QImage.Format_RGB32)
    page.fill(Qt.white)
    picture = QImage(640, 360, QImage.Format_RGB32)
    picture.fill(Qt.red)
    painter = QPainter(page)
    paint_page(painter, painter.viewport(), picture, Note("1 Gate", NOW_US, "shop"))
    painter.end()
    assert page.pixelColor(400, 225) == Qt.red
    assert page.pixelColor(400, 455) != Qt.red  # 800 wide: 450 high
    below = [page.pixelColor(x, y) for x in range(800) for y in range(452, 500)]
    assert any(pixel == Qt.black for pixel in below)


def test_a_picture_is_printed_to_a_page(dressed: QApplication, tmp_path: Path) -> None:
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "page.pdf"))
    picture = QImage(64, 36, QImage.Format_RGB32)
    picture.fill(Qt.red)
    print_page(printer, picture, Note("1 Gate", NOW_US, "shop"))
    written = (tmp_path / "page.pdf").read_bytes()
    assert written.startswith(b"%PDF")
    assert b"/Image" in written


def test_a_folder_that_is_gone_is_asked_for_from_where_it_would_be(
    work: WorkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(_parent: QWidget, _title: str, folder: str) -> str:
        asked.append(folder)
        return ""

    monkeypatch.setattr(sheet_module.QFileDialog, "getExistingDirectory", choose)
    (tmp_path / "there").mkdir()
    for folder in (tmp_path / "there", tmp_path / "gone" / "too", ""):
        assert sheet_module.ask_folder(work, "Save to", str(folder)) == ""
    assert asked == [str(tmp_path / "there"), str(tmp_path), str(Path.home())]
