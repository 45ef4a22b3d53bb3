"""From bytes to packets: tracks, losses, restarts, reports."""

from __future__ import annotations

import pytest

from axxond.devices.port import DeviceError
from axxond.devices.rtsp.track import HEAD_START_US
from protocol.types import Codec, FailureKind, MediaKind
from tests.axxond.devices.rtsp import wire

VIDEO = wire.sdp(wire.H264_LINES)
BOTH = wire.sdp(wire.H264_LINES, wire.PCMU_LINES)
IDR = b"\x65\x88" + bytes(range(1, 100))
SLICE = b"\x41\x9a" + bytes(range(1, 50))
NOW_US = 1_795_000_000_000_000


def picture(number: int, stamp: int, nal: bytes = SLICE, **options: int) -> bytes:
    return wire.interleaved(0, wire.rtp(number, stamp, nal, True, **options))


def test_pictures_and_sound_become_packets() -> None:
    camera = wire.Camera().play(BOTH, 2)
    camera.feed(picture(1, 0, IDR), NOW_US)
    camera.feed(wire.interleaved(2, wire.rtp(1, 0, bytes(160), True, 0)), NOW_US)
    camera.feed(picture(2, 3600), NOW_US + 40_000)
    first, sound, second = camera.packets
    assert (first.format.codec, first.keyframe, first.data) == (
        Codec.H264,
        True,
        wire.lengths(IDR),
    )
    assert (sound.format.codec, sound.kind, sound.duration_us) == (
        Codec.PCMU,
        MediaKind.AUDIO,
        20_000,
    )
    step_us = second.pts_us - first.pts_us
    assert 40_000 <= step_us <= 50_001  # stretched until the head start is made up for
    assert not second.keyframe
    assert second.duration_us == 40_000
    assert second.format is first.format


def test_losses_stand_with_the_next_packet() -> None:
    camera = wire.Camera().play(VIDEO)
    camera.feed(picture(1, 0, IDR) + picture(2, 3600) + picture(6, 18_000), NOW_US)
    assert [packet.lost_before for packet in camera.packets] == [0, 0, 3]


def test_a_packet_that_makes_no_sense_counts_as_lost() -> None:
    camera = wire.Camera().play(VIDEO)
    camera.feed(picture(1, 0, IDR) + wire.interleaved(0, b"nonsense") + picture(2, 3600), NOW_US)
    camera.feed(picture(3, 7200, b"\x1f" + bytes(20)) + picture(4, 10_800), NOW_US)
    assert [packet.lost_before for packet in camera.packets] == [0, 1, 1]


def test_a_new_source_is_a_discontinuity_without_losses() -> None:
    camera = wire.Camera().play(VIDEO)
    camera.feed(picture(1, 0, IDR) + picture(2, 3600), NOW_US)
    camera.feed(picture(40_000, 999_999, IDR, ssrc=8), NOW_US + 80_000)
    camera.feed(picture(40_001, 1_003_599, ssrc=8), NOW_US + 120_000)
    assert [packet.discontinuity for packet in camera.packets] == [False, False, True, False]
    assert sum(packet.lost_before for packet in camera.packets) == 0
    assert camera.packets[2].pts_us == NOW_US + 80_000 - HEAD_START_US


def test_another_payload_type_than_described_is_believed_from_the_first_packet() -> None:
    camera = wire.Camera().play(VIDEO)
    camera.feed(picture(1, 0, IDR, payload_type=100), NOW_US)
    camera.feed(picture(2, 3600, payload_type=96), NOW_US)  # not ours
    camera.feed(picture(3, 7200, payload_type=100), NOW_US)
    assert len(camera.packets) == 2


def test_header_extensions_and_padding_are_taken_off() -> None:
    camera = wire.Camera().play(VIDEO)
    packet = bytearray(wire.rtp(1, 0, b"\xbe\xde\0\1abcd" + IDR + b"\0\0\3", True))
    packet[0] |= 0x30
    camera.feed(wire.interleaved(0, bytes(packet)), NOW_US)
    assert camera.packets[0].data == wire.lengths(IDR)


def test_sender_reports_tell_the_camera_s_clock() -> None:
    camera = wire.Camera().play(BOTH, 2)
    camera.feed(picture(1, 0, IDR), NOW_US)
    report = wire.sender_report(0, NOW_US + 3_600_000_000)
    camera.feed(wire.interleaved(1, report), NOW_US)
    camera.feed(wire.interleaved(3, report), NOW_US)
    assert len(camera.offsets) == 1
    assert abs(camera.offsets[0] - 3_600_000_000) <= 1


def test_a_picture_is_not_older_than_the_request_for_it() -> None:
    camera = wire.Camera().play(VIDEO, now_us=NOW_US)
    camera.feed(picture(1, 0, IDR), NOW_US + 30_000)
    assert camera.packets[0].pts_us == NOW_US


def test_the_camera_s_clock_places_pictures_that_came_late() -> None:
    camera = wire.Camera().play(VIDEO, now_us=NOW_US)
    camera.feed(picture(1, 0, IDR), NOW_US + 350_000)
    camera.feed(wire.interleaved(1, wire.sender_report(0, NOW_US + 10_000)), NOW_US + 350_000)
    for n in range(1, 20):
        camera.feed(picture(n + 1, n * 3600), NOW_US + 350_000 + n * 40_000)
    assert abs(camera.packets[-1].pts_us - NOW_US - 10_000 - 19 * 40_000) <= 10_001


def test_sound_follows_the_picture_once_both_have_reports() -> None:
    camera = wire.Camera().play(BOTH, 2)
    for n in range(400):
        at_us = NOW_US + n * 40_000
        camera.feed(picture(n, n * 3600, IDR), at_us)
        sound = wire.rtp(n, n * 320, bytes(320), True, 0)
        camera.feed(wire.interleaved(2, sound), at_us + 30_000)
        if n % 100 == 50:
            camera.feed(wire.interleaved(1, wire.sender_report(n * 3600, at_us)), at_us)
            camera.feed(wire.interleaved(3, wire.sender_report(n * 320, at_us)), at_us)
    video = [packet for packet in camera.packets if packet.is_video]
    audio = [packet for packet in camera.packets if not packet.is_video]
    assert abs(audio[0].pts_us - video[0].pts_us - 30_000) <= 1
    assert abs(audio[-1].pts_us - video[-1].pts_us) <= 1_000


def test_receiver_reports_are_made_for_each_track_that_was_heard() -> None:
    camera = wire.Camera().play(BOTH, 2)
    assert camera.reception.reports(NOW_US) == b""
    camera.feed(picture(1, 0, IDR) + picture(3, 3600), NOW_US)
    report = camera.reception.reports(NOW_US)
    assert report[:2] == b"$\x01"
    assert report[4:6] == b"\x81\xc9"
    assert report[4 + 12] == 256 // 3  # one of three lost


def test_the_end_of_the_stream_is_told() -> None:
    camera = wire.Camera().play(VIDEO)
    with pytest.raises(DeviceError) as caught:
        camera.feed(wire.interleaved(1, b"\x81\xcb\0\1\0\0\0\7"))
    assert caught.value.kind is FailureKind.CLOSED


def test_sound_with_impossible_parameters_is_left_out() -> None:
    broken = wire.AAC_LINES.replace("1208", "zz")
    camera = wire.Camera().play(wire.sdp(wire.H264_LINES, broken), 2)
    camera.feed(picture(1, 0, IDR), NOW_US)
    camera.feed(wire.interleaved(2, wire.rtp(1, 0, bytes(20), True, 97)), NOW_US)
    assert len(camera.packets) == 1


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"HTTP/1.0 400 Bad request\r\n\r\n", FailureKind.NOT_VIDEO),
        (b"SSH-2.0-OpenSSH\r\n", FailureKind.GARBAGE),
        (b"\0\1\2\3\4\5\6", FailureKind.GARBAGE),
    ],
)
def test_what_is_no_camera_is_told_by_kind(data: bytes, kind: FailureKind) -> None:
    with pytest.raises(DeviceError) as caught:
        wire.Camera().feed(data)
    assert caught.value.kind is kind
    assert wire.URL in str(caught.value)
