"""Payloads as FFmpeg's own packetizers make them: what comes out is what went in, to the byte."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from axxond.devices.rtsp import sdp
from axxond.devices.rtsp.track import Track
from axxond.media.packet import Packet
from protocol.types import Codec, VideoFormat
from tests.e2e.peers import canonical

FRAMES = 30
_RECEIVE_BYTES = 4 << 20

pytestmark = pytest.mark.peer

if shutil.which("ffmpeg") is None:
    pytest.skip("ffmpeg is not installed", allow_module_level=True)


def make(path: Path, *options: str) -> Path:
    """A second of picture or sound by the given encoder options."""
    video = "testsrc2=size=320x240:rate=30"
    source = video if "-c:v" in options else "sine=frequency=440:beep_factor=3"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", "1", *options]
    subprocess.run([*command, str(path)], check=True, timeout=50)
    return path


def sent(path: Path, *options: str) -> tuple[bytes, list[bytes]]:
    """The session description and the RTP packets of a file, streamed by FFmpeg."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.5)
        url = f"rtp://127.0.0.1:{receiver.getsockname()[1]}"
        description = path.with_suffix(".sdp")
        command = ["ffmpeg", "-v", "error", "-y", "-readrate", "4", "-i", str(path), "-c", "copy"]
        process = subprocess.Popen(
            [*command, *options, "-f", "rtp", "-sdp_file", str(description), url],
            stdin=subprocess.DEVNULL,
        )
        packets = []
        try:
            while True:
                try:
                    packets.append(receiver.recv(65_536))
                except TimeoutError:
                    if process.poll() is not None:
                        break
        finally:
            process.kill()
            process.wait()
    # RTCP goes to the next port: not seen here.
    return description.read_bytes(), packets


def received(description: bytes, packets: list[bytes]) -> list[Packet]:
    medium = sdp.parse(description).media[0]
    buffer = memoryview(bytearray(65_536))
    units: list[Packet] = []
    track = Track(medium.kind, medium.formats[0], buffer, units.append)
    for number, packet in enumerate(packets):
        buffer[: len(packet)] = packet
        track.frame(0, len(packet), 1_795_000_000_000_000 + number)
        track.detach()
    assert track.sequence.lost == 0
    return units


def demuxed(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


CASES = {
    "h264": ("a.mkv", ["-c:v", "libx264", "-g", "10", "-bf", "2"]),
    "h264-slices": ("a.mkv", ["-c:v", "libx264", "-g", "10", "-bf", "0", "-slices", "4"]),
    "h265": ("a.mkv", ["-c:v", "libx265", "-g", "10", "-x265-params", "log-level=none:bframes=0"]),
    "mpeg4": ("a.mkv", ["-c:v", "mpeg4", "-g", "10"]),
    "mjpeg": ("a.mkv", ["-c:v", "mjpeg", "-huffman", "default", "-pix_fmt", "yuvj420p"]),
    "aac": ("a.mkv", ["-c:a", "aac", "-ar", "44100"]),
    "opus": ("a.mkv", ["-c:a", "libopus", "-ar", "48000"]),
}


def form(codec: Codec, data: bytes) -> list[bytes]:
    return canonical.jpeg_parts(data) if codec is Codec.MJPEG else [data]


@pytest.mark.parametrize("name", CASES)
def test_every_unit_is_what_ffmpeg_was_given(name: str, tmp_path: Path) -> None:
    file, options = CASES[name]
    path = make(tmp_path / file, *options)
    units = received(*sent(path))
    given = demuxed(path)
    codec = units[0].format.codec
    # FFmpeg fills a packet with up to six frames of AAC and never sends the last one.
    assert len(given) - len(units) <= (6 if codec is Codec.AAC else 0)
    for unit, data in zip(units, given, strict=False):
        assert form(codec, unit.data) == form(codec, data)


def test_latm_brings_the_frames_of_the_file(tmp_path: Path) -> None:
    path = make(tmp_path / "a.mkv", "-c:a", "aac", "-ar", "44100")
    units = received(*sent(path, "-rtpflags", "latm"))
    assert [unit.data for unit in units] == demuxed(path)
    assert units[0].format.codec is Codec.AAC


@pytest.mark.parametrize("name", ["pcm_mulaw", "pcm_alaw", "pcm_s16be"])
def test_plain_sound_is_the_samples_of_the_file(name: str, tmp_path: Path) -> None:
    path = make(tmp_path / "a.au", "-c:a", name, "-ar", "8000")
    units = received(*sent(path))
    assert b"".join(unit.data for unit in units) == b"".join(demuxed(path))
    assert sum(unit.duration_us for unit in units) == pytest.approx(1_000_000, rel=0.01)


def test_g726_lasts_as_long_as_what_was_encoded(tmp_path: Path) -> None:
    path = make(tmp_path / "a.mkv", "-c:a", "pcm_s16le", "-ar", "8000")
    units = received(*sent(path, "-c:a", "g726le", "-b:a", "32k", "-ac", "1"))
    assert {unit.format.codec for unit in units} == {Codec.G726}
    assert sum(unit.duration_us for unit in units) == pytest.approx(1_000_000, rel=0.05)


def luma(frame: av.VideoFrame) -> np.ndarray:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)
    return rows[:, : frame.width].copy()


def test_rebuilt_jpeg_images_decode_to_the_pictures_that_went_in(tmp_path: Path) -> None:
    file, options = CASES["mjpeg"]
    path = make(tmp_path / file, *options)
    units = received(*sent(path))
    assert isinstance(units[0].format, VideoFormat)
    context = av.CodecContext.create("mjpeg", "r")
    ours = [luma(frame) for unit in units for frame in context.decode(av.Packet(unit.data))]
    with av.open(str(path)) as container:
        theirs = [luma(frame) for frame in container.decode(video=0)]
    assert len(ours) == len(theirs)
    for mine, yours in zip(ours, theirs, strict=True):
        assert np.array_equal(mine, yours)


def test_pictures_are_shown_in_the_order_of_the_file(tmp_path: Path) -> None:
    file, options = CASES["h264"]
    path = make(tmp_path / file, *options)
    units = received(*sent(path))
    with av.open(str(path)) as container:
        stamps = [packet.pts for packet in container.demux() if packet.pts is not None]
    places = range(len(units))
    assert sorted(places, key=lambda at: units[at].pts_us) == sorted(
        places, key=lambda at: stamps[at]
    )
