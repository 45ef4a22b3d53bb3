"""The evidence bundle: what server and verifier agree on.  Pure.

A bundle is a zip of stored (not compressed) files: the footage, slices of ledger and journal,
`MANIFEST.json`, which names every other file with its size and SHA-256, `MANIFEST.sig`, the
Ed25519 signature (64 bytes) of exactly the manifest's bytes, and `PUBLIC-KEY.pem`.  The zip's
comment is a seal over all bytes before it: what lies between the files is covered, too, and a
bundle with a password can be checked for changes without it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from attrs import asdict, field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "axxon-evidence"
VERSION = 1
MANIFEST_NAME = "MANIFEST.json"
SIGNATURE_NAME = "MANIFEST.sig"
KEY_NAME = "PUBLIC-KEY.pem"
# These vouch for the others and cannot stand in the manifest themselves.
OWN_NAMES = (MANIFEST_NAME, SIGNATURE_NAME, KEY_NAME)
MAX_MANIFEST_BYTES = 64 << 20

_SEAL = re.compile(
    rb"axxon-evidence-1 key=([0-9a-f]{64}) sha256=([0-9a-f]{64}) signature=([0-9a-f]{128})"
)
SEAL_BYTES = len(b"axxon-evidence-1 key= sha256= signature=") + 64 + 64 + 128


class EvidenceError(Exception):
    """A bundle's manifest is not one; the message says what is wrong with it."""


@frozen
class FileEntry:
    """`path` inside the zip, with "/"."""

    path: str
    bytes: int
    sha256: str  # hex


@frozen
class CameraEntry:
    """`files`: paths of its footage; none: `note` says why."""

    id: str
    name: str
    files: list[str]
    note: str = ""


@frozen
class Manifest:
    """Times are UTC microseconds; `key` is the fingerprint of the signing key."""

    job: str
    made_us: int
    user: str
    comment: str
    server: str
    server_name: str
    software: str
    key: str
    begin_us: int
    end_us: int
    changes: list[str]  # what was done to the footage, in words; none: as recorded
    cameras: list[CameraEntry]
    files: list[FileEntry]


@frozen
class Seal:
    """Of the container; `key` is the public key itself."""

    key: bytes
    sha256: str
    signature: bytes = field(repr=False)


def encode_manifest(manifest: Manifest) -> bytes:
    body = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Raises EvidenceError."""
    try:
        body = json.loads(data)
        if body.pop("format") != FORMAT or body.pop("version") != VERSION:
            raise EvidenceError("the manifest is of another format or a newer version")
        cameras = [_strict(CameraEntry, one) for one in body.pop("cameras")]
        files = [_strict(FileEntry, one) for one in body.pop("files")]
        made: Manifest = _strict(Manifest, {**body, "cameras": cameras, "files": files})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceError(f"the manifest cannot be read: {error}") from error
    return made


def _strict(cls: Any, values: dict[str, Any]) -> Any:
    """Raises TypeError, ValueError for a value of a wrong kind."""
    made = cls(**values)
    for attribute in cls.__attrs_attrs__:
        wanted = str(attribute.type).split("[", maxsplit=1)[0]
        if type(values.get(attribute.name, "")).__name__ != wanted:
            raise ValueError(f"{attribute.name} is not of type {wanted}")
    lists = [values.get("changes", []), values.get("files", []) if cls is CameraEntry else []]
    if not all(isinstance(item, str) for items in lists for item in items):
        raise ValueError("a list holds something else than text")
    return made


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of the raw 32 bytes, in hex: what people compare."""
    return hashlib.sha256(public_key).hexdigest()


def is_signed(public_key: bytes, signature: bytes, data: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def seal_text(sha256: str) -> bytes:
    """What the seal's signature is of; never mistaken for a manifest."""
    return f"axxon-evidence-1 container {sha256}".encode()


def encode_seal(seal: Seal) -> bytes:
    """Always SEAL_BYTES long."""
    return (
        f"axxon-evidence-1 key={seal.key.hex()} sha256={seal.sha256} "
        f"signature={seal.signature.hex()}"
    ).encode()


def decode_seal(comment: bytes) -> Seal | None:
    match = _SEAL.fullmatch(comment)
    if match is None:
        return None
    key, sha256, signature = match.groups()
    return Seal(bytes.fromhex(key.decode()), sha256.decode(), bytes.fromhex(signature.decode()))
