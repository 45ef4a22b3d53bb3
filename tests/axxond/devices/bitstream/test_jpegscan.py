"""Images are found in whatever a sender puts around them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from axxond.devices.bitstream import jpegscan
from axxond.devices.bitstream.jpegscan import JpegStream


def jpeg(seed: int = 0, width: int = 48, height: int = 32, **options: object) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    out = io.BytesIO()
    Picture.fromarray(noise).save(out, "JPEG", **options)
    return out.getvalue()


IMAGES = [
    jpeg(1),
    jpeg(2, 16, 16, quality=95),
    jpeg(3, 64, 40, progressive=True),
    jpeg(4, exif=b"Exif\0\0" + jpeg(5, 16, 16)),  # an image within: a thumbnail
    jpeg(6, 48, 32, restart_marker_blocks=1),
]


def fed(data: bytes, step: int, stream: JpegStream | None = None) -> list[bytes]:
    stream = stream or JpegStream()
    found = []
    for at in range(0, len(data), step):
        found += stream.feed(data[at : at + step])
    return [image.data for image in found]


noise_without_start = st.binary(max_size=200).map(lambda data: data.replace(b"\xff", b"\xfe"))


@given(
    st.lists(st.tuples(noise_without_start, st.sampled_from(IMAGES)), max_size=5),
    st.integers(1, 5000),
)
def test_every_image_is_found_whole_whatever_is_between_and_however_it_is_cut(
    parts: list[tuple[bytes, bytes]], step: int
) -> None:
    data = b"".join(noise + image for noise, image in parts)
    assert fed(data, step) == [image for _, image in parts]


@pytest.mark.parametrize(
    "head",
    [
        b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {0}\r\n\r\n",
        b"frame\r\nContent-Length: 5\r\n\r\n",  # a boundary without dashes, a wrong length
        b"----frame\nContent-type: image/jpeg\n\n",
        b"",
    ],
)
def test_the_bytes_before_an_image_are_kept(head: bytes) -> None:
    found = JpegStream().feed(head + IMAGES[0] + b"\r\n" + head + IMAGES[1])
    assert [image.before for image in found] == [head, b"\r\n" + head]


def test_an_image_that_was_never_ended_is_cut_where_the_next_part_begins() -> None:
    broken = IMAGES[0][:-2]
    found = fed(broken + b"\r\n--frame\r\nA: b\r\n\r\n" + IMAGES[1], 100)
    assert found == [broken + b"\xff\xd9", IMAGES[1]]


def test_an_image_that_was_cut_off_is_dropped_and_the_next_is_whole() -> None:
    stream = JpegStream()
    assert fed(IMAGES[0][:-30] + IMAGES[1], 64, stream) == [IMAGES[1]]
    assert stream.dropped == 1


def test_an_endless_image_is_given_up_and_what_follows_is_found() -> None:
    stream = JpegStream(max_image_bytes=10_000)
    assert fed(IMAGES[0][:-2] + b"\x11" * 50_000 + IMAGES[1], 1000, stream) == [IMAGES[1]]
    assert stream.dropped == 1


def test_what_is_no_image_is_counted_and_not_kept() -> None:
    stream = JpegStream()
    for _ in range(100):
        assert stream.feed(b"<html>\xff\xd8 no" * 100) == []
    assert stream.waste_bytes > 100 * 100 * 10
    assert len(stream._data) < 10_000
    stream.feed(IMAGES[0])
    assert stream.waste_bytes == 0


@given(st.lists(st.sampled_from([b"\xff", b"\xd8", b"\xd9", b"\xda", b"\0", b"\x02", b"\xe0"])))
def test_fuzz_any_order_of_markers_is_survived(parts: list[bytes]) -> None:
    data = b"\xff\xd8\xff" + b"".join(parts)
    assert fed(data, 1) == fed(data, 1 << 20)


@given(st.sampled_from(IMAGES), st.data())
def test_fuzz_a_damaged_image_disturbs_at_most_the_next(image: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(2, len(image) - 1))
    damaged = image[:at] + bytes((data.draw(st.integers(0, 255)),)) + image[at + 1 :]
    stream = JpegStream()
    whole = [found.data for found in stream.feed(damaged + (b"\r\n--x\r\n\r\n" + IMAGES[1]) * 80)]
    # A wrong length swallows 64 KiB of what follows, no more.
    assert whole[-10:] == [IMAGES[1]] * 10


@pytest.mark.parametrize("image", IMAGES)
def test_the_size_is_read_from_the_image(image: bytes) -> None:
    with Picture.open(io.BytesIO(image)) as picture:
        assert jpegscan.size(image) == picture.size


@given(st.binary(max_size=100))
def test_fuzz_the_size_of_garbage_is_not_known_or_something(data: bytes) -> None:
    found = jpegscan.size(b"\xff\xd8" + data)
    assert found is None or all(found)
