"""axxon-client: the window.  `--server`, `--user`; the password is typed, or comes from whoever
starts this program: through a pipe (AXXON_PASSWORD_FD) or the environment (AXXON_PASSWORD)."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys

from PyQt5.QtCore import QTimer

from axxon_client.app import Client, Options, catch_errors, make_application
from axxon_client.model.preferences import parse_address

PASSWORD_VARIABLE = "AXXON_PASSWORD"  # noqa: S105 - the variable's name
PIPE_VARIABLE = "AXXON_PASSWORD_FD"
_SIGNAL_POLL_MS = 200


def parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="axxon-client", description=__doc__)
    parser.add_argument("--server", default="", metavar="HOST[:PORT]", help="log in to this one")
    parser.add_argument("--user", default="", help="as this user")
    parser.add_argument("--full-screen", action="store_true")
    given = parser.parse_args(arguments)
    options = Options(user=given.user, full_screen=given.full_screen)
    options.password = take_password()
    if given.server:
        try:
            options.server, options.port = parse_address(given.server)
        except ValueError as error:
            parser.error(str(error))
    return options


def take_password() -> str:
    """Read once, and out of the environment at once: children and crash reports must not carry
    it.  "" when there is none."""
    password = os.environ.pop(PASSWORD_VARIABLE, "")
    pipe = os.environ.pop(PIPE_VARIABLE, "")
    if not pipe.isdigit():
        return password
    try:
        with os.fdopen(int(pipe), encoding="utf-8") as file:
            return file.read().strip()
    except OSError:  # not ours, or closed: it will be typed
        return password


def main(arguments: list[str] | None = None) -> int:
    options = parse(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    app = make_application(sys.argv[:1])
    client = Client(app, options)
    catch_errors(client.window)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: client.window.close())
    # Python handles signals between bytecodes: give it some while Qt sleeps.
    waker = QTimer()
    waker.timeout.connect(lambda: None)
    waker.start(_SIGNAL_POLL_MS)
    client.start()
    code = app.exec_()
    client.close()
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
