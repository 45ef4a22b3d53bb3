"""What a link needs of one connection: the port that `dial` implements and tests imitate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from axxon_client.net.trust import TrustStore
from protocol.messages import (
    ChannelNotice,
    DetectionNotice,
    ExportProgress,
    FormatNotice,
    MediaFrame,
    Message,
    PreviewNotice,
    Request,
)

ChannelMessage = FormatNotice | ChannelNotice | DetectionNotice | ExportProgress | PreviewNotice


class WireSink(Protocol):
    """Where a connection delivers what nobody asked for, on the network thread."""

    def message(self, message: Message, payload: bytes) -> None: ...

    def media(self, frame: MediaFrame) -> None: ...


class Wire(Protocol):
    """A greeted connection.  Requests may overlap."""

    @property
    def silent_s(self) -> float:
        """Seconds since anything came from the server."""

    async def request(
        self, message: Request, payload: bytes = b"", timeout_s: float = 30.0
    ) -> tuple[Message, bytes]:
        """Raises ProtocolError for the server's refusal, LinkError LOST or TIMEOUT."""

    def send(self, message: Message, payload: bytes = b"") -> None:
        """A notification; lost when the connection is."""

    async def lost(self) -> str:
        """Returns, with a sentence, when the connection has ended."""

    async def close(self) -> None: ...


Dial = Callable[[str, int, TrustStore, WireSink], Awaitable[Wire]]
