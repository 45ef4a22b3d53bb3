"""The real daemon and the real simulator as processes, for end-to-end tests and benches."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from axxon_client.net.link import ServerLink
from axxon_client.net.trust import TrustStore, accept_all
from axxond.app.names import KERNELS_FOLDER
from protocol.messages import Change, Changed, ChangeTree, GetTree, Tree
from protocol.types import ObjectKind

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
_READY_S = 60.0
_STOP_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Simulator:
    """`python -m axxond.devices.demo` with load cameras, as a process of its own."""

    def __init__(self, *arguments: str, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "axxond.devices.demo", "--port", str(port), *arguments],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the camera simulator did not start")
        ready = json.loads(line)
        self.port: int = ready["port"]
        self.cameras: list[dict[str, str]] = ready["cameras"]

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(_STOP_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def share_kernels(data: Path) -> None:
    """All daemons of this checkout's tests compile theirs once: it takes most of a minute."""
    folder = data / KERNELS_FOLDER
    if not folder.exists():
        checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
        shared = Path(tempfile.gettempdir()) / f"axxon-test-kernels-{os.getuid()}-{checkout}"
        shared.mkdir(exist_ok=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(shared)


class Daemon:
    """`axxond run` on a data folder; `start` returns when it says READY as systemd hears it."""

    def __init__(self, data: Path, *arguments: str, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        self.arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        data.mkdir(parents=True, exist_ok=True)
        share_kernels(data)
        self._password = data.parent / f"{data.name}.password"
        self._password.write_text(PASSWORD)
        self._password.chmod(0o600)
        self.log = data.parent / f"{data.name}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        with (
            tempfile.TemporaryDirectory() as folder,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify,
        ):
            address = f"{folder}/notify"
            notify.bind(address)
            notify.settimeout(0.2)
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [
                        sys.executable, "-m", "axxond", "run",
                        "--data", str(self.data),
                        "--bind", "127.0.0.1",
                        "--port", str(self.port),
                        "--admin-password-file", str(self._password),
                        *self.arguments,
                    ],
                    stdout=log,
                    stderr=log,
                    cwd=ROOT,
                    env={**os.environ, "NOTIFY_SOCKET": address},
                )  # fmt: skip
            self._wait_ready(notify)
        return self

    def _wait_ready(self, notify: socket.socket) -> None:
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            try:
                if b"READY=1" in notify.recv(4096):
                    return
            except TimeoutError:
                pass
            assert self._process is not None
            if self._process.poll() is not None:
                break
        self.kill()
        raise RuntimeError(f"axxond did not become ready:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """As a crash: no handler runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_S)
            self._process = None

    def stop(self) -> int:
        """As systemd stops it; the exit code."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(_STOP_S)
        finally:
            self.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()


async def log_in(port: int, trust_file: Path, user: str = "admin") -> ServerLink:
    """A client's link to a daemon on this machine, logged in."""
    link = ServerLink("127.0.0.1", port, TrustStore(trust_file, accept_all))
    await link.open(user, PASSWORD)
    return link


async def add_device(link: ServerLink, name: str, url: str, **properties: Any) -> None:
    """As the client's dialog does: the server adds camera, recording and detector by itself."""
    tree = await link.ask(GetTree(), Tree)
    server = next(record for record in tree.objects if record.kind is ObjectKind.SERVER)
    change = Change(
        id="",
        kind=ObjectKind.DEVICE,
        parent=server.id,
        name=name,
        properties={"url": url, **properties},
    )
    await link.ask(ChangeTree([change]), Changed)


async def cameras(link: ServerLink) -> dict[str, str]:
    """Names and ids of the cameras in the tree."""
    tree = await link.ask(GetTree(), Tree)
    return {record.name: record.id for record in tree.objects if record.kind is ObjectKind.CAMERA}


async def until(condition: Any, timeout_s: float, what: str) -> None:
    """Wait for an (async) condition; a time-out says what did not happen."""
    deadline = time.monotonic() + timeout_s
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {timeout_s} s")
        await asyncio.sleep(0.1)
