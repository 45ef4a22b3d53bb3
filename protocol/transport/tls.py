"""TLS without a socket: bytes in, bytes out."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from pathlib import Path
from typing import Final

# A record holds at most 16 kB; a read returns one.
_READ_BYTES: Final = 64 << 10


class TlsLayer:
    """One side of one TLS connection.  All calls raise ssl.SSLError when it cannot go on."""

    def __init__(self, context: ssl.SSLContext, server_side: bool) -> None:
        self.established = False
        self.ended = False  # the other side said goodbye
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side)

    def begin(self) -> bytes:
        """What to send first: b"" from a server."""
        self._shake_hands()
        return self._outgoing.read()

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """What the other side says, and what TLS itself has to answer."""
        self._incoming.write(data)
        if not self.established:
            self._shake_hands()
        pieces = []
        try:
            while self.established and not self.ended:
                piece = self._tls.read(_READ_BYTES)
                if piece:
                    pieces.append(piece)
                else:
                    self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        return b"".join(pieces), self._outgoing.read()

    def send(self, data: bytes) -> bytes:
        """What to put on the wire for these bytes."""
        self._tls.write(data)
        return self._outgoing.read()

    def goodbye(self) -> bytes:
        """Nothing more comes from us."""
        with contextlib.suppress(ssl.SSLError):  # it would wait for the other side's goodbye
            self._tls.unwrap()
        return self._outgoing.read()

    @property
    def last_bytes(self) -> bytes:
        """An alert that tells the other side why, after an error."""
        return self._outgoing.read()

    def fingerprint(self) -> str:
        """SHA-256 of the other side's certificate in hex; "" when it showed none."""
        certificate = self._tls.getpeercert(binary_form=True)
        return hashlib.sha256(certificate).hexdigest() if certificate else ""

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.established = True


def client_context() -> ssl.SSLContext:
    """TLS without an authority: the caller pins the certificate's fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Raises OSError, ssl.SSLError when the files are not usable."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.load_cert_chain(certificate, key)
    return context
