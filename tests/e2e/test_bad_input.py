"""What goes wrong in a shop, each told in one clear message by the real programs."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import PASSWORD, ROOT, Daemon, Simulator, free_port

pytestmark = pytest.mark.timeout(120)


class Shell:
    """`axxonctl` with a home of its own, logged in to a daemon."""

    def __init__(self, home: Path, daemon: Daemon) -> None:
        self._home = home
        self.daemon = daemon
        done = self("login", f"127.0.0.1:{daemon.port}", "--yes")
        assert done.returncode == 0, done.stderr

    def __call__(
        self, *arguments: str, password: str = PASSWORD, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "axxon_client.cli", *arguments],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self._home),
                "AXXON_PASSWORD": password,
            },
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def events(self, kind: str) -> list[str]:
        found = json.loads(self("events", "--type", kind, "--json").stdout)
        rows = found["events"] if isinstance(found, dict) else found
        return [row["text"] for row in rows]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("bad-input")
    with Daemon(folder / "data") as daemon:
        yield Shell(folder / "home", daemon)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Simulator]:
    with Simulator(
        "--cameras", "1", "--size", "320x180", "--user", "root", "--password", "camera pass"
    ) as simulator:
        yield simulator


def _one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_wrong_password_is_refused_in_words(shell: Shell) -> None:
    done = shell("login", f"127.0.0.1:{shell.daemon.port}", password="guess")

    assert "user name or the password is wrong" in _one_sentence(done)


def test_a_server_that_is_not_there_is_named(shell: Shell) -> None:
    port = free_port()

    assert f"127.0.0.1:{port}" in _one_sentence(shell("login", f"127.0.0.1:{port}", "--yes"))


def test_an_unreachable_camera_is_named_with_what_to_check(shell: Shell) -> None:
    url = f"rtsp://127.0.0.1:{free_port()}/stream1"
    text = _one_sentence(shell("add-camera", "Gone", url))

    assert url in text
    assert "Check the address" in text


def test_a_wrong_camera_login_is_told_apart_from_a_dead_camera(
    shell: Shell, guarded: Simulator
) -> None:
    url = guarded.cameras[0]["url"]
    arguments = ("add-camera", "Guarded", url, "--user", "root", "--password-stdin")
    wrong = shell(*arguments, stdin="not it\n")
    right = shell(*arguments, stdin="camera pass\n")

    text = _one_sentence(wrong)
    assert "password" in text
    assert "not it" not in text
    assert right.returncode == 0, right.stderr


@pytest.fixture
def web_server() -> Iterator[str]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>Welcome to your router</h1>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_an_address_that_is_no_camera_is_said_to_be_none(
    shell: Shell, web_server: str, scheme: str
) -> None:
    text = _one_sentence(shell("add-camera", "Router", f"{scheme}://{web_server}/"))

    assert web_server in text


def test_a_changed_certificate_is_refused_until_a_person_accepts_it(
    tmp_path: Path,
) -> None:
    with Daemon(tmp_path / "data") as daemon:
        shell = Shell(tmp_path / "home", daemon)
        daemon.stop()
        for file in (tmp_path / "data").glob("server-*.pem"):
            file.unlink()
        daemon.start()

        text = _one_sentence(shell("status"))

    assert "another certificate than before" in text


def _fill(filler: Path) -> None:
    """Take all the room there is."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass


def _of(folder: Path, shell: Shell) -> list[str]:
    return [text for text in shell.events("archive.trouble") if str(folder) in text]


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="mounting tmpfs needs root")
def test_a_full_disk_is_told_and_recording_goes_on_when_there_is_room(
    shell: Shell, guarded: Simulator, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(small)], check=False
    )
    if mounted.returncode:
        pytest.skip("tmpfs cannot be mounted here")
    filler = small / "filler"
    try:
        _fill(filler)
        assert shell("set", "Archive", f"path={small / 'archive'}").returncode == 0
        url = guarded.cameras[0]["url"]
        shell("add-camera", "On a full disk", url, "--user", "root", "--password-stdin",
              stdin="camera pass\n")  # fmt: skip
        deadline = time.monotonic() + 40
        # The folder before it may have had a trouble of its own, on a busy machine.
        while not (told := _of(small, shell)) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert told
        filler.unlink()
        deadline = time.monotonic() + 40
        while not shell.events("archive.healthy") and time.monotonic() < deadline:
            time.sleep(0.5)
        assert shell.events("archive.healthy")
    finally:
        shell("set", "Archive", "path=")
        subprocess.run(["umount", "-l", str(small)], check=False)


@pytest.mark.parametrize("name", ["config.sqlite", "axxond.toml"])
def test_a_damaged_configuration_stops_the_start_with_the_files_name_and_a_remedy(
    tmp_path: Path, name: str
) -> None:
    data = tmp_path / "data"
    with Daemon(data):
        pass
    (data / name).write_bytes(b"\x00 this is [ no configuration")
    arguments = ["--conf", str(data / name)] if name.endswith("toml") else []
    done = subprocess.run(
        [sys.executable, "-m", "axxond", "run", "--data", str(data), "--port", "0", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert str(data / name) in done.stderr
