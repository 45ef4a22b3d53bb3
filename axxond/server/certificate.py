"""The server's own certificate: self-signed, made at the first start, pinned by clients.

Blocking: called in a thread.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from axxond.base.errors import AxxonError
from axxond.base.files import write_private

CERTIFICATE_FILE = "server-cert.pem"
KEY_FILE = "server-key.pem"
# Clients pin the certificate, so that its end would only lock everyone out.
_VALID_DAYS = 365 * 50
_CLOCK_SKEW_DAYS = 2
_MAX_COMMON_NAME_BYTES = 64  # RFC 5280, appendix A.1, as OpenSSL counts it


class CertificateError(AxxonError):
    """The certificate's files cannot be read, written or used."""


@frozen
class CertificateFiles:
    certificate: Path
    key: Path
    fingerprint: str  # SHA-256 of the certificate in hex, as clients show and pin it


def ensure_certificate(folder: Path, name: str, now_us: int) -> CertificateFiles:
    """The files in `folder`, made when either is missing.  Raises CertificateError."""
    certificate, key = folder / CERTIFICATE_FILE, folder / KEY_FILE
    try:
        if not (certificate.exists() and key.exists()):
            _make(certificate, key, name, now_us)
        parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        text = f"the server's certificate in {folder} cannot be used: {error}; remove "
        raise CertificateError(text + f"{CERTIFICATE_FILE} to make a new one") from error
    fingerprint = hashlib.sha256(parsed.public_bytes(serialization.Encoding.DER)).hexdigest()
    return CertificateFiles(certificate, key, fingerprint)


def _make(certificate_file: Path, key_file: Path, name: str, now_us: int) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    shown = name.encode()[:_MAX_COMMON_NAME_BYTES].decode(errors="ignore") or "axxond"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, shown)])
    now = dt.datetime.fromtimestamp(now_us / 1e6, dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=_CLOCK_SKEW_DAYS))
        .not_valid_after(now + dt.timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(key_file, secret)
    write_private(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
