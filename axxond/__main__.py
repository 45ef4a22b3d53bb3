"""The daemon's command line: run, check, analyze, version."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from axxond.analytics import offline_command
from axxond.app import check
from axxond.app.daemon import Daemon, RunSettings, version
from axxond.app.first import FirstAdmin, chosen_password
from axxond.base import log
from axxond.base.errors import AxxonError
from axxond.base.tasks import cancel, spawn
from axxond.config import file

_FOUND = 3  # exit status of a check that found damage


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 clean, 1 could not do it, 2 wrong usage, 3 damage was found."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (AxxonError, OSError) as error:
        sys.stderr.write(f"axxond: {error}\n")
        return 1
    finally:
        log.end()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="axxond", description="Video surveillance server")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="serve until stopped")
    run.set_defaults(command=_run)
    _add_place(run)
    add = run.add_argument
    add("--bind", help="address to listen on (0.0.0.0)")
    add("--port", type=int, help=f"TCP port, 0 takes a free one ({file.DEFAULT_PORT})")
    add("--demo", action="store_true", help="with demo cameras")
    add("--seconds", type=float, metavar="N", help="stop after that long")
    add("--json", type=Path, metavar="FILE", help="write a summary of the run at its end")
    add(
        "--admin-password-file",
        type=Path,
        metavar="FILE",
        help="first start: the administrator's password (else AXXON_ADMIN_PASSWORD, else made)",
    )
    add("--ready-fd", type=int, metavar="FD", help=argparse.SUPPRESS)
    look = commands.add_parser("check", help="look for damage in archives and databases")
    look.set_defaults(command=_check)
    _add_place(look)
    add = look.add_argument
    add("path", nargs="?", type=Path, metavar="PATH", help="one archive's folder")
    add("--full", action="store_true", help="read every byte of the footage")
    add("--repair", action="store_true", help="mend what can be mended, set the rest aside")
    add("--json", action="store_true", help="tell it to a program")
    study = commands.add_parser("analyze", help="run detectors on a recording or any video")
    study.set_defaults(command=offline_command.run)
    offline_command.add_arguments(study)
    show = commands.add_parser("version", help="print the version")
    show.set_defaults(command=_version)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder")
    parser.add_argument("--conf", type=Path, metavar="FILE", help="settings (axxond.toml)")


def _run(options: argparse.Namespace) -> int:
    settings = file.read(options.conf)
    log.set_up(settings.log_level)
    run = RunSettings(
        data_folder=(options.data or settings.data_folder).absolute(),
        bind=options.bind or settings.bind,
        port=settings.port if options.port is None else options.port,
        decode_processes=settings.decode_processes,
        admin_password=chosen_password(options.admin_password_file),
        demo=options.demo,
        collect_events=options.json is not None,
    )
    return _runner()(_serve(run, options))


def _runner() -> Callable[[Coroutine[Any, Any, int]], int]:
    if sys.platform == "win32":
        import winloop as loop  # noqa: PLC0415 - one of the two is installed
    else:
        import uvloop as loop  # noqa: PLC0415
    run: Callable[[Coroutine[Any, Any, int]], int] = loop.run
    return run


async def _serve(run: RunSettings, options: argparse.Namespace) -> int:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT"):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels instead
            loop.add_signal_handler(getattr(signal, name), end.set)
    daemon = Daemon(run)
    async with daemon.running():
        _announce(daemon, options.ready_fd)
        await _until_end(daemon, end, options.seconds)
    if options.json is not None:
        text = json.dumps(daemon.summary(), indent=2, default=str)
        options.json.write_text(text + "\n", "utf-8")
    return 0


async def _until_end(daemon: Daemon, end: asyncio.Event, seconds: float | None) -> None:
    """`seconds` count from when all runs: the first start makes the demo cameras' footage."""
    ended = spawn(end.wait(), "end")
    settled = spawn(daemon.settled(), "settled")
    await asyncio.wait((ended, settled), return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait((ended,), timeout=seconds)
    await cancel(ended, settled)


def _announce(daemon: Daemon, ready_fd: int | None) -> None:
    """To the person; and to the program that started us, by a pipe that nobody else reads."""
    admin = daemon.first_admin
    if ready_fd is not None:
        with os.fdopen(ready_fd, "w", encoding="utf-8") as ready:
            ready.write(json.dumps(_ready_facts(daemon, admin)) + "\n")
    if admin is not None and admin.generated:
        print(f"First start: log in as {admin.user} with the password {admin.password}")
        print("It is shown this once only; change it in the client.")
    print(f"Listening on port {daemon.port}, certificate {_pairs(daemon.fingerprint)}", flush=True)


def _pairs(fingerprint: str) -> str:
    """As clients show it, to be compared by eye."""
    return ":".join(re.findall("..", fingerprint.upper()))


def _ready_facts(daemon: Daemon, admin: FirstAdmin | None) -> dict[str, Any]:
    return {
        "port": daemon.port,
        "fingerprint": daemon.fingerprint,
        "user": admin.user if admin is not None else "",
        "password": admin.password if admin is not None else "",
    }


def _check(options: argparse.Namespace) -> int:
    settings = file.read(options.conf)
    log.set_up("warning")
    folder = (options.data or settings.data_folder).absolute()
    found = check.check(folder, options.path, full=options.full, repair=options.repair)
    if options.json:
        print(json.dumps([item.as_dict() for item in found], indent=2))
    else:
        print(check.as_table(found))
    return _FOUND if any(item.damaged for item in found) else 0


def _version(_options: argparse.Namespace) -> int:
    print(f"axxond {version()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
