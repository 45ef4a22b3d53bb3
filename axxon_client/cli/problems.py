"""What a command ends with: one sentence and an exit code."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """Exit codes, for scripts."""

    OK = 0
    FAILED = 1  # the server refused, or it did not work
    USAGE = 2  # as argparse
    UNREACHABLE = 3  # no connection, or the certificate is not trusted
    LOGIN = 4
    NAME = 5  # no such object, or several of that name
    INTERRUPTED = 130  # Ctrl-C, as shells count it


class CommandError(Exception):
    """Ends the command: the message is one sentence for a person."""

    def __init__(self, text: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.code = code
