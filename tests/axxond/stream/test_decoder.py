from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.media.packet import Packet
from axxond.stream.decoder import Decoder, Discard
from axxond.stream.stage import DecodeStats
from protocol.types import Codec, VideoFormat
from tests.fakes.coded import damaged, packets
from tests.fakes.scene import SceneScript, shots

BEGIN_US = 1_700_000_000_000_000
SCENE = [
    (shot.time_us, shot.luma)
    for shot in shots(SceneScript(width=208, height=120, noise=1), 3, BEGIN_US)
]
CODED = packets(SCENE, gop=10)


def decode_all(given_packets: list[Packet]) -> tuple[list[tuple[Any, int]], DecodeStats]:
    stats = DecodeStats()
    decoder = Decoder(stats)
    found = [
        (luma.copy(), time_us)
        for packet in given_packets
        for luma, time_us, _ in decoder.decode(packet)
    ]
    return found, stats


@pytest.mark.parametrize("codec", [Codec.H264, Codec.MPEG4, Codec.MJPEG, Codec.SNOW])
def test_luma_and_times_come_out_as_they_went_in(codec: Codec) -> None:
    found, stats = decode_all(packets(SCENE, codec))
    assert [time_us for _, time_us in found] == [time_us for time_us, _ in SCENE]
    assert stats.errors == stats.skipped == 0
    for (luma, _), (_, original) in zip(found, SCENE, strict=True):
        assert luma.shape == original.shape
        # Limited range (16 to 235) in all but MJPEG; noise and coding blur the rest.
        full = original if codec is Codec.MJPEG else 16 + original * (219 / 255)
        assert np.abs(luma - full.astype(float)).mean() < 4


def test_luma_is_the_decoders_own_plane() -> None:
    decoder = Decoder(DecodeStats())
    luma, _, chroma = next(decoder.decode(CODED[0]))
    assert not luma.flags.owndata
    assert luma.strides[0] >= 208
    assert luma.strides[1] == 1
    assert chroma is not None
    assert [plane.shape for plane in chroma] == [(60, 104)] * 2
    assert all(abs(int(plane.mean()) - 128) <= 2 for plane in chroma)


def test_ten_bit_pictures_are_brought_to_eight() -> None:
    found, _ = decode_all(packets(SCENE[:3], pixels="yuv420p10le"))
    assert [luma.dtype for luma, _ in found] == [np.uint8] * 3
    assert np.abs(found[0][0] - (16 + SCENE[0][1] * (219 / 255))).mean() < 4


def test_nothing_comes_before_the_first_key_frame() -> None:
    found, stats = decode_all(CODED[4:])
    assert found[0][1] == SCENE[10][0]
    assert stats.skipped == 6


def test_after_a_loss_nothing_comes_up_to_the_next_key_frame() -> None:
    lossy = [*CODED[:3], evolve(CODED[4], lost_before=2), *CODED[5:]]
    found, stats = decode_all(lossy)
    expected = [time_us for time_us, _ in SCENE[:3] + SCENE[10:]]
    assert [time_us for _, time_us in found] == expected
    assert stats.skipped == 6


def test_a_stream_without_key_frames_is_decoded_after_a_while() -> None:
    endless = [
        evolve(packet, keyframe=False, pts_us=packet.pts_us, dts_us=BEGIN_US + number * 1_000_000)
        for number, packet in enumerate(CODED)
    ]
    found, _ = decode_all(endless)
    assert len(found) >= 15


def test_damage_is_counted_and_passes() -> None:
    broken = [*CODED[:5], damaged(CODED[5]), *CODED[6:]]
    found, stats = decode_all(broken)
    assert stats.errors >= 1
    assert [time_us for _, time_us in found][-20:] == [time_us for time_us, _ in SCENE[10:]]


@settings(max_examples=40)
@given(st.integers(0, 9), st.binary(max_size=300), st.booleans())
def test_no_bytes_of_a_camera_raise(index: int, data: bytes, keyframe: bool) -> None:
    garbage = evolve(CODED[index], data=data, keyframe=keyframe)
    found, _ = decode_all([*CODED[:index], garbage, *CODED[10:12]])
    assert SCENE[10][0] in [time_us for _, time_us in found]


@pytest.mark.parametrize("extradata", [b"", b"\x01", b"\xff" * 40])
def test_wrong_extradata_raises_nothing(extradata: bytes) -> None:
    form = VideoFormat(Codec.H264, 208, 120, extradata)
    _, stats = decode_all([evolve(packet, format=form) for packet in CODED[:10]])
    assert stats.packets == 10


def test_a_new_format_is_decoded_by_a_new_context() -> None:
    smaller = [
        (shot.time_us, shot.luma)
        for shot in shots(SceneScript(width=96, height=64), 1, BEGIN_US + 3_000_000)
    ]
    found, stats = decode_all([*CODED, *packets(smaller), *packets(smaller, Codec.MJPEG)])
    assert {luma.shape for luma, _ in found} == {(120, 208), (64, 96)}
    assert (len(found), stats.errors) == (50, 0)


def test_with_non_key_pictures_discarded_only_key_frames_come_and_then_all_again() -> None:
    stats = DecodeStats()
    decoder = Decoder(stats)
    decoder.discard = Discard.NON_KEY
    found = [time_us for packet in CODED[:15] for _, time_us, _ in decoder.decode(packet)]
    assert found == [SCENE[0][0], SCENE[10][0]]
    assert stats.skipped == 13
    decoder.discard = Discard.NOTHING
    found = [time_us for packet in CODED[15:] for _, time_us, _ in decoder.decode(packet)]
    assert found == [time_us for time_us, _ in SCENE[20:]]
    assert stats.errors == 0


def test_with_non_reference_pictures_discarded_the_others_stay_whole() -> None:
    """x264's B-frames (which are no references here) are left out, and come back."""
    stream = packets(SCENE, gop=30, b_frames=True)
    everything, _ = decode_all(stream)
    decoder = Decoder(DecodeStats())
    decoder.discard = Discard.NON_REFERENCE
    fewer = [
        (luma.copy(), time_us) for packet in stream for luma, time_us, _ in decoder.decode(packet)
    ]
    assert 5 <= len(fewer) < len(everything)
    known = {time_us: luma for luma, time_us in everything}
    assert all((known[time_us] == luma).all() for luma, time_us in fewer)
