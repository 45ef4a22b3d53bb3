"""Golden bytes of wire version 1.  They never change: a change of the bytes is a new version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgpack
import pytest

from protocol import codec, framing
from protocol import connection as core
from protocol.connection import Connection, Reply
from protocol.errors import ProtocolError
from protocol.framing import FROM_SERVER, FrameKind, FrameParser
from protocol.messages import Login, LoginReply, OpenLive
from protocol.states import Side

FILE = Path(__file__).parents[1] / "vectors" / "wire.json"
VECTORS = json.loads(FILE.read_text())


def parametrized(group: str) -> Any:
    return pytest.mark.parametrize("vector", VECTORS[group], ids=lambda vector: vector["name"])


def listener(vector: dict[str, Any]) -> Connection:
    """The side that hears it, in the state in which it is said."""
    speaker = Side(vector.get("speaker", "client"))
    us = Connection(speaker.other, core.hello("us"), 0)
    them = Connection(speaker, core.hello("them"), 0)
    if vector["state"] == "greeting":
        return us
    us.receive(them.greet(), 0)
    them.receive(us.greet(), 0)
    if vector["state"] == "ready":
        client, server = (them, us) if speaker is Side.CLIENT else (us, them)
        number, data = client.request(Login("admin", "secret"))
        server.receive(data, 0)
        client.receive(server.reply(number, LoginReply("a", "a", [], "n", "N", 0)), 0)
    if speaker is Side.SERVER:
        us._asked[2] = OpenLive
    return us


def readable(value: Any) -> Any:
    """As JSON writes it: bytes in hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    return [readable(item) for item in value] if isinstance(value, list) else value


@parametrized("good")
def test_a_golden_frame_reads_as_it_says(vector: dict[str, Any]) -> None:
    (frame,) = FrameParser(FROM_SERVER).feed(bytes.fromhex(vector["hex"]))
    means = dict(vector["means"])
    assert frame.payload.hex() == means.pop("payload", "")
    assert {frame.kind.name.lower(): readable(msgpack.unpackb(frame.header))} == means
    (happening,) = listener(vector).receive(bytes.fromhex(vector["hex"]), 0)
    assert not isinstance(happening, Reply)


@parametrized("good")
def test_we_write_a_golden_frame_byte_for_byte(vector: dict[str, Any]) -> None:
    (frame,) = FrameParser(FROM_SERVER).feed(bytes.fromhex(vector["hex"]))
    header, again = frame.header, b""
    if frame.kind is FrameKind.HELLO:
        again = codec.pack_hello(codec.unpack_hello(header))
    elif frame.kind is FrameKind.REQUEST:
        number, node, name, body = codec.unpack_request(header)
        message = codec.from_plain(codec.MESSAGES[name], body, strict=True)
        again = codec.pack_request(number, node, message)
    elif frame.kind is FrameKind.REPLY:
        number, name, body = codec.unpack_reply(header)
        again = codec.pack_reply(number, codec.from_plain(codec.MESSAGES[name], body, True))
    elif frame.kind is FrameKind.ERROR:
        again = codec.pack_error(*codec.unpack_error(header))
    elif frame.kind is FrameKind.NOTICE:
        node, name, body = codec.unpack_notice(header, 100)
        again = codec.pack_notice(node, codec.from_plain(codec.MESSAGES[name], body, True))
    else:
        again = codec.pack_media_header(codec.unpack_media(header, frame.payload))
    assert framing.pack(frame.kind, again, frame.payload).hex(" ") == vector["hex"]


@parametrized("bad")
def test_an_invalid_twin_ends_the_connection_with_its_code(vector: dict[str, Any]) -> None:
    us = listener(vector)
    with pytest.raises(ProtocolError) as caught:
        us.receive(bytes.fromhex(vector["hex"]), 0)
    assert caught.value.code.value == vector["code"]


@parametrized("refused")
def test_a_wrong_request_is_refused_with_code_and_object(vector: dict[str, Any]) -> None:
    us = listener(vector)
    (reply,) = us.receive(bytes.fromhex(vector["hex"]), 0)
    assert isinstance(reply, Reply)
    (frame,) = FrameParser(FROM_SERVER).feed(reply.data)
    _, error = codec.unpack_error(frame.header)
    assert (error.code.value, error.obj) == (vector["code"], vector["object"])
