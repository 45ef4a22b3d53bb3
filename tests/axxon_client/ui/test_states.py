from __future__ import annotations

import pytest
from PyQt5.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from axxon_client.ui.widgets.states import Notice

SENTENCE = "Check capital letters and the keyboard's language."


@pytest.mark.parametrize("times", [1, 4])
def test_a_notice_on_a_narrow_page_shows_all_its_lines(
    dressed: QApplication, qtbot: QtBot, times: int
) -> None:
    page, pages, card = QWidget(), QStackedWidget(), QWidget()
    qtbot.addWidget(card)
    notice = Notice()
    for widget, within in ((notice, page), (pages, card)):
        QVBoxLayout(within).addWidget(widget)
    pages.addWidget(page)
    card.setFixedWidth(300)
    card.show()
    qtbot.waitExposed(card)
    notice.say("red", "Wrong user name or password", " ".join([SENTENCE] * times))
    detail = notice.detail
    qtbot.waitUntil(lambda: detail.height() >= detail.heightForWidth(detail.width()))
    tall = detail.minimumHeight()
    notice.say("red", "Wrong", "No.")
    assert detail.minimumHeight() < tall
