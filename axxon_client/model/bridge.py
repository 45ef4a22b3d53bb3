"""The one place where the network thread meets Qt: callbacks there become signals here.

A `Bridge` lives on the GUI thread and holds one server's link.  What the link calls back on the
network thread is emitted as a signal of an object of the GUI thread: Qt queues it.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from attrs import frozen
from PyQt5 import sip
from PyQt5.QtCore import QObject, Qt, pyqtSignal

from axxon_client.net.errors import LinkError, LinkFailure
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import Contact
from protocol.errors import ProtocolError
from protocol.messages import Message, Request


@frozen
class Failure:
    """Why a request was not done; `text` is a sentence for a person."""

    text: str
    code: str = ""  # of protocol.errors.ErrorCode or net.errors.LinkFailure
    obj: str = ""  # the object or the field concerned
    cause: Exception | None = None


Done = Callable[[Any, bytes], None]
Failed = Callable[[Failure], None]


class Requester(Protocol):
    """What models need of a server: requests whose answers come later, on the GUI thread."""

    def request(
        self,
        message: Request,
        done: Done | None = None,
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> None:
        """`owner`: when it is deleted first, neither callback is called."""


def as_failure(error: BaseException) -> Failure:
    """Any error of a request as a sentence; unknown ones keep their class's name."""
    if isinstance(error, ProtocolError):
        return Failure(error.text, error.code, error.obj, error)
    if isinstance(error, LinkError):
        return Failure(error.text, error.failure, "", error)
    if isinstance(error, TimeoutError):
        return Failure("The server did not answer in time.", LinkFailure.TIMEOUT, "", error)
    cause = error if isinstance(error, Exception) else None
    return Failure(f"{type(error).__name__}: {error}", "internal", "", cause)


@frozen
class _Settled:
    """A future that is done, with whom to tell."""

    future: concurrent.futures.Future[Any]
    done: Callable[[Any], None] | None
    failed: Failed | None
    owner: QObject | None

    def deliver(self) -> None:
        if self.owner is not None and sip.isdeleted(self.owner):
            return
        if self.future.cancelled():
            return
        error = self.future.exception()
        if error is not None:
            if self.failed is not None:
                self.failed(as_failure(error))
        elif self.done is not None:
            self.done(self.future.result())


class Post(QObject):
    """Runs coroutines on the network thread and delivers their results on this object's thread."""

    _settled = pyqtSignal(object)

    def __init__(self, network: NetworkThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.network = network
        # Queued whatever thread emits: a quick answer must not arrive inside `run` (the stubs know
        # no kind of connection).
        self._settled.connect(self._deliver, Qt.QueuedConnection)  # type: ignore[call-arg]

    def run(
        self,
        work: Coroutine[Any, Any, Any],
        done: Callable[[Any], None] | None = None,
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> concurrent.futures.Future[Any]:
        """The future is for cancelling only: never wait for it in the GUI thread."""
        future = self.network.run(work)
        future.add_done_callback(
            lambda ready: self._emit(_Settled(ready, done, failed, owner)),
        )
        return future

    def _emit(self, settled: _Settled) -> None:
        """On the network thread, or in `run` itself when the work is done already."""
        if not sip.isdeleted(self):
            self._settled.emit(settled)

    def _deliver(self, settled: _Settled) -> None:
        settled.deliver()


class Bridge(QObject):
    """One server's link for the GUI thread.

    Signals: `state_changed(LinkState)`; `noticed(Message, bytes)` with every notification.
    """

    state_changed = pyqtSignal(object)
    noticed = pyqtSignal(object, object)

    def __init__(
        self, network: NetworkThread, link: ServerLink, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.link = link
        self.post = Post(network, self)
        link.on_state = self._on_state
        link.on_notice = self._on_notice

    def open(
        self,
        user: str,
        password: str,
        done: Callable[[Any], None],
        failed: Failed,
    ) -> concurrent.futures.Future[Any]:
        return self.post.run(self.link.open(user, password), done, failed, self)

    def close(self) -> concurrent.futures.Future[Any]:
        return self.post.run(self.link.close())

    def request(
        self,
        message: Request,
        done: Done | None = None,
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> None:
        if not self.post.network.running:
            return  # the program ends: nobody waits for an answer

        def unpack(answer: tuple[Message, bytes]) -> None:
            if done is not None:
                done(answer[0], answer[1])

        self.post.run(self.link.request(message), unpack, failed, owner)

    def _on_state(self, state: object) -> None:
        """On the network thread."""
        if not sip.isdeleted(self):
            self.state_changed.emit(state)

    def _on_notice(self, message: Message, payload: bytes) -> None:
        """On the network thread."""
        if not sip.isdeleted(self):
            self.noticed.emit(message, payload)


class TrustQuestion(QObject):
    """Asks a person about a server's certificate at the first contact.

    Signals: `asked(Contact, answer)` in the GUI thread; `answer.set_result(bool)` must follow.
    On this very machine nobody can be in between: nobody is asked.
    """

    asked = pyqtSignal(object, object)

    def decide(self, contact: Contact) -> bool:
        """For `TrustStore`; called in a thread of its own, and waits there."""
        if contact.address in _LOOPBACK:
            return True
        answer: concurrent.futures.Future[bool] = concurrent.futures.Future()
        self.asked.emit(contact, answer)
        return answer.result()


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
