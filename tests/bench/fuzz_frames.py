"""Frames that no honest client sends: damaged bytes, and sound bytes with odd values."""

from __future__ import annotations

import random
import struct
from typing import Any

import msgpack

from protocol import codec
from protocol.connection import hello
from protocol.framing import PREFIX, FrameKind, pack
from protocol.messages import Credit, Login, Request
from tests.axxond.server.examples import EXAMPLES

# Requests that would end the session or make work of their own kind elsewhere.
_REQUESTS: list[Request] = [
    message for cls, message in EXAMPLES.items() if cls.NAME not in ("login", "user.password")
]
_ODD: list[Any] = [
    None, True, 0, -1, 1 << 62, -(1 << 63), 0.5, "", "x" * 300, "../../etc/passwd", "cam1",
    "\x00", "'; DROP TABLE", b"", b"\xff" * 40, [], [[]], [1] * 1000, {}, {"a": {"b": []}},
]  # fmt: skip


class Frames:
    """Endless, and the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._number = 1000

    def greeting(self) -> bytes:
        """What makes the server listen: hello and log-in (sent apart by the fuzzer)."""
        return pack(FrameKind.HELLO, codec.pack_hello(hello("fuzz")))

    def login(self) -> bytes:
        message = Login("admin", "adminadmin")
        return pack(FrameKind.REQUEST, codec.pack_request(1, "", message))

    def odd(self) -> bytes:
        """A sound frame with a body that is not: the connection mostly goes on."""
        plain = codec.to_plain(self._random.choice(_REQUESTS))
        name = self._random.choice(_REQUESTS).NAME
        for _ in range(self._random.randint(1, 3)):
            self._spoil(plain)
        self._number += 1
        node = self._random.choice(["", "", "", "node-1", "elsewhere"])
        return pack(FrameKind.REQUEST, msgpack.packb([self._number, node, name, plain]))

    def own(self) -> bytes:
        """A sound request, spoilt in one value."""
        message = self._random.choice(_REQUESTS)
        plain = codec.to_plain(message)
        self._spoil(plain)
        self._number += 1
        return pack(FrameKind.REQUEST, msgpack.packb([self._number, "", message.NAME, plain]))

    def damaged(self) -> bytes:
        """Bytes changed, cut, doubled or made up: the connection mostly ends."""
        way = self._random.randrange(6)
        data = bytearray(self._whole())
        if way == 0:
            return self._random.randbytes(self._random.randint(1, 200))
        if way == 1:  # a length that lies
            lengths = (self._random.getrandbits(32), self._random.getrandbits(12))
            return PREFIX.pack(b"AX", 1, self._random.randrange(8), *lengths) + bytes(100)
        if way == 2:
            return bytes(data[: self._random.randrange(1, len(data))])
        if way == 3:  # any header at all, rightly framed
            header = self._random.randbytes(self._random.randint(0, 60))
            return pack(self._random.choice(list(FrameKind)), header)
        for _ in range(self._random.randint(1, 6)):
            place = self._random.randrange(len(data))
            data[place] = self._random.randrange(256)
        if way == 4:  # keep the prefix, so that the header is reached
            data[: PREFIX.size] = struct.pack(
                ">2sBBII", b"AX", 1, data[3] % 6, len(data) - PREFIX.size, 0
            )
        return bytes(data)

    def _whole(self) -> bytes:
        if self._random.random() < 0.2:
            return pack(FrameKind.NOTICE, codec.pack_notice("", Credit(1, 100)))
        self._number += 1
        message = self._random.choice(_REQUESTS)
        return pack(FrameKind.REQUEST, codec.pack_request(self._number, "", message))

    def _spoil(self, plain: dict[str, Any]) -> None:
        odd = self._random.choice(_ODD)
        if plain and self._random.random() < 0.8:
            plain[self._random.choice(sorted(plain))] = odd
        elif plain and self._random.random() < 0.5:
            del plain[self._random.choice(sorted(plain))]
        else:
            plain[self._random.choice(["camera", "x", "limit", "", "channel"])] = odd
