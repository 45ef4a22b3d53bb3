from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxon_client.video.decode import AudioDecoder, VideoDecoder
from axxon_client.video.frame import Layout, picture_of
from axxon_client.video.picture import decode_picture, to_jpeg, to_png, to_rgb
from protocol.types import AudioFormat, Codec, VideoFormat
from tests.fakes import footage


def decoder() -> tuple[VideoDecoder, footage.Loop]:
    loop = footage.loop(1, 320, 180)
    made = VideoDecoder()
    made.configure(loop.format)
    return made, loop


def test_every_frame_of_a_stream_becomes_a_picture_with_its_time() -> None:
    video, loop = decoder()
    times = [
        picture.pts_us
        for index, data in enumerate(loop.frames)
        for picture in video.decode(data, index * 40_000, index * 40_000)
    ]
    assert times == [index * 40_000 for index in range(len(loop.frames))]
    assert video.errors == 0


def test_planes_are_views_of_the_decoders_memory() -> None:
    video, loop = decoder()
    picture = video.decode(loop.frames[0], 0, 0)[0]
    y, u, v = picture.planes
    assert (y.shape, u.shape, v.shape) == ((180, 320), (90, 160), (90, 160))
    assert y.ctypes.data == picture.frame.planes[0].buffer_ptr
    assert picture.layout is Layout.I420
    assert picture.strides[0] >= 320


@given(st.binary(min_size=1, max_size=400), st.integers(0, 3))
@settings(max_examples=150)
def test_broken_data_is_counted_and_never_raises(garbage: bytes, kind: int) -> None:
    video, loop = decoder()
    data = loop.frames[0]
    broken = [garbage, data[:50] + garbage, garbage + data, data[: len(data) // 2]][kind]
    video.decode(broken, 0, 0)
    good = [
        picture
        for index, frame in enumerate(loop.frames[:3])
        for picture in video.decode(frame, index, index)
    ]
    assert good


@given(st.binary(max_size=200), st.sampled_from([Codec.H264, Codec.H265, Codec.MPEG4]))
@settings(max_examples=60)
def test_a_broken_format_is_counted_and_never_raises(extradata: bytes, codec: Codec) -> None:
    video = VideoDecoder()
    video.configure(VideoFormat(codec, 64, 64, extradata))
    video.decode(b"\0\0\0\1x" * 10, 0, 0)
    video.flush()


def test_a_change_of_format_goes_on() -> None:
    video, _ = decoder()
    large = footage.loop(1, 640, 360)
    video.configure(large.format)
    assert video.decode(large.frames[0], 0, 0)[0].width == 640


def encoded(codec: str, form: str, size: tuple[int, int] = (64, 48)) -> bytes:
    context = av.VideoCodecContext.create(codec, "w")
    context.width, context.height = size
    context.pix_fmt, context.time_base = form, Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 90, np.uint8), "rgb24")
    frame = frame.reformat(format=form)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def test_a_jpeg_is_full_range() -> None:
    data = encoded("mjpeg", "yuvj422p")
    picture = decode_picture(VideoFormat(Codec.MJPEG, 64, 48), data, 7)
    assert picture is not None
    assert (picture.layout, picture.full_range, picture.pts_us) == (Layout.I422, True, 7)


def test_formats_no_surface_knows_are_converted() -> None:
    frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
    assert picture_of(frame, 0).layout is Layout.I420


def test_a_key_frame_that_is_none_gives_no_picture() -> None:
    loop = footage.loop(1, 320, 180)
    assert decode_picture(loop.format, b"\0\0\0\1\x41") is None


@pytest.mark.parametrize(("make", "form"), [(to_jpeg, "jpeg"), (to_png, "png")])
def test_pictures_become_files(make: object, form: str) -> None:
    loop = footage.loop(1, 320, 180)
    picture = decode_picture(loop.format, loop.frames[0])
    assert picture is not None
    assert callable(make)
    with av.open(io.BytesIO(make(picture))) as container:
        frame = next(container.decode(video=0))
    original = to_rgb(picture).data[:, : 320 * 4].reshape(180, 320, 4)[..., :3].astype(int)
    read = frame.to_ndarray(format="bgr24").astype(int)
    assert abs(read - original).mean() < 4


SOUNDS = [
    (AudioFormat(Codec.PCMU, 8000, 1), footage.tone_at(0), 40_000),
    (AudioFormat(Codec.PCMA, 8000, 1), b"\xd5" * 320, 40_000),
    (AudioFormat(Codec.G726, 8000, 1, 2), bytes(80), 40_000),
    (AudioFormat(Codec.G726, 8000, 1, 4), bytes(160), 40_000),
    (AudioFormat(Codec.L16, 16_000, 2), bytes(2560), 40_000),
]


@pytest.mark.parametrize(
    ("form", "data", "lasts_us"), SOUNDS, ids=lambda item: getattr(item, "codec", "")
)
def test_sound_comes_out_at_one_rate(form: AudioFormat, data: bytes, lasts_us: int) -> None:
    audio = AudioDecoder(48_000, 2)
    audio.configure(form)
    blocks = [block for at in range(10) for block in audio.decode(data, at * lasts_us)]
    total_us = sum(block.duration_us for block in blocks)
    assert abs(total_us - 10 * lasts_us) < lasts_us
    assert all(block.samples.shape[1] == 2 for block in blocks)
    assert audio.errors == 0


def test_aac_and_opus_are_decoded() -> None:
    for codec, wanted in (("aac", Codec.AAC), ("libopus", Codec.OPUS)):
        context = av.AudioCodecContext.create(codec, "w")
        context.sample_rate, context.layout = 48_000, "mono"
        context.format = context.codec.audio_formats[0]
        context.open()
        audio = AudioDecoder()
        audio.configure(AudioFormat(wanted, 48_000, 1, extradata=context.extradata or b""))
        kind = context.format.name
        data = np.zeros((1, 48_000), np.float32 if "flt" in kind else np.int16)
        frame = av.AudioFrame.from_ndarray(data, format=kind, layout="mono")
        frame.sample_rate = 48_000
        packets = [*context.encode(frame), *context.encode(None)]
        blocks = [block for packet in packets for block in audio.decode(bytes(packet), 0)]
        assert sum(len(block.samples) for block in blocks) > 40_000
        assert audio.errors == 0


@given(st.binary(min_size=1, max_size=300), st.sampled_from([Codec.AAC, Codec.OPUS, Codec.PCMU]))
@settings(max_examples=60)
def test_broken_sound_never_raises(data: bytes, codec: Codec) -> None:
    audio = AudioDecoder()
    audio.configure(AudioFormat(codec, 16_000, 1))
    audio.decode(data, 0)
