"""Logging in: Basic (RFC 7617) and Digest with MD5 or SHA-256, with or without qop (RFC 7616)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable

from attrs import field, frozen

# Enough for any camera; a header that goes on is not worth reading.
_MAX_CHALLENGES = 8
_TOKEN = re.compile(
    r"""\s*,?\s*(?P<name>[A-Za-z0-9_.-]+)
        (?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<bare>[^\s,"]*)))?""",
    re.VERBOSE,
)
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


@frozen
class Challenge:
    """One way to log in that the server offers; parameter names in lower case."""

    scheme: str  # "basic" or "digest"
    parameters: dict[str, str] = field(factory=dict)

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")

    @property
    def algorithm(self) -> str:
        """Upper case, without "-sess"."""
        return (self.get("algorithm") or "MD5").upper().removesuffix("-SESS")

    @property
    def strength(self) -> int:
        """0: not usable; else the more the better."""
        if self.scheme == "basic":
            return 1
        if self.scheme != "digest" or not self.get("nonce"):
            return 0
        return {"MD5": 2, "SHA-256": 3}.get(self.algorithm, 0)


def parse_challenges(values: list[str]) -> list[Challenge]:
    """The challenges in WWW-Authenticate headers; one header may hold several."""
    found: list[Challenge] = []
    for value in values:
        for match in _TOKEN.finditer(value):
            name = match["name"].lower()
            if match["quoted"] is None and match["bare"] is None:
                if len(found) >= _MAX_CHALLENGES:
                    return found
                found.append(Challenge(name))
            elif found:
                text = match["bare"] or re.sub(r"\\(.)", r"\1", match["quoted"] or "")
                found[-1].parameters.setdefault(name, text)
    return found


class Authenticator:
    """Answers challenges for one user.  `header` is empty until a challenge was accepted."""

    def __init__(
        self, user: str, password: str, cnonce: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self.user = user
        self._password = password
        self._cnonce = cnonce
        self._challenge: Challenge | None = None
        self._count = 0

    def accept(self, values: list[str]) -> bool:
        """Take the best challenge of a 401's headers; False when none is usable."""
        usable = [c for c in parse_challenges(values) if c.strength]
        if not usable:
            return False
        self._challenge = max(usable, key=lambda challenge: challenge.strength)
        self._count = 0
        return True

    @staticmethod
    def is_stale(values: list[str]) -> bool:
        """Whether a 401 says that only the nonce is too old: the password was right."""
        return any(c.get("stale").lower() == "true" for c in parse_challenges(values))

    def header(self, method: str, url: str) -> str:
        """The value of the Authorization header; "" when none is called for yet."""
        challenge = self._challenge
        if challenge is None:
            return ""
        if challenge.scheme == "basic":
            pair = f"{self.user}:{self._password}".encode()
            return "Basic " + base64.b64encode(pair).decode("ascii")
        self._count += 1
        return self._digest(challenge, method, url)

    def _digest(self, challenge: Challenge, method: str, url: str) -> str:
        digest = _HASHES[challenge.algorithm]
        realm, nonce = challenge.get("realm"), challenge.get("nonce")
        offered = [word.strip().lower() for word in challenge.get("qop").split(",")]
        qop = "auth" if "auth" in offered else ""
        count, cnonce = f"{self._count:08x}", self._cnonce()
        secret = digest(f"{self.user}:{realm}:{self._password}".encode())
        if challenge.get("algorithm").upper().endswith("-SESS"):
            secret = digest(f"{secret}:{nonce}:{cnonce}".encode())
        action = digest(f"{method}:{url}".encode())
        middle = f"{nonce}:{count}:{cnonce}:{qop}" if qop else nonce
        fields = [
            f'username="{_quote(self.user)}"',
            f'realm="{_quote(realm)}"',
            f'nonce="{_quote(nonce)}"',
            f'uri="{url}"',
            f'response="{digest(f"{secret}:{middle}:{action}".encode())}"',
        ]
        if challenge.get("algorithm"):
            fields.append(f"algorithm={challenge.get('algorithm')}")
        if challenge.get("opaque"):
            fields.append(f'opaque="{_quote(challenge.get("opaque"))}"')
        if qop:
            fields += [f"qop={qop}", f"nc={count}"]
        if qop or "-SESS" in challenge.get("algorithm").upper():
            fields.append(f'cnonce="{cnonce}"')
        return "Digest " + ", ".join(fields)


def _quote(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
