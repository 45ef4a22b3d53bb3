"""A logged-in connection for blocking code."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from axxon_client.cli.account import Account
from axxon_client.cli.problems import CommandError, Exit
from axxon_client.net.errors import LinkError, LinkFailure
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.trust import TrustStore
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Message, Request

M = TypeVar("M", bound=Message)
T = TypeVar("T")

_LINK_EXITS = {LinkFailure.LOGIN: Exit.LOGIN, LinkFailure.SERVER: Exit.FAILED}
_PROTOCOL_EXITS = {
    ErrorCode.NOT_FOUND: Exit.NAME,
    ErrorCode.LOGIN_FAILED: Exit.LOGIN,
    ErrorCode.NOT_LOGGED_IN: Exit.LOGIN,
}


class Client:
    """`ask` waits for the reply; errors come as CommandError."""

    def __init__(self, network: NetworkThread, link: ServerLink) -> None:
        self.network = network
        self.link = link

    def ask(self, message: Request, reply: type[M], timeout_s: float = 60.0) -> M:
        return self.wait(self.link.ask(message, reply, timeout_s))

    def ask_payload(
        self, message: Request, reply: type[M], timeout_s: float = 60.0
    ) -> tuple[M, bytes]:
        answer, payload = self.wait(self.link.request(message, b"", timeout_s))
        if not isinstance(answer, reply):
            raise CommandError(f"The server gave an unexpected answer to {message.NAME}.")
        return answer, payload

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self.network.run(work).result()
        except (ProtocolError, LinkError) as error:
            raise as_command_error(error) from error
        except concurrent.futures.CancelledError as error:
            raise CommandError("The connection was closed.") from error

    def now_us(self) -> int:
        """The server's clock."""
        return self.link.server_now_us()


def as_command_error(error: ProtocolError | LinkError) -> CommandError:
    if isinstance(error, LinkError):
        return CommandError(error.text, _LINK_EXITS.get(error.failure, Exit.UNREACHABLE))
    text = f"{error.obj}: {error.text}" if error.obj else error.text
    return CommandError(text, _PROTOCOL_EXITS.get(error.code, Exit.FAILED))


@contextlib.contextmanager
def connected(account: Account, trust: TrustStore) -> Iterator[Client]:
    """Log in, hand over the client, log out.  Raises CommandError."""
    network = NetworkThread()
    network.start()
    link = ServerLink(account.address, account.port, trust)
    client = Client(network, link)
    try:
        client.wait(link.open(account.user, account.password))
        yield client
    finally:
        client.wait(link.close())
        network.stop()
