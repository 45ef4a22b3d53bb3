"""Web servers for tests of HTTP drivers: one that answers byte by byte as it is told, and log-in
for servers made with aiohttp.

Digest is checked by RFC 7616 §3.4, written down once more here so that the client's own code does
not judge itself.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web
from attrs import define, field

from axxond.base import tasks

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def answering(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """`answer` gets each request's head and writes what it likes; gives the server's address."""

    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
                await writer.drain()
        except asyncio.CancelledError:
            writer.transport.abort()
        else:
            writer.close()
        finally:
            running.discard(task)
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield _address(server.sockets[0].getsockname()[1], tls)
    finally:
        server.close()
        await server.wait_closed()
        await tasks.cancel(*running)


@contextlib.asynccontextmanager
async def running(app: web.Application, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve `app` on a free port; gives its address."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    try:
        yield _address(runner.addresses[0][1], tls)
    finally:
        await runner.cleanup()


def _address(port: int, tls: ssl.SSLContext | None) -> str:
    return f"http{'s' if tls else ''}://127.0.0.1:{port}"


@define
class Gate:
    """Lets in one user.  `uses`: how often a nonce is good for before it is stale."""

    user: str
    password: str
    scheme: str = "digest"
    algorithm: str = "MD5"
    qop: bool = True
    uses: int = 1_000_000
    refused: int = 0
    nonces: dict[str, int] = field(factory=dict)

    @property
    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def check(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            answer = self.challenge(request)
            return await handler(request) if answer is None else answer

        return check

    def challenge(self, request: web.Request) -> web.Response | None:
        """None: come in."""
        given = request.headers.get("Authorization", "")
        stale = False
        if self.scheme == "basic":
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            if given == f"Basic {pair}":
                return None
            asked = 'Basic realm="camera"'
        else:
            stale = self._is_stale(given)
            if not stale and self._is_right(given, request.method, request.raw_path):
                return None
            nonce = secrets.token_hex(8)
            self.nonces[nonce] = 0
            asked = f'Digest realm="camera", nonce="{nonce}", algorithm={self.algorithm}'
            asked += ', qop="auth"' if self.qop else ""
            asked += ", stale=true" if stale else ""
        self.refused += 1
        return web.Response(status=401, headers={"WWW-Authenticate": asked})

    def _is_stale(self, given: str) -> bool:
        nonce = _fields(given).get("nonce", "")
        if nonce in self.nonces:
            self.nonces[nonce] += 1
        return bool(nonce) and self.nonces.get(nonce, 0) > self.uses

    def _is_right(self, given: str, method: str, target: str) -> bool:
        said = _fields(given)
        if said.get("nonce") not in self.nonces or said.get("uri") != target:
            return False

        def h(text: str) -> str:
            name = {"MD5": "md5", "SHA-256": "sha256"}[self.algorithm]
            return hashlib.new(name, text.encode()).hexdigest()

        secret = h(f"{self.user}:camera:{self.password}")
        middle = said["nonce"]
        if self.qop:
            middle += f":{said['nc']}:{said['cnonce']}:{said['qop']}"
        return said.get("response") == h(f"{secret}:{middle}:{h(f'{method}:{target}')}")


def _fields(given: str) -> dict[str, str]:
    return {
        name: quoted or bare
        for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', given)
    }
