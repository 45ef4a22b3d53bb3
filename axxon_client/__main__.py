"""axxon-client: the window.  `--server`, `--user`; the password from AXXON_PASSWORD, or typed."""

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
_SIGNAL_POLL_MS = 200


def parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="axxon-client", description=__doc__)
    parser.add_argument("--server", default="", metavar="HOST[:PORT]", help="log in to this one")
    parser.add_argument("--user", default="", help="as this user")
    parser.add_argument("--full-screen", action="store_true")
    given = parser.parse_args(arguments)
    options = Options(user=given.user, full_screen=given.full_screen)
    # Out of the environment at once: children and crash reports must not carry it.
    options.password = os.environ.pop(PASSWORD_VARIABLE, "")
    if given.server:
        try:
            options.server, options.port = parse_address(given.server)
        except ValueError as error:
            parser.error(str(error))
    return options


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
