"""The server as the composition root sees it: start, close, port, fingerprint."""

from __future__ import annotations

import ssl
from functools import partial

from axxond.base.tasks import in_thread
from axxond.server.certificate import CertificateError, CertificateFiles, ensure_certificate
from axxond.server.feeds import Feeds
from axxond.server.ports import System
from axxond.server.session import Session
from axxond.server.shared import ServerSettings, Shared
from protocol.connection import hello
from protocol.errors import ErrorCode, ProtocolError
from protocol.transport import WireConnection, WireServer, serve, server_context


class Server:
    """`port` and `fingerprint` are known after `start`."""

    def __init__(self, system: System, settings: ServerSettings) -> None:
        self.fingerprint = ""
        self._system = system
        self._settings = settings
        self._shared = Shared(system, settings)
        self._sessions: set[Session] = set()
        self._feeds = Feeds(self._shared, lambda: self._sessions)
        self._wire: WireServer | None = None

    @property
    def port(self) -> int:
        assert self._wire is not None
        return self._wire.port

    @property
    def clients(self) -> int:
        """Sessions that are logged in."""
        return self._shared.clients

    async def start(self) -> None:
        """Raises CertificateError, or OSError when the address cannot be had."""
        settings = self._settings
        context = await self._tls() if settings.tls else None
        system = self._system
        self._wire = await serve(
            settings.host,
            settings.port,
            context,
            hello(system.software, system.node, system.node_name),
            self._accept,
            settings.max_clients,
        )
        self._feeds.start()

    async def close(self) -> None:
        await self._feeds.stop()
        self._shared.close()
        if self._wire is not None:
            await self._wire.close()

    async def _tls(self) -> ssl.SSLContext:
        now_us = self._system.clock.now_us()
        folder = self._settings.data_folder
        files: CertificateFiles = await in_thread(
            ensure_certificate, folder, self._system.node_name, now_us
        )
        self.fingerprint = files.fingerprint
        try:
            return await in_thread(server_context, files.certificate, files.key)
        except (OSError, ssl.SSLError) as error:
            text = f"the server's certificate {files.certificate} cannot be used: {error}"
            raise CertificateError(text) from error

    def _accept(self, connection: WireConnection) -> None:
        """Raises ProtocolError LIMIT for too many that do not log in."""
        address = connection.peer_address
        strangers = sum(
            session.identity is None and session.address == address for session in self._sessions
        )
        if strangers >= self._settings.max_strangers:
            text = f"more than {self._settings.max_strangers} connections without a log-in"
            raise ProtocolError(ErrorCode.LIMIT, text)
        session = Session(connection, self._shared)
        self._sessions.add(session)
        connection.on_closed = partial(self._closed, session)

    def _closed(self, session: Session, error: Exception | None) -> None:
        self._sessions.discard(session)
        session.closed(error)
