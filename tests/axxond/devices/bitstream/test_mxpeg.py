"""MxPEG: images, which of them are whole, and the sound between them."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.bitstream import mxpeg
from axxond.devices.bitstream.mxpeg import MxpegStream, Sound, look
from tests.axxond.devices.bitstream.test_jpegscan import jpeg

TIME_US = 1_700_000_000_123_456


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def comment_time(time_us: int) -> bytes:
    return segment(0xFE, b"MXF\0" + bytes(4) + time_us.to_bytes(8, "little") + bytes(16))


def comment_map(width: int, height: int, present: bytes) -> bytes:
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return segment(0xFE, b"MXM\0" + size + bytes(4) + present)


def sound(data: bytes, time_us: int = TIME_US) -> bytes:
    return segment(0xED, bytes(4) + time_us.to_bytes(8, "little") + data)


def image(*comments: bytes, seed: int = 0) -> bytes:
    plain = jpeg(seed, 48, 32)  # 3 x 2 macroblocks
    return plain[:2] + b"".join(comments) + plain[2:]


def fed(data: bytes, step: int) -> tuple[list[bytes], list[Sound]]:
    stream = MxpegStream()
    units = [
        unit for at in range(0, len(data), step) for unit in stream.units(data[at : at + step])
    ]
    images = [unit.data for unit in units if not isinstance(unit, Sound)]
    return images, [unit for unit in units if isinstance(unit, Sound)]


# Sound that looks like images, segments and ends.
tricky = st.lists(
    st.sampled_from([b"\xff\xd8\xff", b"\xff\xd9", b"\xff", b"\xff\xed\0\x20", b"\xd5"]),
    min_size=1,
).map(b"".join)


@given(st.lists(st.one_of(tricky, st.integers(0, 3)), max_size=8), st.integers(1, 3000))
def test_images_and_sound_come_out_whole_however_they_are_cut(
    parts: list[bytes | int], step: int
) -> None:
    whole = [sound(part) if isinstance(part, bytes) else image(seed=part) for part in parts]
    images, sounds = fed(b"".join(whole), step)
    assert images == [image(seed=part) for part in parts if isinstance(part, int)]
    assert sounds == [Sound(part, TIME_US) for part in parts if isinstance(part, bytes)]


def test_sound_within_an_image_is_found_too() -> None:
    data = image(comment_time(TIME_US), sound(b"abc", 5))
    assert fed(data, 7) == ([data], [Sound(b"abc", 5)])


def test_the_time_and_the_size_are_read() -> None:
    frame = look(image(comment_time(TIME_US)))
    assert (frame.time_us, frame.size) == (TIME_US, (48, 32))
    assert look(image()).time_us is None


@pytest.mark.parametrize(
    ("present", "is_key"),
    [(b"\xff", True), (b"\x3f", True), (b"\xfc", True), (b"\x01", False), (b"", False)],
)
def test_an_image_with_every_macroblock_is_a_key_frame(present: bytes, is_key: bool) -> None:
    assert look(image(comment_map(3, 2, present))).is_key is is_key


def test_an_image_without_a_map_is_whole_and_one_without_a_frame_header_is_not() -> None:
    assert look(image()).is_key
    plain = image()
    begin = plain.index(b"\xff\xc0")
    headless = plain[:begin] + plain[begin + 19 :]
    assert not look(headless).is_key
    assert look(headless).size is None


@given(st.binary(max_size=400))
def test_fuzz_an_image_of_garbage_is_survived(data: bytes) -> None:
    look(b"\xff\xd8" + data)
    look(b"\xff\xd8\xff\xfe" + data)


@given(st.lists(st.sampled_from([b"\xff", b"\xd8", b"\xd9", b"\xed", b"\0", b"\x13", b"\xfe"])))
def test_fuzz_any_order_of_markers_is_the_same_in_pieces(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert fed(data, 1) == fed(data, 1 << 20)


def test_garbage_is_counted_and_not_kept() -> None:
    stream = MxpegStream()
    for _ in range(100):
        stream.units(b"garbage" * 1000)
    assert stream.waste_bytes == 700_000
    assert len(stream._data) < 10_000


def test_the_sample_is_read_as_libav_reads_it(shared_data: Path) -> None:
    path = shared_data / "codec" / "synth_mxpeg_A.mxg"
    images, sounds = fed(path.read_bytes(), 10_000)
    pictures, heard = [], []
    with av.open(str(path)) as container:
        for packet in container.demux():  # its memory is the demuxer's: copied at once
            if packet.size:
                into = pictures if packet.stream.type == "video" else heard
                into.append((bytes(packet), packet.pts))
    assert [(one, look(one).time_us) for one in images] == pictures
    ours = [(one.data, one.time_us) for one in sounds]
    assert ours[: len(heard)] == heard
    assert len(ours) - len(heard) <= 1, "libav's demuxer lets the last block of a file go"


def test_a_decoder_that_begins_at_a_key_frame_shows_what_the_whole_stream_shows(
    shared_data: Path,
) -> None:
    """The key frames of the sample need nothing before them: not one more is claimed."""
    images, _ = fed((shared_data / "codec" / "synth_mxpeg_A.mxg").read_bytes(), 1 << 20)
    keys = [number for number, one in enumerate(images) if look(one).is_key]
    assert keys[0] == 0
    assert 2 <= len(keys) < len(images) / 2
    whole = decoded(images)
    for key in keys[1:]:
        assert (decoded(images[key : key + 3])[0] == whole[key]).all()


def decoded(images: list[bytes]) -> list:
    context = av.CodecContext.create("mxpeg", "r")
    context.width, context.height = 768, 576
    return [frame.to_ndarray() for one in images for frame in context.decode(av.Packet(one))]


def test_the_names_of_the_layout_hold() -> None:
    found = list(mxpeg.segments(image(comment_time(1), comment_map(3, 2, b"\xff"))))
    assert [body[:3] for marker, body in found if marker == 0xFE] == [b"MXF", b"MXM"]
