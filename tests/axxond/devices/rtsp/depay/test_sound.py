"""Sound payloads: AAC by RFC 3640 and LATM, G.711, G.726, L16, Opus; and MPEG-4 pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.rtsp.depay import choose
from axxond.devices.rtsp.depay.port import Depacketizer
from axxond.devices.rtsp.depay.sound import opus_samples
from axxond.devices.rtsp.messages import MalformedError
from axxond.devices.rtsp.sdp import PayloadFormat
from protocol.types import AudioFormat, Codec, Format, VideoFormat
from tests.axxond.devices.rtsp.wire import VOL, aac_payload, push_all

HBR = {"config": "1208", "mode": "AAC-hbr", "sizelength": "13", "indexlength": "3"}
HBR["indexdeltalength"] = "3"


class Received:
    def __init__(self, kind: str, offer: PayloadFormat) -> None:
        self.units: list[tuple[int, bytes, int]] = []
        self.keys: list[bool] = []
        self.depay: Depacketizer = choose(kind, offer, self._unit)

    def _unit(self, timestamp: int, data: bytes, key: bool, kind: Format, ticks: int) -> None:
        assert kind is self.depay.format
        self.units.append((timestamp, data, ticks))
        self.keys.append(key)

    def push(self, *packets: tuple[int, bytes, bool]) -> Received:
        push_all(self.depay.push, packets)
        return self


def sound(encoding: str, rate: int, channels: int = 1, **parameters: str) -> Received:
    return Received("audio", PayloadFormat(97, encoding, rate, channels, parameters))


def test_aac_frames_of_a_packet_are_a_frame_time_apart() -> None:
    received = sound("MPEG4-GENERIC", 44100, **HBR)
    received.push((1000, aac_payload(b"first", b"second!"), True))
    assert received.units == [(1000, b"first", 1024), (2024, b"second!", 1024)]
    assert received.depay.format == AudioFormat(
        Codec.AAC, 44100, 1, extradata=bytes.fromhex("1208")
    )


def test_an_aac_frame_over_several_packets_is_joined() -> None:
    received = sound("MPEG4-GENERIC", 44100, **HBR)
    head = b"\0\x10" + (9 << 3).to_bytes(2, "big")
    received.push((5, head + b"abcd", False), (5, head + b"efghi", True))
    assert received.units == [(5, b"abcdefghi", 1024)]


def test_an_aac_frame_with_a_lost_part_is_dropped() -> None:
    received = sound("MPEG4-GENERIC", 44100, **HBR)
    head = b"\0\x10" + (9 << 3).to_bytes(2, "big")
    received.push((5, head + b"abcd", False))
    received.depay.lost()
    received.push((5, head + b"efghi", True), (9, aac_payload(b"next"), True))
    assert [unit[1] for unit in received.units] == [b"next"]


def test_aac_with_another_rtp_clock_than_its_sample_rate() -> None:
    received = sound("MPEG4-GENERIC", 90000, **HBR | {"config": "1190"})
    received.push((0, aac_payload(b"a", b"b"), True))
    assert [unit[0] for unit in received.units] == [0, 1024 * 90000 // 48000]


@pytest.mark.parametrize("config", ["", "xyz", "00", "ffff"])
def test_aac_parameters_that_make_no_sense_are_refused(config: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        sound("MPEG4-GENERIC", 44100, **HBR | {"config": config})


def test_latm_with_the_configuration_outside() -> None:
    received = sound("MP4A-LATM", 44100, cpresent="0", config="400024203fc0")
    assert received.depay.format == AudioFormat(
        Codec.AAC, 44100, 2, extradata=bytes.fromhex("1210")
    )
    frame = bytes(range(256)) + bytes(44)
    received.push((1, b"\xff\x2d" + frame[:100], False), (1, frame[100:], True))
    assert received.units == [(1, frame, 1024)]


def test_latm_with_a_configuration_that_ends_early() -> None:
    received = sound("MP4A-LATM", 44100, cpresent="0", config="40002410adca00")
    assert isinstance(received.depay.format, AudioFormat)
    assert received.depay.format.extradata == bytes.fromhex("120856e500")


def test_latm_with_the_configuration_in_the_stream() -> None:
    received = sound("MP4A-LATM", 44100)
    # useSameStreamMux = 0, the configuration above, then a frame of 2 bytes, unaligned.
    bits = "0" + f"{0x400024203FC0:048b}"[:44] + f"{2:08b}" + f"{0xABCD:016b}"
    data = int(bits.ljust(72, "0"), 2).to_bytes(9, "big")
    received.push((1, data, True))
    assert received.units == [(1, b"\xab\xcd", 1024)]
    same = int(("1" + f"{1:08b}" + f"{0x77:08b}").ljust(24, "0"), 2).to_bytes(3, "big")
    received.push((2, same, True))
    assert received.units[-1] == (2, b"\x77", 1024)


@pytest.mark.parametrize(
    ("encoding", "codec", "bits", "ticks"),
    [
        ("PCMU", Codec.PCMU, 8, 160),
        ("PCMA", Codec.PCMA, 8, 160),
        ("L16", Codec.L16, 16, 80),
        ("G726-16", Codec.G726, 2, 640),
        ("G726-24", Codec.G726, 3, 426),
        ("G726-32", Codec.G726, 4, 320),
        ("G726-40", Codec.G726, 5, 256),
    ],
)
def test_plain_sound_is_passed_on_with_its_duration(
    encoding: str, codec: Codec, bits: int, ticks: int
) -> None:
    received = sound(encoding, 8000)
    received.push((1, bytes(160), False), (2, b"", True))
    assert received.units == [(1, bytes(160), ticks)]
    assert received.depay.format == AudioFormat(codec, 8000, 1, bits)


@pytest.mark.parametrize(
    ("packet", "samples"),
    [(b"\x00", 480), (b"\x18", 2880), (b"\x78", 960), (b"\xfc", 960), (b"\xfd", 1920),
     (b"\xff\x03", 2880), (b"\x7b", 0)],
)  # fmt: skip
def test_opus_packets_tell_their_duration(packet: bytes, samples: int) -> None:
    assert opus_samples(packet) == samples


def test_opus_has_a_head_for_the_decoder() -> None:
    received = sound("OPUS", 48000, 2, **{"sprop-stereo": "1"}).push((1, b"\xfcdata", True))
    assert received.units == [(1, b"\xfcdata", 960)]
    assert isinstance(received.depay.format, AudioFormat)
    assert received.depay.format.channels == 2
    assert received.depay.format.extradata == b"OpusHead\1\2\0\0\x80\xbb\0\0\0\0\0"


def video(**parameters: str) -> Received:
    return Received("video", PayloadFormat(96, "MP4V-ES", 90000, 1, parameters))


def test_mpeg4_pictures_are_joined_and_told_apart() -> None:
    received = video(config=VOL.hex())
    assert received.depay.format == VideoFormat(Codec.MPEG4, 320, 240, VOL)
    intra, inter = b"\0\0\1\xb6\x10intra", b"\0\0\1\xb6\x50inter"
    received.push((1, intra, False), (1, b"more", True), (2, inter, False), (3, inter, False))
    assert [unit[:2] for unit in received.units] == [(1, intra + b"more"), (2, inter)]
    assert received.keys == [True, False]


def test_mpeg4_headers_in_the_stream_belong_to_the_picture() -> None:
    received = video()
    received.push((1, VOL, True), (1, b"\0\0\1\xb6\x10intra", True))
    assert received.units[0][1] == VOL + b"\0\0\1\xb6\x10intra"
    assert received.depay.format == VideoFormat(Codec.MPEG4, 320, 240, VOL)


def test_an_mpeg4_picture_that_lost_a_part_is_dropped() -> None:
    received = video(config=VOL.hex()).push((1, b"\0\0\1\xb6\x10intra", False))
    received.depay.lost()
    received.push((1, b"tail", True), (2, b"\0\0\1\xb6\x50inter", True))
    assert [unit[0] for unit in received.units] == [2]


@given(
    st.sampled_from([("MPEG4-GENERIC", HBR), ("MP4A-LATM", {}), ("OPUS", {}), ("MP4V-ES", {})]),
    st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=40), st.booleans()), max_size=20),
)
def test_any_payloads_are_survived(
    form: tuple[str, dict[str, str]], packets: list[tuple[int, bytes, bool]]
) -> None:
    encoding, parameters = form
    received = video() if encoding == "MP4V-ES" else sound(encoding, 44100, **parameters)
    for packet in packets:
        try:
            received.push(packet)
        except (ValueError, IndexError, MalformedError):
            received.depay.lost()


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="VP8"):
        Received("video", PayloadFormat(96, "VP8", 90000))
