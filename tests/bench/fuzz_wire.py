"""Fuzzed frames to the live server port: none may crash it, fault in it, or stay in its memory.

Sound frames with odd values are sent in bursts on connections that are logged in, and each burst
ends with damaged bytes; a tenth of the connections use TLS, a tenth send damage before log-in.
"""

from __future__ import annotations

import random
import socket
import ssl
import time
from contextlib import suppress
from typing import Any

from protocol.transport import client_context
from tests.bench import measure
from tests.bench.fuzz_frames import Frames
from tests.bench.table import Row, limited

_FRAMES = 120_000
_QUICK_FRAMES = 20_000
_WARM_UP_FRAMES = 10_000
_BURST = 40
_GROWTH_GOAL_MB = 8.0
_WAIT_S = 20.0
# Alive and well: a fresh client is greeted and logged in within that.
_ALIVE_GOAL_S = 1.0


class Fuzzer:
    """Blocking sockets, one connection at a time."""

    def __init__(self, tls_port: int, plain_port: int, seed: int) -> None:
        self.frames = Frames(seed)
        self.sent = 0
        self._ports = (tls_port, plain_port)
        self._random = random.Random(seed)
        self._context = client_context()

    def connection(self) -> None:
        """One connection: greeted, logged in or not, fed odd and damaged frames, read to its
        end."""
        with suppress(ConnectionError, BrokenPipeError, ssl.SSLError), self._open() as link:
            link.sendall(self.frames.greeting())
            if self._random.random() < 0.9:
                link.sendall(self.frames.login())
                _read_until(link, b"login.reply")
            for _ in range(self._random.randint(1, _BURST)):
                frame = self.frames.own() if self._random.random() < 0.6 else self.frames.odd()
                link.sendall(frame)
                self.sent += 1
            link.sendall(self.frames.damaged())
            self.sent += 1
            if self._random.random() < 0.5:
                link.shutdown(socket.SHUT_WR)
                while link.recv(1 << 16):
                    pass

    def alive_s(self) -> float:
        """How long an honest client waits for its log-in."""
        began_s = time.monotonic()
        with self._open(tls=True) as link:
            link.sendall(self.frames.greeting())
            link.sendall(self.frames.login())
            _read_until(link, b"login.reply")
        return time.monotonic() - began_s

    def _open(self, tls: bool | None = None) -> socket.socket:
        tls = self._random.random() < 0.1 if tls is None else tls
        link = socket.create_connection(("127.0.0.1", self._ports[not tls]), timeout=_WAIT_S)
        return self._context.wrap_socket(link) if tls else link


def _read_until(link: socket.socket, word: bytes) -> None:
    """Raises ConnectionError when the other side ends before it has said that."""
    heard = b""
    while word not in heard:
        piece = link.recv(1 << 16)
        if not piece:
            raise ConnectionError(f"ended after {heard[-200:]!r}")
        heard += piece


def run(quick: bool) -> list[Row]:
    wanted = _QUICK_FRAMES if quick else _FRAMES
    with measure.module("tests.bench.fuzz_wire_server") as server:
        ready = measure.line(server)
        fuzzer = Fuzzer(ready["tls_port"], ready["plain_port"], seed=1)
        counts = _until(server, fuzzer, _WARM_UP_FRAMES)
        before_mb = measure.rss_mb([server.pid])
        counts = _until(server, fuzzer, counts["frames"] + wanted)
        after_mb = measure.rss_mb([server.pid])
        alive_s = fuzzer.alive_s()
        crashed = server.poll() is not None
    for text in counts["faults"][:5]:
        print(text)
    return [
        Row("frames seen by the server", "", counts["frames"], goal=f"≥ {wanted}", ok=True),
        Row("of them refused as no frames", "", counts["refused"]),
        limited("crashes", "", int(crashed), 0),
        limited("faults logged", "", len(counts["faults"]), 0),
        limited("sessions left", "", counts["sessions"], 1),
        Row("memory before", "MB", before_mb),
        limited("memory grown", "MB", after_mb - before_mb, _GROWTH_GOAL_MB),
        limited("an honest log-in after it", "s", alive_s, _ALIVE_GOAL_S),
    ]


def _until(server: Any, fuzzer: Fuzzer, frames: int) -> dict[str, Any]:
    """Fuzz until the server has seen so many; what it counted then."""
    while True:
        for _ in range(100):
            fuzzer.connection()
        measure.tell(server, "count")
        counts = measure.line(server)
        if counts["frames"] >= frames:
            return counts
