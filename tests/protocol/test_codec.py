from __future__ import annotations

import contextlib
import math

import msgpack
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol import codec
from protocol import messages as m
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import AudioFormat, Codec, Severity, VideoFormat
from tests.protocol.examples import messages, objects


@given(messages(), st.booleans())
def test_every_message_comes_out_as_it_went_in(message: m.Message, strict: bool) -> None:
    header = codec.pack_reply(1, message)
    number, name, body = codec.unpack_reply(header)
    assert (number, name) == (1, message.NAME)
    assert codec.from_plain(type(message), body, strict) == message


@given(st.data(), messages(), st.booleans())
def test_every_field_of_every_message_refuses_a_foreign_type(
    data: st.DataObject, message: m.Message, strict: bool
) -> None:
    plain = codec.to_plain(message)
    assume(plain)
    name = data.draw(st.sampled_from(sorted(plain)))
    with pytest.raises(ProtocolError) as caught:
        codec.from_plain(type(message), {**plain, name: b"bytes are no field's type"}, strict)
    assert (caught.value.code, caught.value.obj) == (ErrorCode.BAD_REQUEST, name)


@given(objects(m.MediaFrame))
def test_media_frames_come_out_as_they_went_in(frame: m.MediaFrame) -> None:
    assert codec.unpack_media(codec.pack_media_header(frame), frame.payload) == frame


REFUSED = [
    (m.OpenLive, {}, "camera", "missing"),
    (m.OpenLive, {"camera": 3}, "camera", "3 is not a text"),
    (m.OpenLive, {"camera": "a", "role": "medium"}, "role", "one of high, low"),
    (m.OpenLive, {"camera": "a", "audio": 1}, "audio", "1 is not true or false"),
    (m.OpenLive, {"camera": "a", "rolle": "low"}, "rolle", "no such field"),
    (m.OpenPlayback, {"camera": "a", "from_us": "1"}, "from_us", "'1' is not a whole number"),
    (m.OpenPlayback, {"camera": "a", "from_us": 1.0}, "from_us", "1.0 is not a whole number"),
    (m.OpenPlayback, {"camera": "a", "from_us": True}, "from_us", "True is not a whole number"),
    (m.ChangeTree, {"changes": "abc"}, "changes", "'abc' is not a list"),
    (m.ChangeTree, {"changes": {}}, "changes", "{} is not a list"),
    (m.ChangeTree, {"changes": [{"id": "a"}, 3]}, "changes[1]", "3 is not a map of fields"),
    (
        m.ChangeTree,
        {"changes": [{"id": "a", "revision": "x"}]},
        "changes[0].revision",
        "not a whole number",
    ),
    (m.ChangeTree, {"changes": [{"id": "a", "x": 1}]}, "changes[0].x", "no such field"),
    (m.ChangeTree, {"changes": [{"id": "a", "properties": []}]}, "changes[0].properties", "a map"),
    (m.QueryJournal, {"severities": ["grave"]}, "severities[0]", "one of info, warning"),
    (m.Login, {"user": "a", "password": b"x"}, "password", "not a text"),
]


@pytest.mark.parametrize(("cls", "body", "path", "text"), REFUSED)
def test_a_refusal_names_field_and_value(cls, body, path: str, text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        codec.from_plain(cls, body, strict=True)
    assert caught.value.code is ErrorCode.BAD_REQUEST
    assert caught.value.obj == path
    assert text in caught.value.text


def test_a_long_value_is_shown_by_its_beginning() -> None:
    with pytest.raises(ProtocolError) as caught:
        codec.from_plain(m.OpenPlayback, {"camera": "a", "from_us": "x" * 10_000}, strict=True)
    assert len(caught.value.text) < 200


def test_what_a_newer_server_adds_is_ignored() -> None:
    body = {"channel": 1, "what": "end", "mood": "good"}
    assert codec.from_plain(m.ChannelNotice, body, strict=False) == m.ChannelNotice(1, "end")


def test_missing_fields_take_their_defaults() -> None:
    found = codec.from_plain(m.QueryJournal, {"severities": ["alarm"]}, strict=True)
    assert found == m.QueryJournal(severities=[Severity.ALARM])


@pytest.mark.parametrize(
    "form", [VideoFormat(Codec.H264, 2, 3, b"x"), AudioFormat(Codec.AAC, 48000, 2)]
)
def test_formats_carry_their_kind(form) -> None:
    plain = codec.to_plain(m.FormatNotice(1, 0, form))
    assert plain["format"]["kind"] == form.kind.value
    assert codec.from_plain(m.FormatNotice, plain, strict=True).format == form
    plain["format"]["kind"] = "smell"
    with pytest.raises(ProtocolError) as caught:
        codec.from_plain(m.FormatNotice, plain, strict=False)
    assert caught.value.obj == "format"


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\xc1",  # never used in msgpack
        b"\x92\x01",  # cut short
        b"\x01\x01",  # two values
        b"\xdd\xff\xff\xff\xff",  # a list of 4 billion
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\x91" * 5000,
        msgpack.packb(nested(17)),
        msgpack.packb({1: 2}),
        msgpack.packb({b"key": 2}, use_bin_type=True),
        msgpack.packb(1 << 63),
        msgpack.packb(math.nan),
        msgpack.packb([math.inf]),
        msgpack.packb(msgpack.ExtType(1, b"x")),
        msgpack.packb(msgpack.Timestamp(1)),
        b"\xa2\xff\xfe",  # no UTF-8
    ],
)
def test_a_header_that_is_no_sound_msgpack_is_refused(header: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        codec.unpack_value(header)
    assert caught.value.code is ErrorCode.BAD_FRAME


@given(st.binary(max_size=100))
def test_any_header_is_read_or_refused(header: bytes) -> None:
    for unpack in (
        codec.unpack_hello,
        codec.unpack_request,
        codec.unpack_reply,
        codec.unpack_error,
        lambda data: codec.unpack_notice(data, 10),
        lambda data: codec.unpack_media(data, b""),
    ):
        with contextlib.suppress(ProtocolError):
            unpack(header)


def test_an_error_code_of_a_newer_server_reads_as_its_fault() -> None:
    header = codec.pack_value([7, "quota", "cam1", "no more"])
    number, error = codec.unpack_error(header)
    assert (number, error.code, error.obj, error.text) == (
        7,
        ErrorCode.INTERNAL,
        "cam1",
        "no more",
    )


@pytest.mark.parametrize(
    "message",
    [m.Login("admin", "hunter2"), m.ChangePassword("hunter2", old="hunter2")],
)
def test_no_password_is_ever_shown(message) -> None:
    assert "hunter2" not in repr(message)
