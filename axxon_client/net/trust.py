"""Certificates of servers, pinned on first use by their SHA-256 fingerprint.

Servers sign their own certificates: there is no authority to ask, so the first contact decides
and every later one must show the same (as SSH does).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs
from attrs import frozen

from axxon_client.net.errors import CertificateChanged, CertificateRefused, LinkError, LinkFailure


@frozen
class Contact:
    """The first meeting with a server: what a person compares with the server's own display."""

    address: str
    port: int
    fingerprint: str


Decide = Callable[[Contact], bool]


def readable(fingerprint: str) -> str:
    """SHA-256 in hex as pairs of digits with colons, as other programs show it."""
    return bytes.fromhex(fingerprint).hex(":").upper()


def config_folder() -> Path:
    """Of this user, for this program."""
    return Path(platformdirs.user_config_dir("axxon", appauthor=False))


def accept_all(_contact: Contact) -> bool:
    return True


def refuse_all(_contact: Contact) -> bool:
    return False


class TrustStore:
    """The pinned fingerprints, in a JSON file {"address:port": fingerprint}.

    `decide` is asked at the first contact; it runs in a thread of its own and may block (a
    dialog, a prompt).  A file that cannot be read counts as an error, never as an empty one.
    """

    def __init__(self, path: Path | None = None, decide: Decide = refuse_all) -> None:
        self.path = path if path is not None else config_folder() / "servers.json"
        self.decide = decide

    def known(self, address: str, port: int) -> str | None:
        return self._load().get(_key(address, port))

    def pin(self, address: str, port: int, shown: str) -> None:
        """Trust a certificate from now on; `shown` as `readable` makes it."""
        pins = self._load()
        pins[_key(address, port)] = shown
        self._save(pins)

    def forget(self, address: str, port: int) -> None:
        """After a server was re-installed: the next contact is a first one again."""
        pins = self._load()
        if pins.pop(_key(address, port), None) is not None:
            self._save(pins)

    def check(self, address: str, port: int, fingerprint: str) -> None:
        """`fingerprint`: SHA-256 of the certificate in hex.

        Raises CertificateChanged or CertificateRefused; may block in `decide`.
        """
        shown = readable(fingerprint)
        known = self.known(address, port)
        if known == shown:
            return
        if known is not None:
            raise CertificateChanged(_key(address, port), known, shown)
        if not self.decide(Contact(address, port, shown)):
            raise CertificateRefused(_key(address, port), shown)
        self.pin(address, port, shown)

    def _load(self) -> dict[str, str]:
        try:
            pins = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise _unreadable(self.path, error) from error
        if not isinstance(pins, dict) or not all(isinstance(pin, str) for pin in pins.values()):
            raise _unreadable(self.path, ValueError("not a map of texts"))
        return pins

    def _save(self, pins: dict[str, str]) -> None:
        write_private(self.path, json.dumps(pins, indent=1, sort_keys=True))


def _unreadable(path: Path, error: Exception) -> LinkError:
    text = f"The list of trusted servers {path} cannot be read: {error}. Mend or remove it."
    return LinkError(LinkFailure.CERTIFICATE, text)


def _key(address: str, port: int) -> str:
    return f"{address.lower()}:{port}"


def write_private(path: Path, text: str) -> None:
    """Replace a file at once by one that only this user can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
