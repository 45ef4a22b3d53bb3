"""Servers that axxonctl knows: address, user and, unless told not to, the password.

The file is readable by its owner only (mode 0600), as is usual for client passwords (~/.pgpass);
one that others can read is not used.  AXXON_PASSWORD comes before what is stored.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from axxon_client.cli.problems import CommandError, Exit
from axxon_client.net.trust import config_folder, write_private

DEFAULT_PORT = 7780
PASSWORD_VARIABLE = "AXXON_PASSWORD"  # noqa: S105 - the variable's name


@frozen
class Account:
    address: str
    port: int
    user: str
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        return f"{self.address}:{self.port}"


def default_path() -> Path:
    return config_folder() / "axxonctl.json"


def parse_address(text: str) -> tuple[str, int]:
    """HOST, HOST:PORT or [IPv6]:PORT.  Raises CommandError."""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, port = text.split(":")
    valid = bool(host) and (not port or (port.isdigit() and 0 < int(port) < 65_536))
    if not valid:
        raise CommandError(f"{text!r} is no address: use HOST or HOST:PORT.", Exit.USAGE)
    return host, int(port) if port else DEFAULT_PORT


class AccountBook:
    """The file: {"default": name, "servers": {name: {"user", "password"}}}."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else default_path()

    def find(self, address: str | None = None) -> Account:
        """The named server, or the one logged in to last.  Raises CommandError."""
        book = self._load()
        name = ":".join(map(str, parse_address(address))) if address else book["default"]
        entry = book["servers"].get(name)
        if entry is None:
            asked = f"not logged in to {name}" if name else "not logged in"
            raise CommandError(f"You are {asked}: run axxonctl login HOST first.", Exit.LOGIN)
        host, port = name.rsplit(":", 1)
        stored = Account(host, int(port), entry["user"], entry.get("password", ""))
        given = os.environ.get(PASSWORD_VARIABLE)
        return evolve(stored, password=given) if given else stored

    def store(self, account: Account) -> None:
        """Remember it, and take it as the default."""
        book = self._load()
        entry = {"user": account.user}
        if account.password:
            entry["password"] = account.password
        book["servers"][account.name] = entry
        book["default"] = account.name
        write_private(self.path, json.dumps(book, indent=1))

    def forget(self, name: str) -> None:
        book = self._load()
        book["servers"].pop(name, None)
        if book["default"] == name:
            book["default"] = next(iter(book["servers"]), "")
        write_private(self.path, json.dumps(book, indent=1))

    def _load(self) -> dict[str, Any]:
        try:
            text = self.path.read_text("utf-8")
            mode = stat.S_IMODE(self.path.stat().st_mode)
        except FileNotFoundError:
            return {"default": "", "servers": {}}
        except OSError as error:
            raise CommandError(f"{self.path} cannot be read: {error.strerror}.") from error
        if os.name == "posix" and mode & 0o077:
            raise CommandError(
                f"{self.path} holds passwords and can be read by others: chmod 600 it."
            )
        try:
            book = json.loads(text)
            return {"default": str(book["default"]), "servers": dict(book["servers"])}
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{self.path} is damaged ({error}): mend or remove it.") from error
