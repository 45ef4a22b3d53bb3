"""The archives' page of the settings, and footage of attached folders among the tiles."""

from __future__ import annotations

import pytest
from attrs import evolve
from PyQt5.QtWidgets import QDialog, QLabel, QPushButton, QWidget

from axxon_client.model.bridge import Failure
from axxon_client.model.session import Session
from axxon_client.model.tile import Mode
from axxon_client.ui.frame.rail import Menu
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.settings.archives import ArchivesPage, AttachSheet
from protocol.messages import Archives, ChangeTree, GetArchives
from protocol.types import ObjectKind
from tests.axxon_client.model.test_archives import FOREIGN, STATE, VOLUME
from tests.fakes.requester import FakeRequester, accept_changes


@pytest.fixture
def page(requester: FakeRequester, work: WorkPage) -> ArchivesPage:
    short = evolve(STATE, wanted_days=30)
    requester.answers[GetArchives] = lambda _m: Archives([short, FOREIGN])
    work.open_menu(Menu.SETTINGS)
    work.settings.show_group(ObjectKind.ARCHIVE)
    found = work.settings.findChild(ArchivesPage)
    assert found is not None
    return found


def texts(page: QWidget) -> list[str]:
    return [one.text() for one in page.findChildren(QLabel) if not one.isHidden()]


def pressed(page: QWidget, text: str) -> QPushButton:
    return next(one for one in page.findChildren(QPushButton) if one.text() == text)


def test_a_card_says_how_full_it_is_and_warns_of_too_few_days(page: ArchivesPage) -> None:
    said = texts(page)
    assert "5.0 GB of 20.0 GB · 1.0 GB protected" in said
    assert "Footage stays about 12 days" in said
    assert any(text.startswith("30 days are wanted.") for text in said)
    assert "6.2 days" in said


def test_trouble_of_a_volume_is_said_in_words(
    requester: FakeRequester, session: Session, page: ArchivesPage
) -> None:
    broken = evolve(VOLUME, ready=False, troubles=["the disk is gone"])
    requester.answers[GetArchives] = lambda _m: Archives([evolve(STATE, volumes=[broken])])
    session.archives.refresh()
    assert "the disk is gone" in texts(page)
    assert "Trouble" in texts(page)


def test_what_did_not_change_is_not_built_anew(session: Session, page: ArchivesPage) -> None:
    before = pressed(page, "Settings")
    session.archives.refresh()
    assert pressed(page, "Settings") is before


def test_settings_lead_to_the_archives_form(work: WorkPage, page: ArchivesPage) -> None:
    pressed(page, "Settings").click()
    assert work.settings.model is not None
    assert work.settings.model.record is not None
    assert work.settings.model.record.id == "archive"


def test_a_folder_is_attached_or_the_reason_is_said(
    requester: FakeRequester, session: Session, page: ArchivesPage
) -> None:
    sheet: AttachSheet = page._attach()
    assert not sheet.go.isEnabled()
    sheet.folder.setText("/media/usb")
    sheet.name.setText("Branch")
    requester.answers[ChangeTree] = lambda _m: Failure("path: no such folder.")
    sheet.go.click()
    assert sheet.notice.detail.text() == "path: no such folder."
    changes = accept_changes(requester, session)
    sheet.go.click()
    assert changes[0].properties["read_only"] is True


def test_detaching_asks_by_name(
    requester: FakeRequester, session: Session, page: ArchivesPage
) -> None:
    pressed(page, "Detach…").click()
    question = page.findChild(QDialog)
    assert question is not None
    assert question.windowTitle() == "Detach Branch?"
    question.reject()


def test_footage_from_elsewhere_plays_among_the_tiles_and_leaves_with_live(
    work: WorkPage, page: ArchivesPage, session: Session
) -> None:
    pressed(page, "Play").click()
    assert work.menu is Menu.LAYOUTS
    control = next(c for c in work.watch.controls if c.camera == "branch:c1")
    assert control.mode is Mode.ARCHIVE
    assert control.tile.state.title == "Door (Branch)"
    assert work.watch.desk.position_us == FOREIGN.cameras[0].first_us
    work.watch.go_live()
    assert "branch:c1" not in session.layouts.current.cells
    assert all(c.mode is Mode.LIVE for c in work.watch.controls)
