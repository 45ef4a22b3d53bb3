"""The client's window on a fake session: no server, no video; Qt's warnings fail the test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from axxon_client.model.preferences import Preferences
from axxon_client.model.session import Session
from axxon_client.ui.frame.work import WorkPage
from axxon_client.ui.theme.style import apply_style
from axxon_client.ui.widgets.stills import Stills
from axxon_client.video.pool import DecodePool
from tests.fakes.requester import FakeRequester, make_session

# Qt asks for it when it starts, and warns where there is none that is private.
_RUNTIME = tempfile.TemporaryDirectory(prefix="axxon-runtime-")
os.environ.setdefault("XDG_RUNTIME_DIR", _RUNTIME.name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    qapp.setProperty("reducedMotion", True)  # tests look at ends, not at motion
    apply_style(qapp)
    return qapp


@pytest.fixture
def requester() -> FakeRequester:
    return FakeRequester()


@pytest.fixture
def session(dressed: QApplication, requester: FakeRequester) -> Session:
    return make_session(requester)


@pytest.fixture(scope="session")
def pool() -> Iterator[DecodePool]:
    made = DecodePool(1)
    yield made
    made.close()


@pytest.fixture
def stills(session: Session, pool: DecodePool) -> Iterator[Stills]:
    made = Stills(session, pool)
    yield made
    made.close()


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "client.ini")


@pytest.fixture
def work(
    qtbot: QtBot, session: Session, stills: Stills, preferences: Preferences
) -> Iterator[WorkPage]:
    """Shown, three cameras on four tiles."""
    page = WorkPage(session, None, stills, preferences, None)
    qtbot.addWidget(page)
    page.resize(1366, 768)
    page.show()
    session.ready.emit()
    page.activateWindow()
    page.watch.grid.setFocus()
    yield page
    page.close_feeds()
