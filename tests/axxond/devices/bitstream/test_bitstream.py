"""What is read out of encoded media, against libav's encoders and the standards' examples."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.bitstream import aac, annexb, h264, h265, jpeg, mpeg4
from axxond.devices.bitstream.bits import Bits, OutOfBitsError, unescape
from axxond.devices.bitstream.sets import ParameterSets
from protocol.types import Codec
from tests.axxond.devices.rtsp import wire


def codes(*values: int) -> bytes:
    """Unsigned Exp-Golomb codes."""
    text = "".join("0" * ((value + 1).bit_length() - 1) + f"{value + 1:b}" for value in values)
    text += "0" * (-len(text) % 8)
    return int(text or "0", 2).to_bytes(len(text) // 8, "big")


@given(st.lists(st.integers(0, 1 << 31), max_size=20))
def test_exp_golomb_codes_are_read_back(values: list[int]) -> None:
    bits = Bits(codes(*values))
    assert [bits.golomb() for _ in values] == values


def test_signed_codes_as_in_table_9_3() -> None:
    bits = Bits(codes(0, 1, 2, 3, 4))
    assert [bits.signed_golomb() for _ in range(5)] == [0, 1, -1, 2, -2]


def test_reading_too_far_is_refused() -> None:
    bits = Bits(b"\xff")
    assert bits.read(8) == 255
    with pytest.raises(OutOfBitsError):
        bits.read(1)
    with pytest.raises(OutOfBitsError):
        Bits(bytes(10)).golomb()


@given(st.binary(max_size=100))
def test_emulation_prevention_is_undone(data: bytes) -> None:
    escaped, zeros = bytearray(), 0
    for byte in data:
        if zeros >= 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    assert unescape(bytes(escaped)) == data


NALS = st.lists(
    st.binary(min_size=1, max_size=40).filter(
        lambda nal: b"\0\0" not in nal and nal[-1] != 0 and nal[0] != 0
    ),
    max_size=8,
)


@given(nals=NALS, long=st.booleans())
def test_start_codes_become_lengths(nals: list[bytes], long: bool) -> None:
    data = b"".join((b"\0\0\0\1" if long else b"\0\0\1") + nal for nal in nals)
    assert annexb.split(data) == nals
    assert annexb.join(annexb.split(data)) == wire.lengths(*nals)


@given(nals=NALS, size=st.sampled_from([1, 2, 3, 4]))
def test_lengths_of_any_size_become_lengths_of_four(nals: list[bytes], size: int) -> None:
    data = b"".join(len(nal).to_bytes(size, "big") + nal for nal in nals)
    assert annexb.relength(data, size) == wire.lengths(*nals)
    if nals:
        with pytest.raises(ValueError, match="beyond"):
            annexb.relength(data[:-1], size)


def first_packet(width: int, height: int, options: dict[str, str], name: str) -> bytes:
    context = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate = 25
    context.options = options
    frame = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="rgb24")
    return bytes((context.encode(frame.reformat(format="yuv420p")) + context.encode(None))[0])


def seen(codec: Codec, nals: list[bytes]) -> ParameterSets:
    sets = ParameterSets(codec)
    for nal in nals:
        sets.look(nal)
    sets.refresh()
    return sets


def decoded_size(name: str, extradata: bytes, nals: list[bytes]) -> tuple[int, int]:
    """Of the picture alone: the parameter sets come from the record."""
    kind = (lambda nal: nal[0] & 31 > 5) if name == "h264" else (lambda nal: nal[0] >> 1 > 31)
    context = av.CodecContext.create(name, "r")
    context.extradata = extradata
    pictures = [nal for nal in nals if not kind(nal)]
    frames = context.decode(av.Packet(annexb.join(pictures))) + context.decode(None)
    return frames[0].width, frames[0].height


@pytest.mark.parametrize("size", [(64, 48), (640, 360), (1920, 1080), (322, 244), (2560, 1440)])
@pytest.mark.parametrize(
    ("options", "reorder"),
    [
        ({"profile": "baseline"}, 0),
        ({"profile": "high", "bf": "0"}, 0),
        ({"profile": "high", "bf": "3", "x264-params": "b-pyramid=none"}, 1),
        ({"profile": "main", "x264-params": "interlaced=1:bframes=0:slices=1"}, 0),
    ],
)
def test_h264_parameters_are_those_that_x264_was_given(
    size: tuple[int, int], options: dict[str, str], reorder: int
) -> None:
    nals = annexb.split(first_packet(*size, {"preset": "ultrafast", **options}, "libx264"))
    sets = seen(Codec.H264, nals)
    assert sets.format is not None
    assert (sets.format.width, sets.format.height) == size
    assert sets.reorder == reorder
    assert decoded_size("h264", sets.format.extradata, nals) == size


def test_h264_timing_is_read() -> None:
    assert h264.parse_sps(wire.SPS).frame_us == 40_000


@pytest.mark.skipif("libx265" not in av.codecs_available, reason="PyAV here has no x265")
@pytest.mark.parametrize("size", [(64, 64), (640, 360), (1922, 1082)])
def test_h265_parameters_are_those_that_x265_was_given(size: tuple[int, int]) -> None:
    options = {"preset": "ultrafast", "x265-params": "log-level=none:bframes=0"}
    nals = annexb.split(first_packet(*size, options, "libx265"))
    sets = seen(Codec.H265, nals)
    assert sets.format is not None
    assert (sets.format.width, sets.format.height) == size
    assert sets.reorder == 0
    assert decoded_size("hevc", sets.format.extradata, nals) == size


def test_incomplete_sets_make_no_record() -> None:
    for codec, nals in (
        (Codec.H264, [wire.SPS]),
        (Codec.H264, [wire.PPS]),
        (Codec.H265, [wire.VPS5, wire.SPS5]),
    ):
        assert seen(codec, nals).format is None
    with pytest.raises(ValueError, match="without parameter sets"):
        h264.avcc([], [])
    with pytest.raises(ValueError, match="without parameter sets"):
        h265.hvcc([], [], [])


@given(codec=st.sampled_from([Codec.H264, Codec.H265]), nal=st.binary(min_size=1, max_size=60))
def test_any_parameter_set_is_survived(codec: Codec, nal: bytes) -> None:
    sets = ParameterSets(codec)
    for head in (b"", b"\x67", b"\x68", b"\x40\x01", b"\x42\x01", b"\x44\x01"):
        sets.look(head + nal)
    sets.refresh()


@given(st.binary(max_size=60))
def test_any_sei_is_survived(data: bytes) -> None:
    h264.is_recovery_point(b"\x06" + data)


def test_a_recovery_point_behind_another_message_is_found() -> None:
    assert h264.is_recovery_point(b"\x06\x05\x02ab\x06\x01\xc4\x80")
    assert not h264.is_recovery_point(b"\x06\x05\x02ab\x80")


@pytest.mark.parametrize(
    ("config", "rate", "channels", "samples"),
    [
        ("1208", 44100, 1, 1024),
        ("1190", 48000, 2, 1024),
        ("1214", 44100, 2, 960),
        ("2b920800", 22050, 2, 1024),
        ("120856e500", 44100, 1, 1024),
        ("1780753010", 60000, 2, 1024),
    ],
)
def test_aac_configurations(config: str, rate: int, channels: int, samples: int) -> None:
    info = aac.parse_config(bytes.fromhex(config))
    assert (info.channels, info.frame_samples) == (channels, samples)
    assert info.sample_rate in (rate, 2 * rate)


@given(st.binary(max_size=12))
def test_any_aac_configuration_is_read_or_refused(data: bytes) -> None:
    try:
        info = aac.parse_config(data)
    except ValueError:
        return
    assert 0 < info.sample_rate <= 192_000
    assert 1 <= info.channels <= 8
    assert 0 < info.bits <= 8 * len(data)


def test_adts_headers_become_configurations() -> None:
    # AAC-LC, 16 kHz, mono, without and with a checksum
    assert aac.adts_config(bytes.fromhex("fff160402e7ffc")) == (bytes.fromhex("1408"), 7)
    assert aac.adts_config(bytes.fromhex("fff060402e7ffc0000")) == (bytes.fromhex("1408"), 9)
    with pytest.raises(ValueError, match="ADTS"):
        aac.adts_config(b"no header")


def test_mpeg4_headers() -> None:
    vop = b"\0\0\1\xb6\x10abc"
    assert mpeg4.headers(wire.VOL + vop) == wire.VOL
    assert mpeg4.headers(wire.VOL + b"\0\0\1\xb3\x00\x10\x07" + vop) == wire.VOL
    assert mpeg4.headers(vop) == b""
    info = mpeg4.parse_vol(wire.VOL)
    assert (info.width, info.height) == (320, 240)
    with pytest.raises(ValueError, match="without"):
        mpeg4.parse_vol(vop)


@pytest.mark.parametrize("size", [(64, 48), (352, 288), (1280, 720)])
def test_mpeg4_sizes_are_those_of_the_encoder(size: tuple[int, int]) -> None:
    data = first_packet(*size, {}, "mpeg4")
    info = mpeg4.parse_vol(mpeg4.headers(data))
    assert (info.width, info.height) == size
    assert mpeg4.is_intra(data, mpeg4.find_vop(data))


@given(st.binary(max_size=60))
def test_any_mpeg4_header_is_read_or_refused(data: bytes) -> None:
    try:
        info = mpeg4.parse_vol(b"\0\0\1\x20" + data)
    except ValueError:
        return
    assert info.width > 0
    assert info.height > 0


def test_quantizers_of_q_50_are_those_of_the_standard() -> None:
    tables = jpeg.quantizers(50)
    assert tables[:4] == bytes((16, 11, 12, 14))
    assert tables[64:68] == bytes((17, 18, 18, 24))
    assert set(jpeg.quantizers(99)) <= {1, 2, 3}
    assert jpeg.quantizers(0) == jpeg.quantizers(1)
    assert max(jpeg.quantizers(1)) == 255


@pytest.mark.parametrize("tables", [b"", bytes(63), bytes(100)])
def test_quantizers_of_a_wrong_length_are_refused(tables: bytes) -> None:
    with pytest.raises(ValueError, match="quantizers"):
        jpeg.header(1, 64, 48, tables, 0, 0)
