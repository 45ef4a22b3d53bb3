from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PyQt5 import sip
from PyQt5.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from axxon_client.model.bridge import Failure, Post, TrustQuestion, as_failure
from axxon_client.net.errors import LinkError, LinkFailure
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import Contact
from protocol.errors import ErrorCode, ProtocolError


@pytest.fixture
def post(qtbot: QtBot) -> Iterator[Post]:
    network = NetworkThread()
    network.start()
    yield Post(network)
    network.stop()


async def _give(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def test_results_come_in_the_gui_thread(qtbot: QtBot, post: Post) -> None:
    seen: list[tuple[int, bool]] = []
    gui = QThread.currentThread()
    post.run(_give(7), lambda value: seen.append((value, QThread.currentThread() is gui)))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(7, True)]


def test_a_refusal_of_the_server_keeps_code_and_object(qtbot: QtBot, post: Post) -> None:
    seen: list[Failure] = []
    refusal = ProtocolError(ErrorCode.INVALID, "too large", "d1.size")
    post.run(_give(refusal), None, seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert (seen[0].text, seen[0].code, seen[0].obj) == ("too large", "invalid", "d1.size")


def test_nobody_is_told_after_the_asker_is_gone(qtbot: QtBot, post: Post) -> None:
    seen: list[object] = []
    owner = QObject()
    post.run(_give(1), seen.append, None, owner)
    sip.delete(owner)
    post.run(_give(2), seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [2]


def test_every_error_becomes_a_sentence() -> None:
    link = as_failure(LinkError(LinkFailure.LOST, "The connection broke."))
    assert (link.text, link.code) == ("The connection broke.", "lost")
    assert as_failure(TimeoutError()).code == "timeout"
    assert as_failure(ValueError("bad")).text == "ValueError: bad"


def test_a_first_contact_waits_for_a_persons_decision(qtbot: QtBot) -> None:
    question = TrustQuestion()
    question.asked.connect(lambda contact, answer: answer.set_result(contact.port == 1))
    decided: list[bool] = []
    contacts = [Contact("192.0.2.1", 1, "AA"), Contact("192.0.2.1", 2, "AA")]
    asker = threading.Thread(target=lambda: decided.extend(map(question.decide, contacts)))
    asker.start()
    qtbot.waitUntil(lambda: len(decided) == 2)
    asker.join()
    assert decided == [True, False]


def test_on_this_machine_nobody_is_asked() -> None:
    assert TrustQuestion().decide(Contact("127.0.0.1", 1, "AA"))
