"""Refusals and failures of a device as one clear sentence of the right kind."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from axxond.devices.control import ControlSettings
from axxond.devices.onvif import link as link_module
from axxond.devices.onvif.control import OnvifControl
from axxond.devices.port import DeviceError
from protocol.types import FailureKind
from tests.e2e.harness import free_port
from tests.fakes.certificate import make_certificate
from tests.fakes.onvif.emulator import Emulator, emulated
from tests.fakes.onvif.model import Camera

_K = FailureKind


async def _failure(
    url: str, user: str = "admin", password: str = "secret", timeout_s: float = 10.0
) -> DeviceError:
    control = OnvifControl(ControlSettings(url, user, password, timeout_s=timeout_s))
    try:
        with pytest.raises(DeviceError) as caught:
            await control.describe()
    finally:
        await control.close()
    return caught.value


@asynccontextmanager
async def _web(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[str]:
    """Some other server."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"onvif://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("http_digest", [False, True])
async def test_a_wrong_password(http_digest: bool) -> None:
    async with emulated(Camera(http_digest=http_digest)) as emulator:
        error = await _failure(emulator.url, password="guess")
        assert error.kind is _K.LOGIN
        assert 'refuses the user "admin"' in str(error)
        nobody = await _failure(emulator.url, "", "")
        assert nobody.kind is _K.LOGIN
        assert "asks for a user name" in str(nobody)


async def test_a_right_that_the_user_lacks(control: OnvifControl, emulator: Emulator) -> None:
    await control.describe()
    assert control.outputs is not None
    emulator.camera.faults.answers["SetRelayOutputState"] = "NotAuthorized"
    with pytest.raises(DeviceError, match="give the user the right") as caught:
        await control.outputs.set_output("relay-1", active=True)
    assert caught.value.kind is _K.LOGIN


@pytest.mark.parametrize("offset_s", [-86_400.0, 3600.0])
async def test_a_clock_that_is_off_does_not_keep_us_out(offset_s: float) -> None:
    async with emulated(Camera(clock_offset_s=offset_s)) as emulator:
        control = OnvifControl(ControlSettings(emulator.url, "admin", "secret"))
        said = await control.describe()
        await control.close()
    assert said.clock_offset_us is not None
    assert abs(said.clock_offset_us - offset_s * 1e6) < 2e6


async def test_setting_the_clock_takes_the_offset_away() -> None:
    async with emulated(Camera(clock_offset_s=7200)) as emulator:
        control = OnvifControl(ControlSettings(emulator.url, "admin", "secret"))
        await control.describe()
        assert control.clock is not None
        await control.clock.set_clock(time.time_ns() // 1000)
        said = await control.describe()
        await control.close()
    assert said.clock_offset_us is not None
    assert abs(said.clock_offset_us) < 2e6


async def test_a_connection_that_was_closed_is_made_anew_with_a_new_token(
    control: OnvifControl, emulator: Emulator
) -> None:
    emulator.camera.faults.hang_ups = {"GetDeviceInformation", "GetProfiles"}
    assert (await control.describe()).model == "Strict dome"


@pytest.mark.parametrize("basic", [False, True])
async def test_pictures_come_from_another_port_by_the_log_in_asked_for_there(basic: bool) -> None:
    camera = Camera(http_digest=True, basic_snapshots=basic, own_snapshot_port=True)
    async with emulated(camera) as emulator:
        control = OnvifControl(ControlSettings(emulator.url, "admin", "secret"))
        assert (await control.snapshot("")).startswith(b"\xff\xd8")
        await control.close()


async def test_nothing_listens_there() -> None:
    error = await _failure(f"onvif://127.0.0.1:{free_port()}")
    assert error.kind is _K.UNREACHABLE
    assert "refused" in str(error)


async def test_a_name_that_is_not_known() -> None:
    error = await _failure("onvif://no-such-host.invalid")
    assert error.kind in (_K.UNREACHABLE, _K.TIMEOUT)
    assert "no-such-host.invalid" in str(error)


@pytest.mark.parametrize("url", ["ftp://192.0.2.1", "onvif://", "onvif://[", "onvif://h:99999"])
async def test_what_is_no_address(url: str) -> None:
    error = await _failure(url)
    assert error.kind is _K.UNREACHABLE
    assert "onvif://192.0.2.10" in str(error)


async def test_a_web_server_is_no_camera() -> None:
    async with _web(lambda _: web.Response(text="<html>Hello</html>")) as url:
        error = await _failure(url)
    assert error.kind is _K.NOT_VIDEO
    assert "ONVIF" in str(error)


async def test_a_server_without_that_path_is_no_camera() -> None:
    async with _web(lambda _: web.Response(status=404)) as url:
        error = await _failure(url)
    assert error.kind is _K.NOT_VIDEO


async def test_a_device_that_wants_tls_is_told_how() -> None:
    def moved(_: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": "https://127.0.0.1/"})

    async with _web(moved) as url:
        error = await _failure(url)
    assert error.kind is _K.NOT_VIDEO
    assert "onvifs://" in str(error)


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "_MAX_ANSWER_BYTES", 1 << 20)
    async with _web(lambda _: web.Response(body=b" " * (2 << 20))) as url:
        error = await _failure(url)
    assert error.kind is _K.GARBAGE


async def test_a_device_that_thinks_for_ever(emulator: Emulator) -> None:
    emulator.camera.faults.delay_s["GetProfiles"] = 30.0
    error = await _failure(emulator.url, timeout_s=1.0)
    assert error.kind is _K.TIMEOUT
    assert "GetProfiles within 1 s" in str(error)


async def test_what_no_request_can_hold_is_refused_here(control: OnvifControl) -> None:
    await control.describe()
    assert control.ptz is not None
    with pytest.raises(DeviceError, match="GotoPreset") as caught:
        await control.ptz.go_preset("", "\0")
    assert caught.value.kind is _K.UNSUPPORTED
    assert (await control.ptz.set_preset("", "Do\0or")).name == "Do or"


async def test_entities_are_not_expanded(emulator: Emulator) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    bomb += "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    envelope = "http://www.w3.org/2003/05/soap-envelope"
    body = f'<s:Envelope xmlns:s="{envelope}"><s:Body><GetDeviceInformationResponse>'
    body += "<Manufacturer>&j;</Manufacturer></GetDeviceInformationResponse></s:Body></s:Envelope>"
    emulator.camera.faults.raw["GetDeviceInformation"] = (bomb + "]>" + body).encode()
    control = OnvifControl(ControlSettings(emulator.url, "admin", "secret"))
    said = await control.describe()
    await control.close()
    assert len(said.manufacturer) < 100


async def test_no_password_stands_in_a_failure(emulator: Emulator) -> None:
    error = await _failure(
        emulator.url.replace("://", "://admin:topsecret@"), password="topsecret"
    )
    assert "topsecret" not in str(error)


async def test_a_camera_with_a_certificate_of_its_own_is_reached(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    emulator = Emulator(tls=context)
    await emulator.start()
    control = OnvifControl(ControlSettings(emulator.url, "admin", "secret"))
    said = await control.describe()
    await control.close()
    await emulator.close()
    assert emulator.url.startswith("onvifs://")
    assert said.streams[0].url.startswith("onvifs://127.0.0.1:")
