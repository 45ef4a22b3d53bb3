"""The server's evidence key: Ed25519, made at the first start, kept in the data folder.

It signs bundles, and keeps the passwords of waiting jobs unreadable for whoever gets hold of a
job's file alone.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from axxond.archive.errors import ArchiveError, ExportError
from axxond.base.files import write_private
from protocol.evidence import fingerprint

KEY_FILE = "evidence-key.pem"


class EvidenceKey:
    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        raw = serialization.Encoding.Raw
        self.public = private.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
        self.fingerprint = fingerprint(self.public)
        secret = private.private_bytes(
            raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        derived = HKDF(hashes.SHA256(), 32, None, b"axxon export passwords").derive(secret)
        self._box = Fernet(base64.urlsafe_b64encode(derived))

    @classmethod
    def ensure(cls, folder: Path) -> EvidenceKey:
        """The key in `folder`, made when there is none.  Blocks.  Raises ArchiveError."""
        path = folder / KEY_FILE
        try:
            if not path.exists():
                write_private(path, _pem(Ed25519PrivateKey.generate()))
            private = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            text = f"the evidence key {path} cannot be used: {error}; bring back the file, or "
            raise ArchiveError(text + "remove it to make a new key") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise ArchiveError(f"{path} is not an Ed25519 key")
        return cls(private)

    @property
    def public_pem(self) -> bytes:
        return self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, data: bytes) -> bytes:
        """64 bytes."""
        return self._private.sign(data)

    def hide(self, secret: str) -> str:
        return self._box.encrypt(secret.encode()).decode() if secret else ""

    def show(self, hidden: str) -> str:
        """What `hide` was given.  Raises ExportError."""
        try:
            return self._box.decrypt(hidden.encode()).decode() if hidden else ""
        except InvalidToken as error:
            raise ExportError("the stored password cannot be read: start the export anew") from (
                error
            )


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
