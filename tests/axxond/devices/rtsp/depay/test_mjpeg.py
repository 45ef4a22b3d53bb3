"""RFC 2435 to whole JPEG images."""

from __future__ import annotations

import struct

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp.depay.mjpeg import Mjpeg
from axxond.devices.rtsp.messages import MalformedError
from protocol.types import Format
from tests.axxond.devices.rtsp.wire import push_all


class Received:
    def __init__(self, size: tuple[int, int] = (0, 0)) -> None:
        self.depay = Mjpeg(size, self._unit)
        self.units: list[tuple[int, bytes, Format]] = []

    def _unit(self, timestamp: int, data: bytes, key: bool, kind: Format, _: int) -> None:
        assert key
        self.units.append((timestamp, data, kind))

    def push(self, *packets: tuple[int, bytes, bool]) -> Received:
        push_all(self.depay.push, packets)
        return self


def picture() -> np.ndarray:
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([4 * x, 5 * y, 255 - 4 * x], axis=2).astype(np.uint8)


def encoded() -> bytes:
    """A JPEG of 64×48 pixels, 4:2:0, with the standard Huffman tables."""
    return bytes(cv2.imencode(".jpg", picture(), [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def decoded(data: bytes) -> np.ndarray:
    context = av.CodecContext.create("mjpeg", "r")
    frame = context.decode(av.Packet(data))[0]
    return frame.to_ndarray(format="rgb24")


def parts(data: bytes) -> tuple[bytes, bytes]:
    """Quantizers (two tables) and scan data."""
    tables, position = b"", 2
    while data[position + 1] != 0xDA:
        size = int.from_bytes(data[position + 2 : position + 4], "big")
        body = data[position + 4 : position + 2 + size]
        if data[position + 1] == 0xDB:
            tables += b"".join(body[at + 1 : at + 65] for at in range(0, len(body), 65))
        position += 2 + size
    return (tables * 2)[:128], data[position + 2 + 12 :]


def header(
    offset: int, kind: int = 1, quality: int = 255, width: int = 64, height: int = 48
) -> bytes:
    return struct.pack(">IBBBB", offset, kind, quality, width // 8, height // 8)


def payloads(data: bytes, size: int, **form: int) -> list[bytes]:
    tables, scan = parts(data)
    out = []
    for at in range(0, len(scan), size):
        head = header(at, **form)
        if at == 0 and form.get("quality", 255) >= 128:
            head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        out.append(head + scan[at : at + size])
    return out


@given(size=st.integers(20, 900))
def test_an_image_is_put_together_and_decodes_to_the_same_pixels(size: int) -> None:
    data = encoded()
    pieces = payloads(data, size)
    received = Received().push(*((7, piece, piece is pieces[-1]) for piece in pieces))
    ((timestamp, whole, kind),) = received.units
    assert timestamp == 7
    assert parts(whole) == parts(data)
    assert np.array_equal(decoded(whole), decoded(data))
    assert (kind.width, kind.height) == (64, 48)  # type: ignore[union-attr]


def test_without_a_marker_the_next_image_ends_it() -> None:
    pieces = payloads(encoded(), 300)
    received = Received().push(*((1, piece, False) for piece in pieces))
    received.push((2, pieces[0], False))
    assert [unit[0] for unit in received.units] == [1]


def test_a_missing_end_marker_is_added() -> None:
    data = encoded().removesuffix(b"\xff\xd9")
    received = Received().push((1, payloads(data, 9000)[0], True))
    assert received.units[0][1].endswith(b"\xff\xd9")


@pytest.mark.parametrize("quality", [1, 30, 50, 80, 99])
def test_the_standard_quantizers_decode(quality: int) -> None:
    _, scan = parts(encoded())
    received = Received().push((1, header(0, quality=quality) + scan, True))
    assert decoded(received.units[0][1]).shape == (48, 64, 3)


def test_restart_intervals_are_told_to_the_decoder() -> None:
    _, scan = parts(encoded())
    head = header(0, kind=65, quality=50) + struct.pack(">HH", 12, 0xFFFF)
    received = Received().push((1, head + scan, True))
    assert b"\xff\xdd\0\4\0\x0c" in received.units[0][1]


def test_tables_sent_once_serve_the_images_after_it() -> None:
    first = payloads(encoded(), 9000, quality=200)[0]
    later = header(0, quality=200) + bytes(4) + parts(encoded())[1]
    received = Received().push((1, first, True), (2, later, True))
    assert received.units[0][1] == received.units[1][1]
    with pytest.raises(MalformedError, match="never sent"):
        Received().push((1, later, True))


def test_a_size_beyond_2040_pixels_comes_from_the_description() -> None:
    piece = header(0, width=0, height=0, quality=50) + b"scan"
    received = Received((3840, 2160)).push((1, piece, True))
    assert received.units[0][2].width == 3840  # type: ignore[union-attr]
    with pytest.raises(MalformedError, match="unknown size"):
        Received().push((1, piece, True))


def test_an_image_that_lost_a_part_is_dropped() -> None:
    pieces = payloads(encoded(), 60)
    received = Received().push((1, pieces[0], False), (1, pieces[2], False), (1, pieces[3], True))
    received.push(*((2, piece, piece is pieces[-1]) for piece in pieces))
    assert [unit[0] for unit in received.units] == [2]
    assert received.depay.dropped == 1


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=60), st.booleans()), max_size=20))
def test_any_payloads_are_survived(packets: list[tuple[int, bytes, bool]]) -> None:
    received = Received()
    for packet in packets:
        for prefix in (b"", header(0, quality=50), header(0)):
            try:
                received.push((packet[0], prefix + packet[1], packet[2]))
            except (ValueError, IndexError, MalformedError):
                received.depay.lost()
