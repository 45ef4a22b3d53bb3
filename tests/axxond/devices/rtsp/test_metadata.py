"""Documents of a metadata track."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.port import DeviceError
from axxond.devices.rtsp import metadata
from axxond.devices.rtsp.metadata import Documents
from axxond.devices.rtsp.reception import Reception
from axxond.devices.rtsp.session import METADATA, Session
from protocol.types import FailureKind
from tests.axxond.devices.rtsp import wire

SDP = b"""v=0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=control:video
m=application 0 RTP/AVP 98
a=rtpmap:98 vnd.onvif.metadata/90000
a=control:events
"""


def packets(documents: list[bytes], size: int, first: int = 0) -> list[bytes]:
    pieces = [
        (document[at : at + size], at + size >= len(document))
        for document in documents
        for at in range(0, max(1, len(document)), size)
    ]
    return [
        bytes((0x80, 98 | (0x80 if is_last else 0)))
        + ((first + number) & 0xFFFF).to_bytes(2, "big")
        + bytes(8)
        + piece
        for number, (piece, is_last) in enumerate(pieces)
    ]


def heard(sent: list[bytes]) -> tuple[list[bytes], Documents]:
    found: list[bytes] = []
    data = b"".join(sent)
    listener = Documents(memoryview(data), lambda document, _us: found.append(document))
    at = 0
    for packet in sent:
        listener.frame(at, at + len(packet), 0)
        at += len(packet)
    return found, listener


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 400), st.integers(0, 0xFFFF))
def test_documents_come_out_as_they_went_in(documents: list[bytes], size: int, first: int) -> None:
    assert heard(packets(documents, size, first))[0] == documents


def test_a_document_with_a_part_lost_is_let_go_and_the_next_is_whole() -> None:
    sent = packets([b"first" * 10, b"second" * 10], 20)
    del sent[1]
    found, listener = heard(sent)
    assert found == [b"second" * 10]
    assert listener.dropped == 1


def test_an_endless_document_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "_MAX_DOCUMENT_BYTES", 1000)
    found, listener = heard(packets([b"x" * 5000, b"short"], 100))
    assert found == [b"short"]
    assert listener.dropped == 1
    assert not listener._parts


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_fuzz_packets_of_garbage_are_survived(sent: list[bytes]) -> None:
    heard(sent)


def camera(description: bytes) -> tuple[wire.Camera, list[bytes]]:
    """One that is asked for its metadata alone."""
    found: list[bytes] = []
    other = wire.Camera()
    other.session = Session(wire.URL, "", "", METADATA)
    other.reception = Reception(other.session, other, lambda document, _us: found.append(document))
    other.reception.send = other.sent.append
    other.sent[:] = [other.session.begin()]
    return other.play(description), found


def test_metadata_alone_is_set_up() -> None:
    other, found = camera(SDP)
    setups = [sent for sent in other.sent if sent.startswith(b"SETUP")]
    assert len(setups) == 1
    assert b"/events" in setups[0]
    for packet in packets([b"<a/>", b"<b/>"], 3):
        other.feed(wire.interleaved(0, packet))
    assert found == [b"<a/>", b"<b/>"]


def test_a_server_without_events_is_told() -> None:
    with pytest.raises(DeviceError, match="no events") as caught:
        camera(SDP.partition(b"m=application")[0])
    assert caught.value.kind is FailureKind.UNSUPPORTED
