"""The daemon starts, serves, follows changes, stops cleanly, and goes on with the same data."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from axxond import __main__ as command_line
from axxond.app.daemon import Daemon, RunSettings
from axxond.base.errors import AxxonError, ConfigError
from protocol import messages
from protocol.connection import hello
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    Change,
    Changed,
    ChangePassword,
    ChangeTree,
    ControlCamera,
    DeviceTested,
    GetStatus,
    GetTimeLine,
    GetTree,
    JournalPage,
    Login,
    LoginReply,
    Message,
    QueryJournal,
    Request,
    ServerStatus,
    TimeLine,
    Tree,
)
from protocol.transport import WireConnection, client_context, connect
from protocol.types import DeviceState, FailureKind, ObjectKind
from tests.axxond.app.ports import free_port

PASSWORD = "s3cret words"
WAIT_S = 20.0
M = TypeVar("M", bound=Message)


def settings(folder: Path) -> RunSettings:
    return RunSettings(folder, "127.0.0.1", 0, 1, PASSWORD, collect_events=True, analytics=False)


@asynccontextmanager
async def client(daemon: Daemon, password: str = PASSWORD) -> AsyncIterator[WireConnection]:
    greeting = hello("test", "", "")
    wire = await connect("127.0.0.1", daemon.port, client_context(), greeting)
    try:
        await ask(wire, Login("admin", password), LoginReply)
        yield wire
    finally:
        wire.close()
        await wire.wait_closed()


async def ask(wire: WireConnection, request: Request, kind: type[M]) -> M:
    reply, _payload = await wire.request(request, timeout_s=WAIT_S)
    assert isinstance(reply, kind)
    return reply


async def added(wire: WireConnection, port: int) -> tuple[str, str]:
    """A device on a port of loopback where nobody listens; ids of device and camera."""
    tree = await ask(wire, GetTree(), Tree)
    server = next(obj for obj in tree.objects if obj.kind is ObjectKind.SERVER)
    properties = {"url": f"rtsp://127.0.0.1:{port}/none", "password": "camera-pass"}
    change = Change("", ObjectKind.DEVICE, server.id, "Gate", properties)
    done = await ask(wire, ChangeTree([change]), Changed)
    (device,) = done.ids
    tree = await ask(wire, GetTree(), Tree)
    return device, next(obj.id for obj in tree.objects if obj.parent == device)


async def events(wire: WireConnection, *types: str) -> list[str]:
    page = await ask(wire, QueryJournal(types=list(types)), JournalPage)
    return [event.text for event in reversed(page.events)]


async def until_failed(wire: WireConnection) -> ServerStatus:
    while True:
        status = await ask(wire, GetStatus(), ServerStatus)
        if status.cameras and status.cameras[0].state is DeviceState.WAITING:
            return status
        await asyncio.sleep(0.05)


async def test_a_first_start_makes_an_administrator_and_a_second_goes_on(
    tmp_path: Path,
) -> None:
    async with Daemon(settings(tmp_path)).running() as daemon:
        assert daemon.first_admin is not None
        assert not daemon.first_admin.generated
        assert PASSWORD not in repr(daemon.first_admin)
        async with client(daemon) as wire:
            device, camera = await added(wire, free_port())
            fingerprint = daemon.fingerprint
    assert [event["type"] for event in daemon.summary()["events"]][-1] == "server.stopped"
    async with Daemon(settings(tmp_path)).running() as daemon:
        assert daemon.first_admin is None
        assert daemon.fingerprint == fingerprint
        async with client(daemon) as wire:
            tree = await ask(wire, GetTree(), Tree)
            assert {device, camera} <= {obj.id for obj in tree.objects}
            assert "camera-pass" not in repr(tree)
            assert len(await events(wire, "server.")) == 3


async def test_a_new_device_is_tried_at_once_and_its_failure_told(tmp_path: Path) -> None:
    async with Daemon(settings(tmp_path)).running() as daemon, client(daemon) as wire:
        _device, camera = await added(wire, free_port())
        async with asyncio.timeout(WAIT_S):
            status = await until_failed(wire)
        (one,) = status.cameras
        assert (one.camera, one.failure) == (camera, FailureKind.UNREACHABLE)
        assert "cannot be reached" in one.reason
        assert not one.recording
        assert any("cannot be reached" in text for text in await events(wire, "device.failed"))
        assert await events(wire, "config.changed") == [
            "IP device: added",
            "Camera: added",
            "Detector: added",
            "Recording: added",
        ]
        line = await ask(wire, GetTimeLine(camera, 0, 1 << 52), TimeLine)
        assert not [span for span in line.spans if span.kind == "footage"]


async def test_a_device_is_tested_without_being_added(tmp_path: Path) -> None:
    async with Daemon(settings(tmp_path)).running() as daemon, client(daemon) as wire:
        url = f"rtsp://127.0.0.1:{free_port()}/none"
        tested = await ask(wire, messages.TestDevice({"url": url}), DeviceTested)
        assert tested.failure is FailureKind.UNREACHABLE
        with pytest.raises(ProtocolError, match="did you mean") as caught:
            await ask(wire, messages.TestDevice({"ulr": url, "url": url}), DeviceTested)
        assert caught.value.code is ErrorCode.INVALID


async def test_a_stored_password_goes_to_no_other_host(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def challenge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            asked.append(data)
            number = data.partition(b"CSeq: ")[2].partition(b"\r")[0]
            writer.write(b"RTSP/1.0 401 Unauthorized\r\nCSeq: " + number)
            writer.write(b'\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n')
        writer.close()

    stranger = await asyncio.start_server(challenge, "127.0.0.1", 0)
    port = stranger.sockets[0].getsockname()[1]
    async with Daemon(settings(tmp_path)).running() as daemon, client(daemon) as wire, stranger:
        device, _camera = await added(wire, free_port())
        for host, lent in (("localhost", False), ("127.0.0.1", True)):
            asked.clear()
            url = f"rtsp://{host}:{port}/none"
            request = messages.TestDevice({"url": url, "user": "root"}, device)
            tested = await ask(wire, request, DeviceTested)
            assert tested.failure is FailureKind.LOGIN
            secret = base64.b64encode(b"root:camera-pass")
            assert any(secret in data for data in asked) is lent


async def test_cameras_are_controlled_and_it_is_journaled(tmp_path: Path) -> None:
    async with Daemon(settings(tmp_path)).running() as daemon, client(daemon) as wire:
        _device, camera = await added(wire, free_port())
        for action in ("disarm", "record", "stop-record", "alarm", "arm"):
            await wire.request(ControlCamera(camera, action), timeout_s=WAIT_S)
        assert await events(wire, "camera.control") == [
            "Disarmed",
            "Recording was started",
            "Recording was stopped",
            "Alarm was raised",
            "Armed",
        ]
        assert await events(wire, "alarm.raised") == ["Alarm: operator"]
        for request, code in (
            (ControlCamera("nobody", "arm"), ErrorCode.NOT_FOUND),
            (ControlCamera(camera, "explode"), ErrorCode.INVALID),
        ):
            with pytest.raises(ProtocolError) as caught:
                await wire.request(request, timeout_s=WAIT_S)
            assert caught.value.code is code


async def test_a_changed_password_ends_sessions_and_is_the_new_one(tmp_path: Path) -> None:
    async with Daemon(settings(tmp_path)).running() as daemon:
        async with client(daemon) as wire:
            with pytest.raises(ProtocolError, match="old password"):
                await wire.request(ChangePassword("brand new words", "wrong"), timeout_s=WAIT_S)
            with pytest.raises(ProtocolError, match="at least 8"):
                await wire.request(ChangePassword("short", PASSWORD), timeout_s=WAIT_S)
            await wire.request(ChangePassword("brand new words", PASSWORD), timeout_s=WAIT_S)
        async with client(daemon, "brand new words"):
            pass
        with pytest.raises(ProtocolError) as caught:
            async with client(daemon):
                pass
        assert caught.value.code is ErrorCode.LOGIN_FAILED


async def test_a_second_instance_and_a_taken_port_are_told(tmp_path: Path) -> None:
    async with Daemon(settings(tmp_path / "a")).running() as daemon:
        with pytest.raises(AxxonError, match="runs on the data folder"):
            async with Daemon(settings(tmp_path / "a")).running():
                pass
        taken = RunSettings(tmp_path / "b", "127.0.0.1", daemon.port, 1, PASSWORD)
        with pytest.raises(AxxonError, match=f"Listening on 127.0.0.1 port {daemon.port} failed"):
            async with Daemon(taken).running():
                pass


async def test_a_weak_first_password_is_refused(tmp_path: Path) -> None:
    weak = RunSettings(tmp_path, "127.0.0.1", 0, 1, "short", analytics=False)
    with pytest.raises(ConfigError, match="at least 8 characters"):
        async with Daemon(weak).running():
            pass


async def test_a_damaged_configuration_is_told_and_nothing_is_touched(tmp_path: Path) -> None:
    (tmp_path / "config.sqlite").write_bytes(b"rubbish" * 1000)
    with pytest.raises(ConfigError, match="axxond check --repair"):
        async with Daemon(settings(tmp_path)).running():
            pass
    assert (tmp_path / "config.sqlite").read_bytes() == b"rubbish" * 1000


async def started_once(folder: Path) -> None:
    async with Daemon(settings(folder)).running() as daemon, client(daemon) as wire:
        await added(wire, free_port())


@pytest.fixture
def used_folder(tmp_path: Path) -> Path:
    asyncio.run(started_once(tmp_path))
    return tmp_path


def test_check_finds_a_used_folder_sound(
    used_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["check", "--data", str(used_folder), "--full"]) == 0
    out = capsys.readouterr().out
    assert out.count("ok ") == 4
    assert command_line.main(["check", "--data", str(used_folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [item["damaged"] for item in found] == [False] * 4


def test_check_repairs_a_damaged_journal_and_configuration_and_keeps_them_aside(
    used_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("config", "journal"):
        path = used_folder / f"{name}.sqlite"
        data = bytearray(path.read_bytes())
        data[4096:4196] = b"\xff" * 100
        path.write_bytes(data)
    assert command_line.main(["check", "--data", str(used_folder)]) == 3
    assert capsys.readouterr().out.count("DAMAGED") == 2
    assert command_line.main(["check", "--data", str(used_folder), "--repair"]) == 0
    assert len(list(used_folder.glob("*.damaged-*"))) >= 2
    assert command_line.main(["check", "--data", str(used_folder)]) == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["check", "--data", "{folder}/none"], "There is no data folder"),
        (["run", "--conf", "{folder}/none.toml"], "reading the settings failed"),
        (["run", "--data", "{folder}/file/x"], "cannot be used"),
    ],
)
def test_the_command_line_says_in_one_sentence_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    (tmp_path / "file").write_text("")
    filled = [argument.format(folder=tmp_path) for argument in arguments]
    assert command_line.main(filled) == 1
    error = capsys.readouterr().err
    assert reason in error
    assert len(error.strip().splitlines()) == 1


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["version"]) == 0
    assert capsys.readouterr().out.startswith("axxond ")
