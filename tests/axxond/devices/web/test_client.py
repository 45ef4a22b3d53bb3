"""Logging in to a device's web server, and its misbehaviour."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from aiohttp import web

from axxond.devices.port import DeviceError
from axxond.devices.web import client
from axxond.devices.web.client import WebClient
from protocol.types import FailureKind
from tests.fakes.certificate import make_certificate
from tests.fakes.web import Gate, answering, running


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.method} {request.path_qs} {await request.text()}")


def app(gate: Gate | None = None) -> web.Application:
    made = web.Application(middlewares=[gate.middleware] if gate else [])
    made.router.add_route("*", "/{any:.*}", echo)
    return made


async def ask(url: str, user: str = "", password: str = "", **options: object) -> str:
    asker = WebClient(url, user, password, 2.0)
    try:
        return (await asker.read(url, **options)).decode()  # type: ignore[arg-type]
    finally:
        await asker.close()


GATES = [
    Gate("guard", "s3cret: word", "basic"),
    Gate("guard", "s3cret: word"),
    Gate("guard", "s3cret: word", algorithm="SHA-256"),
    Gate("guard", "s3cret: word", qop=False),
]


@pytest.mark.parametrize("gate", GATES, ids=lambda g: f"{g.scheme}-{g.algorithm}-{g.qop}")
async def test_a_user_is_let_in(gate: Gate) -> None:
    async with running(app(gate)) as url:
        target = "/axis-cgi/io/port.cgi?action=1%3A%2F&x=a%20b"
        assert await ask(url + target, "guard", "s3cret: word") == f"GET {target} "
        with pytest.raises(DeviceError, match="refuses the user") as caught:
            await ask(url, "guard", "wr0ng")
        assert caught.value.kind is FailureKind.LOGIN
        assert "wr0ng" not in str(caught.value)
        with pytest.raises(DeviceError, match="asks for a user name"):
            await ask(url)


async def test_a_nonce_is_used_again_until_it_is_stale() -> None:
    gate = Gate("guard", "x", uses=2)
    async with running(app(gate)) as url:
        asker = WebClient(url, "guard", "x", 2.0)
        for number in range(5):
            assert await asker.read(asker.at("/a", {"n": str(number)}))
        await asker.close()
    assert gate.refused == 3


async def test_a_body_is_posted() -> None:
    async with running(app(Gate("guard", "x"))) as url:
        assert await ask(f"{url}/p", "guard", "x", data=b"hello") == "POST /p hello"


async def test_the_log_in_goes_to_no_other_host() -> None:
    gate = Gate("guard", "x")
    async with running(app(gate)) as inner:
        elsewhere = inner.replace("127.0.0.1", "localhost")

        async def redirect(_request: web.Request) -> web.Response:
            raise web.HTTPFound(f"{elsewhere}/x")

        outer = web.Application()
        outer.router.add_get("/", redirect)
        async with running(outer) as url:
            with pytest.raises(DeviceError) as caught:
                await ask(url, "guard", "x")
    assert caught.value.kind is FailureKind.LOGIN
    assert gate.refused == 1


async def test_a_redirect_on_the_same_host_is_followed_and_a_ring_is_not() -> None:
    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound("/there" if request.path == "/here" else "/ring")

    made = web.Application()
    made.router.add_get("/here", redirect)
    made.router.add_get("/ring", redirect)
    made.router.add_get("/there", echo)
    async with running(made) as url:
        assert await ask(f"{url}/here") == "GET /there "
        with pytest.raises(DeviceError, match="302"):
            await ask(f"{url}/ring")


async def test_a_camera_with_a_certificate_of_its_own_is_asked(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    async with running(app(), context) as url:
        assert url.startswith("https://")
        assert await ask(f"{url}/x") == "GET /x "


async def test_no_tls_where_it_is_asked_for_is_told() -> None:
    async with running(app()) as url:
        with pytest.raises(DeviceError, match="no TLS"):
            await ask(url.replace("http:", "https:"))


async def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BODY_BYTES", 100_000)

    async def flood(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with answering(flood) as url:
        with pytest.raises(DeviceError, match="endless") as caught:
            await ask(url)
    assert caught.value.kind is FailureKind.GARBAGE


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", FailureKind.CLOSED),
        (b"\0\1\2garbage\r\n\r\n", FailureKind.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000, FailureKind.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", FailureKind.CLOSED),
        (b"HTTP/1.1 404 Nothing\r\n\r\n", FailureKind.NOT_VIDEO),
        (b"HTTP/1.1 401 No\r\n\r\n", FailureKind.UNSUPPORTED),
        (b"HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\n\r\n", FailureKind.UNSUPPORTED),
    ],
)
async def test_each_way_to_fail_is_told_by_kind(answer: bytes, kind: FailureKind) -> None:
    async def say(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with answering(say) as url:
        with pytest.raises(DeviceError) as caught:
            await ask(url, "guard", "hidden")
    assert caught.value.kind is kind, str(caught.value)
    assert url in str(caught.value)
    assert "hidden" not in str(caught.value)


async def test_silence_is_a_time_out() -> None:
    async def sleep(_head: str, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)

    async with answering(sleep) as url:
        asker = WebClient(url, "", "", 0.1)
        with pytest.raises(DeviceError) as caught:
            await asker.read(url)
        await asker.close()
    assert caught.value.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize("url", ["", "ftp://x/y", "http://", "http://[::1", "http://x:99999/"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(DeviceError, match="no address"):
        WebClient(url, "", "", 1.0)


async def test_nobody_there_is_told() -> None:
    with pytest.raises(DeviceError, match="refused") as caught:
        await ask("http://127.0.0.1:1/x")
    assert caught.value.kind is FailureKind.UNREACHABLE
