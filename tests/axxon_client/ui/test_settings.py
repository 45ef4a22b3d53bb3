from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QImage
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QDialog, QPushButton, QStyle, QStyleOptionButton, QWidget
from pytestqt.qtbot import QtBot

from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.model.settings import FormModel
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.settings.addcamera import AddCamera
from axxon_client.ui.settings.fields import ChecksEditor, ChoiceEditor, NumberEditor, SliderEditor
from axxon_client.ui.settings.form import Form
from axxon_client.ui.settings.schedule import ScheduleEditor
from axxon_client.ui.settings.zones import ZoneEditor
from axxon_client.ui.widgets.zonecanvas import ZoneCanvas
from axxond.config.schema import SCHEMA
from protocol import messages
from protocol.messages import Change, Changed, ChangeTree, DeviceTested
from protocol.types import (
    AudioFormat,
    Codec,
    FailureKind,
    FieldSchema,
    FieldType,
    ObjectKind,
    Right,
    StreamRole,
    VideoFormat,
)
from tests.fakes.requester import FakeRequester, accept_changes, record


def form_of(qtbot: QtBot, session: Session, key: str) -> Form:
    found = session.store.get(key)
    assert found is not None
    made = Form(FormModel(SCHEMA[found.kind], found), session.store)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("kind", list(ObjectKind))
def test_every_kind_of_object_gets_a_form(
    qtbot: QtBot, session: Session, kind: ObjectKind
) -> None:
    made = Form(FormModel(SCHEMA[kind], None), session.store)
    qtbot.addWidget(made)
    drawn = {FieldType.POLYGONS, FieldType.LINES}
    wanted = {field.name for field in SCHEMA[kind].fields if field.type not in drawn}
    assert set(made.rows) == {"name", *wanted}


def test_a_field_has_label_help_unit_and_range(qtbot: QtBot, session: Session) -> None:
    made = form_of(qtbot, session, "recording1")
    field = made.rows["pre_event_s"]
    assert field.name.text() == "Before an event"
    assert field.help.text() == "Kept in memory.  0 to 60 s"
    assert not field.reset.isVisible()


def test_typing_marks_the_field_and_offers_the_default(qtbot: QtBot, session: Session) -> None:
    made = form_of(qtbot, session, "recording1")
    field = made.rows["pre_event_s"]
    editor = field.editor
    assert isinstance(editor, NumberEditor)
    editor.line.clear()
    qtbot.keyClicks(editor.line, "20")
    assert made.model.value("pre_event_s") == 20
    assert field.changed
    field.reset.click()
    assert made.model.value("pre_event_s") == 5.0
    assert editor.line.text() == "5"
    assert not field.changed


def test_a_wrong_number_is_explained_beside_its_field(qtbot: QtBot, session: Session) -> None:
    made = form_of(qtbot, session, "recording1")
    editor = made.rows["pre_event_s"].editor
    assert isinstance(editor, NumberEditor)
    editor.line.clear()
    qtbot.keyClicks(editor.line, "99")
    error = made.rows["pre_event_s"].error
    assert error.isVisible()
    assert error.text() == "It must be 0 to 60 s."


def test_arrow_keys_step_a_number_within_its_range(qtbot: QtBot, session: Session) -> None:
    made = form_of(qtbot, session, "detector1")
    editor = made.rows["size"].editor
    assert isinstance(editor, NumberEditor)
    for _ in range(20):
        qtbot.keyClick(editor.line, Qt.Key_Up)
    assert made.model.value("size") == 10
    qtbot.keyClick(editor.line, Qt.Key_Down)
    assert editor.line.text() == "9"


def test_a_detector_shows_only_what_its_type_reads(qtbot: QtBot, session: Session) -> None:
    made = form_of(qtbot, session, "detector1")
    shown = {name for name, field in made.rows.items() if field.isVisible()}
    assert "preset" in shown
    assert not shown & {"contrast", "size", "direction", "time_s", "count", "idle_s"}
    made.model.set_value("preset", "custom")
    assert made.rows["contrast"].isVisible()
    made.model.set_value("type", "line_crossing")
    shown = {name for name, field in made.rows.items() if field.isVisible()}
    assert {"direction", "min_size"} <= shown
    assert not shown & {"preset", "contrast", "size", "time_s", "hold_s"}


def test_a_wrong_value_of_a_hidden_field_keeps_nobody_from_applying(
    qtbot: QtBot, session: Session
) -> None:
    made = form_of(qtbot, session, "detector1")
    made.model.set_value("preset", "custom")
    made.model.set_value("contrast", 99)
    assert not made.model.validate()
    made.model.set_value("type", "loitering")
    assert made.model.validate()


def test_a_slider_and_its_number_go_together(qtbot: QtBot, session: Session) -> None:
    made = form_of(qtbot, session, "detector1")
    editor = made.rows["contrast"].editor
    assert isinstance(editor, SliderEditor)
    editor.slider.setValue(12)
    assert made.model.value("contrast") == 12
    assert editor.line.text() == "12"
    editor.line.clear()
    qtbot.keyClicks(editor.line, "3")
    assert editor.slider.value() == 3


def test_zones_masks_and_lines_are_offered_as_the_type_reads_them(
    qtbot: QtBot, session: Session
) -> None:
    found = session.store.get("detector1")
    assert found is not None
    model = FormModel(SCHEMA[found.kind], found)
    editor = ZoneEditor(model)
    qtbot.addWidget(editor)
    assert editor.canvas.shown == ["zones", "masks"]
    model.set_value("type", "line_crossing")
    assert (editor.canvas.shown, editor.canvas.field) == (["zones", "masks", "lines"], "lines")
    model.set_value("type", "signal_loss")
    assert editor.canvas.shown == []


def test_references_and_lists_are_chosen_not_typed(qtbot: QtBot, session: Session) -> None:
    recording = form_of(qtbot, session, "recording1")
    archive = recording.rows["archive"].editor
    assert isinstance(archive, ChoiceEditor)
    assert archive.combo.currentText() == "Archive"
    roles = form_of(qtbot, session, "role")
    rights = roles.rows["rights"].editor
    assert isinstance(rights, ChecksEditor)
    rights._boxes[Right.EXPORT].click()
    assert "export" not in roles.model.value("rights")


def test_seldom_used_fields_are_folded_away(qtbot: QtBot, session: Session) -> None:
    made = form_of(qtbot, session, "device1")
    assert not made.rows["stall_timeout_s"].isVisible()
    made.model.set_value("stall_timeout_s", 9999.0)
    made.focus_error()
    assert made.rows["stall_timeout_s"].isVisible()


# --- the page


def test_applying_sends_the_changes_and_the_footer_rests(
    requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    taken = accept_changes(requester, session)
    work.open_settings("device1")
    assert not work.settings.apply.isEnabled()
    assert work.settings.model is not None
    work.settings.model.set_value("user", "guard")
    assert work.settings.apply.isEnabled()
    work.settings.apply.click()
    assert taken == [Change("device1", properties={"user": "guard"}, revision=1)]
    assert not work.settings.apply.isEnabled()


def test_a_refusal_stands_beside_the_field_it_names(
    requester: FakeRequester, work: WorkPage
) -> None:
    requester.answers[ChangeTree] = lambda _m: Failure("no such host", "invalid", "device1.url")
    work.open_settings("device1")
    assert work.settings.model is not None
    assert work.settings.form is not None
    work.settings.model.set_value("url", "rtsp://nowhere/")
    work.settings.send()
    assert work.settings.form.rows["url"].error.text() == "no such host"
    assert work.settings.model.is_changed("url")


def test_discarding_brings_the_saved_values_back(work: WorkPage) -> None:
    work.open_settings("device1")
    assert work.settings.model is not None
    work.settings.model.set_value("url", "")
    work.settings.discard.click()
    assert work.settings.model.value("url") == "rtsp://192.0.2.1/high"
    assert not work.settings.discard.isEnabled()


def test_removing_asks_by_name_and_says_what_goes_with_it(
    requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    taken = accept_changes(requester, session)
    work.open_settings("device1")
    found = session.store.get("device1")
    assert found is not None
    work.settings._ask_remove(found)
    dialog = work.findChild(QDialog)
    assert dialog is not None
    assert dialog.windowTitle() == "Remove Door 1?"
    assert taken == []
    dialog.accept()
    assert taken == [Change("device1", remove=True, revision=1)]
    assert work.settings.model is None


def test_a_new_detector_is_made_below_its_camera(
    requester: FakeRequester, session: Session, work: WorkPage
) -> None:
    taken = accept_changes(requester, session)
    work.open_settings("camera1")
    work.settings.open_new(ObjectKind.DETECTOR, "camera1")
    work.settings.send()
    assert taken == [Change("", "detector", "camera1", "Motion 2")]
    assert work.settings.model is not None
    assert work.settings.model.record is not None


def test_who_opens_a_form_from_a_form_is_in_its_first_field(
    qtbot: QtBot, session: Session, work: WorkPage
) -> None:
    work.show()
    qtbot.waitExposed(work)
    work.activateWindow()
    work.open_settings("camera1")
    add = _opens_menu(qtbot, work.settings)
    add.setFocus()
    qtbot.waitUntil(add.hasFocus)
    work.settings.open_new(ObjectKind.DETECTOR, "camera1")
    assert work.settings.form is not None
    first = work.settings.form.rows["name"].editor.focus_widget()
    qtbot.waitUntil(first.hasFocus)


def test_a_button_with_a_menu_shows_its_whole_text(qtbot: QtBot, work: WorkPage) -> None:
    work.show()
    qtbot.waitExposed(work)
    work.open_settings("camera1")
    add = _opens_menu(qtbot, work.settings)
    option = QStyleOptionButton()
    add.initStyleOption(option)
    room = add.style().subElementRect(QStyle.SE_PushButtonContents, option, add)
    arrow = add.style().pixelMetric(QStyle.PM_MenuButtonIndicator, option, add)
    text = add.fontMetrics().horizontalAdvance(add.text())
    assert room.width() - arrow >= add.iconSize().width() + 4 + text + 8  # and what Qt keeps free


def _opens_menu(qtbot: QtBot, page: QWidget) -> QPushButton:
    def shown() -> list[QPushButton]:
        buttons = page.findChildren(QPushButton)
        return [one for one in buttons if one.menu() is not None and one.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    return shown()[0]


def test_edits_survive_a_change_by_someone_else(session: Session, work: WorkPage) -> None:
    work.open_settings("device1")
    assert work.settings.model is not None
    assert work.settings.form is not None
    work.settings.model.set_value("user", "guard")
    other = record("device1", ObjectKind.DEVICE, name="Door 1", url="rtsp://new/")
    session.store.update(2, [other], [])
    assert work.settings.form.rows["url"].editor.focus_widget().text() == "rtsp://new/"  # type: ignore[attr-defined]
    assert work.settings.model.value("user") == "guard"


# --- zones


@pytest.fixture
def canvas(qtbot: QtBot, session: Session) -> ZoneCanvas:
    made = ZoneCanvas(["zones", "masks"])
    qtbot.addWidget(made)
    made.resize(640, 360)
    made.show()
    return made


def click(canvas: ZoneCanvas, *places: tuple[int, int]) -> None:
    for x, y in places:
        QTest.mouseClick(canvas, Qt.LeftButton, Qt.NoModifier, QPoint(x, y))


TRIANGLE = [(64, 36), (320, 36), (320, 180)]


def test_corners_are_clicked_and_the_first_one_closes(qtbot: QtBot, canvas: ZoneCanvas) -> None:
    edits: list[tuple[str, Any]] = []
    canvas.edited.connect(lambda field, polygons: edits.append((field, polygons)))
    click(canvas, *TRIANGLE, TRIANGLE[0])
    assert edits == [("zones", [[[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]])]


def test_enter_closes_and_escape_forgets(qtbot: QtBot, canvas: ZoneCanvas) -> None:
    canvas.set_field("masks")
    click(canvas, *TRIANGLE)
    qtbot.keyClick(canvas, Qt.Key_Escape)
    assert canvas.polygons["masks"] == []
    click(canvas, *TRIANGLE)
    qtbot.keyClick(canvas, Qt.Key_Return)
    assert len(canvas.polygons["masks"]) == 1


def test_two_points_are_no_zone(qtbot: QtBot, canvas: ZoneCanvas) -> None:
    click(canvas, *TRIANGLE[:2])
    qtbot.keyClick(canvas, Qt.Key_Return)
    assert canvas.polygons["zones"] == []


def test_a_corner_is_dragged_and_a_chosen_zone_deleted(qtbot: QtBot, canvas: ZoneCanvas) -> None:
    canvas.set_polygons("zones", [[[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]])
    QTest.mousePress(canvas, Qt.LeftButton, Qt.NoModifier, QPoint(64, 36))
    QTest.mouseMove(canvas, QPoint(128, 72))
    canvas._pointer = canvas._px([0.2, 0.2])
    canvas.polygons["zones"][0][0] = canvas._at(canvas._pointer)
    QTest.mouseRelease(canvas, Qt.LeftButton, Qt.NoModifier, QPoint(128, 72))
    assert canvas.polygons["zones"][0][0] == [0.2, 0.2]
    qtbot.keyClick(canvas, Qt.Key_Delete)
    assert canvas.polygons["zones"] == []


def test_a_line_has_two_points_from_a_to_b(qtbot: QtBot, session: Session) -> None:
    canvas = ZoneCanvas(["zones", "lines"], frozenset({"lines"}))
    qtbot.addWidget(canvas)
    canvas.resize(640, 360)
    canvas.show()
    canvas.set_field("lines")
    click(canvas, (64, 36), (320, 180))
    assert canvas.polygons["lines"] == [[[0.1, 0.1], [0.5, 0.5]]]
    assert canvas.chosen == ("lines", 0)
    click(canvas, (600, 20), (192, 110))  # begins a second one, ends it on the first
    assert len(canvas.polygons["lines"]) == 2
    click(canvas, (260, 146))
    assert canvas.chosen == ("lines", 0)


# --- schedule


NIGHTS = [{"days": [5, 6], "from": "20:00", "to": "24:00"}]


def test_a_schedule_is_read_and_written_as_the_server_has_it(qtbot: QtBot) -> None:
    editor = ScheduleEditor(FieldSchema("schedule", "Schedule", FieldType.SCHEDULE))
    qtbot.addWidget(editor)
    edits: list[Any] = []
    editor.edited.connect(edits.append)
    editor.set_value(NIGHTS)
    assert [made.value().written() for made in editor.rows] == NIGHTS
    editor.rows[0].days[0].click()
    assert edits[-1] == [{"days": [0, 5, 6], "from": "20:00", "to": "24:00"}]
    editor.add.click()
    assert len(edits[-1]) == 2
    editor.rows[0].remove_asked.emit()
    assert edits[-1] == [{"days": [0, 1, 2, 3, 4], "from": "08:00", "to": "18:00"}]


# --- add camera


VIDEO = VideoFormat(Codec.H264, 1920, 1080)
WORKS = DeviceTested(
    None, "", [messages.TestedStream(StreamRole.HIGH, VIDEO, AudioFormat(Codec.AAC, 16000, 1))]
)


def dialog(qtbot: QtBot, session: Session, decoded: list[Any]) -> AddCamera:
    def decode(form: Any, payload: bytes, got: Any, _owner: QWidget) -> None:
        decoded.append((form, payload))
        got(QImage(16, 9, QImage.Format_RGB32))

    made = AddCamera(None, session, decode)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_test_shows_streams_and_the_picture(
    qtbot: QtBot, requester: FakeRequester, session: Session
) -> None:
    requester.answers[messages.TestDevice] = lambda _m: WORKS
    requester.payload = b"key frame"
    decoded: list[Any] = []
    sheet = dialog(qtbot, session, decoded)
    assert not sheet.test.isEnabled()
    qtbot.keyClicks(sheet.url, "rtsp://192.0.2.9/")
    qtbot.keyClicks(sheet.user, "root")
    sheet.test.click()
    assert requester.of(messages.TestDevice)[0].properties["user"] == "root"
    assert decoded == [(VIDEO, b"key frame")]
    item = sheet.streams.itemAt(0).widget()
    assert item.text() == "High quality  ·  H264 1920×1080  ·  AAC 16 kHz"  # type: ignore[attr-defined]
    assert sheet.notice.title.text() == "It works"


@pytest.mark.parametrize("failure", [FailureKind.LOGIN, FailureKind.NOT_VIDEO])
def test_a_failed_test_says_what_helps(
    qtbot: QtBot, requester: FakeRequester, session: Session, failure: FailureKind
) -> None:
    requester.answers[messages.TestDevice] = lambda _m: DeviceTested(failure, "401")
    sheet = dialog(qtbot, session, [])
    sheet.url.setText("rtsp://192.0.2.9/")
    sheet.run_test()
    assert sheet.notice.isVisible()
    assert len(sheet.notice.detail.text()) > 20
    assert sheet.test.isEnabled()


def test_adding_needs_a_name_and_makes_a_device(
    qtbot: QtBot, requester: FakeRequester, session: Session
) -> None:
    taken = accept_changes(requester, session)
    sheet = dialog(qtbot, session, [])
    sheet.url.setText("rtsp://192.0.2.9/")
    assert not sheet.go.isEnabled()
    sheet.name.setText("Gate")
    with qtbot.waitSignal(sheet.added):
        sheet.go.click()
    assert (taken[0].kind, taken[0].parent, taken[0].name) == ("device", "node", "Gate")
    assert taken[0].properties["url"] == "rtsp://192.0.2.9/"


def test_a_refused_address_is_explained_below_it(
    qtbot: QtBot, requester: FakeRequester, session: Session
) -> None:
    def refuse(_message: ChangeTree) -> Failure | Changed:
        return Failure("there is no scheme ftp", "invalid", "x.url")

    requester.answers[ChangeTree] = refuse
    sheet = dialog(qtbot, session, [])
    sheet.url.setText("ftp://192.0.2.9/")
    sheet.name.setText("Gate")
    sheet.add()
    assert sheet.url_error.text() == "there is no scheme ftp"
    sheet.url.setText("rtsp://192.0.2.9/")
    assert sheet.url_error.isHidden()
