"""What every command gets: options, output, the account, and the connection when it needs one."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
from collections.abc import Iterator

from attrs import evolve

from axxon_client.cli import names, times
from axxon_client.cli.account import PASSWORD_VARIABLE, Account, AccountBook
from axxon_client.cli.client import Client, connected
from axxon_client.cli.output import Output
from axxon_client.cli.problems import CommandError, Exit
from axxon_client.net.trust import Contact, TrustStore
from protocol.messages import GetTree, Tree
from protocol.types import ObjectKind, ObjectRecord


class Context:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.out = Output(options.json)
        self.accounts = AccountBook()

    @contextlib.contextmanager
    def client(self) -> Iterator[Client]:
        """A connection to the chosen server.  Raises CommandError."""
        account = self.accounts.find(self.options.server)
        if not account.password:
            account = evolve(account, password=self.ask_password(f"Password of {account.user}"))
        with connected(account, self.trust()) as client:
            yield client

    def connect(self, account: Account) -> contextlib.AbstractContextManager[Client]:
        return connected(account, self.trust())

    def trust(self) -> TrustStore:
        return TrustStore(decide=self._decide)

    def ask_password(self, prompt: str) -> str:
        """Raises CommandError where nobody can be asked."""
        if not sys.stdin.isatty():
            raise CommandError(
                f"{prompt}: nobody to ask; set {PASSWORD_VARIABLE} or use --password-stdin.",
                Exit.LOGIN,
            )
        return getpass.getpass(f"{prompt}: ")

    def confirm(self, question: str) -> bool:
        if not sys.stdin.isatty():
            return False
        self.out.say(f"{question} [y/N]")
        return input().strip().lower() in ("y", "yes")

    def read_password(self) -> str:
        """From standard input, one line.  Raises CommandError when there is none."""
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandError("No password came on standard input.", Exit.USAGE)
        return password

    def tree(self, client: Client) -> list[ObjectRecord]:
        return client.ask(GetTree(), Tree).objects

    def camera(self, client: Client, wanted: str) -> ObjectRecord:
        """Of an attached archive: <archive id>:<camera id there>, which is no object here."""
        archive, mark, _ = wanted.partition(":")
        if mark and archive not in list(ObjectKind):
            return ObjectRecord(wanted, ObjectKind.CAMERA, "", wanted, 0)
        return names.find(self.tree(client), wanted, ObjectKind.CAMERA)

    def time(self, client: Client, text: str | None) -> int | None:
        return times.parse_time(text, client.now_us()) if text else None

    def _decide(self, contact: Contact) -> bool:
        """First contact with a server; on a thread of the network's."""
        name = f"{contact.address}:{contact.port}"
        self.out.say(
            f"First contact with {name}. Its certificate's SHA-256 fingerprint is\n"
            f"  {contact.fingerprint}\nCompare it with what the server shows."
        )
        if self.options.yes:
            return True
        if self.confirm("Trust it from now on?"):
            return True
        if not sys.stdin.isatty():
            self.out.say("Nobody to ask: use --yes to trust it.")
        return False
