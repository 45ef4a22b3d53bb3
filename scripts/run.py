"""Starts the server, and the client beside it where there is a display.  Standard library only.

The server tells by a pipe that it is ready, and at the first start the administrator's password;
the client gets that by a pipe of its own (AXXON_PASSWORD_FD): it is never an argument, in the
environment, or on the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

# A client that ends so soon did not start; the server goes on without it.
_STARTED_S = 5.0
_POLL_S = 0.2
_CLIENT_STOP_S = 5.0


def main() -> int:
    options = _options()
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    if options.headless or not _has_display():
        server = _server_command(options)
        os.execv(server[0], server)  # Ctrl-C and the exit status are the server's own
    return _with_client(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/run", description="A recorder with demo cameras, and the client"
    )
    add = parser.add_argument
    add("--headless", action="store_true", help="the server only")
    add("--no-demo", action="store_true", help="without demo cameras")
    add("--seconds", metavar="N", help="stop after that long")
    add("--json", metavar="FILE", help="write a summary at the end")
    add("--data", metavar="DIR", help="data folder (~/.local/share/axxon)")
    add("--port", metavar="N", help="TCP port (7780)")
    add("--bind", metavar="ADDRESS", default="127.0.0.1", help="0.0.0.0 for other computers")
    return parser.parse_args()


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _server_command(options: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "axxond", "run", "--bind", options.bind]
    command += [] if options.no_demo else ["--demo"]
    for name in ("seconds", "json", "data", "port"):
        value = getattr(options, name)
        if value is not None:
            command += [f"--{name}", value]
    return command


def _with_client(options: argparse.Namespace) -> int:
    stopping: list[int] = []
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda number, _frame: stopping.append(number))
    ready_out, ready_in = os.pipe()
    server = subprocess.Popen(
        [*_server_command(options), "--ready-fd", str(ready_in)],
        pass_fds=(ready_in,),
        start_new_session=True,  # Ctrl-C is ours: client first, then the server
    )
    os.close(ready_in)
    with os.fdopen(ready_out, encoding="utf-8") as pipe:
        line = pipe.readline()
    client = _start_client(json.loads(line)) if line else None
    _wait(server, client, stopping)
    if client is not None and client.poll() is None:
        client.terminate()
        try:
            client.wait(_CLIENT_STOP_S)
        except subprocess.TimeoutExpired:
            client.kill()
            client.wait()
    if server.poll() is None:
        server.terminate()
    return server.wait()


def _start_client(ready: dict[str, str]) -> subprocess.Popen[bytes]:
    """Address and user are filled in; on the first start the password too."""
    command = [sys.executable, "-m", "axxon_client"]
    command += ["--server", f"127.0.0.1:{ready['port']}", "--user", ready["user"] or "admin"]
    environment = dict(os.environ)
    fds: tuple[int, ...] = ()
    if ready["password"]:
        password_out, password_in = os.pipe()
        os.write(password_in, ready["password"].encode())
        os.close(password_in)
        environment["AXXON_PASSWORD_FD"] = str(password_out)
        fds = (password_out,)
    client = subprocess.Popen(command, env=environment, pass_fds=fds, start_new_session=True)
    for fd in fds:
        os.close(fd)
    return client


def _wait(
    server: subprocess.Popen[bytes], client: subprocess.Popen[bytes] | None, stopping: list[int]
) -> None:
    """Until one of them ends or somebody wants us to stop."""
    started_s = time.monotonic()
    while not stopping and server.poll() is None:
        if client is not None and client.poll() is not None:
            if client.returncode == 0 or time.monotonic() - started_s > _STARTED_S:
                return
            print("The client did not start; the server goes on. Ctrl-C stops it.", flush=True)
            client = None
        time.sleep(_POLL_S)


if __name__ == "__main__":
    sys.exit(main())
