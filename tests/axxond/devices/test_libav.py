"""The fall-back driver on files and on HTTP, with footage made on the spot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from axxond.base import tasks
from axxond.devices import drivers
from axxond.devices.port import DeviceError, StreamSettings
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, FailureKind, MediaKind, VideoFormat

FRAMES = 20
RATE = 40  # frames a second, so that a round takes half a second
SAMPLE_RATE = 16_000


def make_clip(path: Path, video: str = "libx264", audio: str = "aac") -> Path:
    """Half a second of a moving stripe with a tone; a key frame every ten."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream(video, rate=RATE)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        if video == "mjpeg":
            picture.pix_fmt = "yuvj420p"
        picture.codec_context.gop_size = 10
        picture.codec_context.max_b_frames = 0
        if video == "libx264":
            picture.options = {"x264-params": "scenecut=0:keyint=10"}
        sound = container.add_stream(audio, rate=SAMPLE_RATE)
        sound.layout = "mono"
        for number in range(FRAMES):
            shade = np.zeros((48, 64, 3), np.uint8)
            shade[:, 3 * number : 3 * number + 4] = 255
            frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(picture.encode(frame.reformat(format=picture.pix_fmt)))
            tone = np.sin(np.arange(400) / 5).reshape(1, -1).astype(np.float32)
            form = "fltp" if audio == "aac" else "s16"
            samples = tone if audio == "aac" else (tone * 9999).astype(np.int16)
            block = av.AudioFrame.from_ndarray(samples, format=form, layout="mono")
            block.sample_rate, block.pts = SAMPLE_RATE, number * 400
            block.time_base = Fraction(1, SAMPLE_RATE)
            container.mux(sound.encode(block))
        container.mux(picture.encode(None))
        container.mux(sound.encode(None))
    return path


class Sink:
    def __init__(self, wanted: int) -> None:
        self.packets: list[Packet] = []
        self.full = asyncio.Event()
        self._wanted = wanted

    def packet(self, packet: Packet) -> None:
        self.packets.append(packet)
        if len(self.units(MediaKind.VIDEO)) >= self._wanted:
            self.full.set()

    def clock_offset(self, offset_us: int) -> None:
        """libav tells none."""

    def units(self, kind: MediaKind) -> list[Packet]:
        return [packet for packet in self.packets if packet.kind is kind]


async def pictures(url: str, count: int, audio: bool = True) -> Sink:
    sink = Sink(count)
    source = drivers.driver("libav").source(StreamSettings(url, audio=audio))
    run = tasks.spawn(source.run(sink), "run")
    waiting = tasks.spawn(sink.full.wait(), "full")
    await asyncio.wait((run, waiting), timeout=20, return_when="FIRST_COMPLETED")
    await tasks.cancel(run, waiting)
    assert sink.full.is_set()
    return sink


def decoded(units: list[Packet], name: str) -> int:
    context = av.CodecContext.create(name, "r")
    context.extradata = units[0].format.extradata or None
    frames = [frame for unit in units for frame in context.decode(av.Packet(unit.data))]
    return len(frames) + len(context.decode(None))


@pytest.mark.parametrize("suffix", ["ts", "mp4", "mkv"])
async def test_a_file_is_played_at_its_pace_and_over_and_over(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / f"clip.{suffix}")
    began = asyncio.get_running_loop().time()
    sink = await pictures(str(clip), int(2.5 * FRAMES))
    assert asyncio.get_running_loop().time() - began > 2 * FRAMES / RATE * 0.9
    units = sink.units(MediaKind.VIDEO)
    stamps = [packet.dts_us for packet in units]
    steps = [b - a for a, b in pairwise(stamps)]
    assert all(0 < step <= 200_000 for step in steps)
    assert sorted(steps)[len(steps) // 2] == pytest.approx(1_000_000 / RATE, abs=1_001)
    assert [packet.keyframe for packet in units[:FRAMES]].count(True) == 2
    assert isinstance(units[0].format, VideoFormat)
    assert (units[0].format.width, units[0].format.height) == (64, 48)
    assert decoded(units[:FRAMES], "h264") == FRAMES


async def test_a_round_does_not_begin_before_the_one_before_has_been_shown(
    tmp_path: Path,
) -> None:
    """Pictures out of order are shown after the last one is decoded."""
    path = tmp_path / "reordered.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.max_b_frames = 3
        stream.options = {"x264-params": "b-adapt=0:keyint=10:scenecut=0"}
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(
                np.full((48, 64, 3), 10 * number, np.uint8), format="rgb24"
            )
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    units = (await pictures(str(path), int(2.5 * FRAMES))).units(MediaKind.VIDEO)
    shown = [packet.pts_us for packet in units]
    assert shown != sorted(shown), "the encoder made no B-frames"
    rounds = [shown[at : at + FRAMES] for at in range(0, len(shown) - FRAMES + 1, FRAMES)]
    assert all(max(a) < min(b) for a, b in pairwise(rounds))
    assert units[0].keyframe
    assert units[FRAMES].keyframe
    assert [packet.dts_us for packet in units] == sorted({packet.dts_us for packet in units})


async def test_a_song_with_its_cover_is_no_film(shared_data: Path) -> None:
    song = shared_data / "codec" / "fate" / "Owner-iTunes_9.0.3.15.mp4"
    error = await failure(StreamSettings(str(song)))
    assert error.kind is FailureKind.NOT_VIDEO


async def test_h264_is_brought_into_lengths_with_an_avcc(tmp_path: Path) -> None:
    sink = await pictures(str(make_clip(tmp_path / "clip.ts")), 3)
    unit = sink.units(MediaKind.VIDEO)[0]
    assert unit.format.codec is Codec.H264
    assert unit.format.extradata[0] == 1
    position = 0
    while position < len(unit.data):
        position += 4 + int.from_bytes(unit.data[position : position + 4], "big")
    assert position == len(unit.data)


@pytest.mark.parametrize("suffix", ["ts", "mp4"])
async def test_aac_is_raw_with_its_configuration(tmp_path: Path, suffix: str) -> None:
    sink = await pictures(str(make_clip(tmp_path / f"clip.{suffix}")), FRAMES - 2)
    units = sink.units(MediaKind.AUDIO)
    assert isinstance(units[0].format, AudioFormat)
    assert (units[0].format.codec, units[0].format.sample_rate) == (Codec.AAC, SAMPLE_RATE)
    assert units[0].format.extradata[:2] == bytes.fromhex("1408")
    assert units[0].data[0] != 0xFF
    assert all(packet.keyframe for packet in units)
    assert decoded(units, "aac") > 0


async def test_pcm_is_turned_into_big_endian(tmp_path: Path) -> None:
    little = await pictures(str(make_clip(tmp_path / "a.mkv", audio="pcm_s16le")), 10)
    big = await pictures(str(make_clip(tmp_path / "b.mov", audio="pcm_s16be")), 10)
    ours, plain = (
        b"".join(unit.data for unit in sink.units(MediaKind.AUDIO)) for sink in (little, big)
    )
    shorter = min(len(ours), len(plain))
    assert shorter > 4000
    assert ours[:shorter] == plain[:shorter]


async def test_sound_that_is_not_wanted_is_left_out(tmp_path: Path) -> None:
    sink = await pictures(str(make_clip(tmp_path / "clip.mkv")), 5, audio=False)
    assert sink.units(MediaKind.AUDIO) == []


async def test_mjpeg_images_are_whole(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mov", "mjpeg", "pcm_alaw")
    units = (await pictures(str(clip), 5)).packets
    video = [unit for unit in units if unit.is_video]
    assert all(unit.data[:2] == b"\xff\xd8" and unit.keyframe for unit in video)
    assert decoded(video, "mjpeg") == len(video)


async def failure(settings: StreamSettings, name: str = "libav") -> DeviceError:
    sink = Sink(1_000_000)
    with pytest.raises(DeviceError) as caught:
        await asyncio.wait_for(drivers.driver(name).source(settings).run(sink), 20)
    assert "hidden" not in str(caught.value)
    return caught.value


async def test_a_file_that_is_not_there_or_no_video(tmp_path: Path) -> None:
    missing = await failure(StreamSettings(str(tmp_path / "none.mp4")))
    assert missing.kind is FailureKind.UNREACHABLE
    assert "none.mp4" in str(missing)
    text = tmp_path / "text.mp4"
    text.write_text("this is no video " * 1000)
    assert (await failure(StreamSettings(str(text)))).kind is FailureKind.NOT_VIDEO


@pytest.mark.parametrize("url", ["", "lavfi://x", "pipe:0", "concat:a|b", "http://[::1"])
async def test_addresses_that_are_none(url: str) -> None:
    assert (await failure(StreamSettings(url))).kind is FailureKind.UNREACHABLE


@contextlib.asynccontextmanager
async def web(answer: bytes) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/video"
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=x", FailureKind.LOGIN),
        ("403 Forbidden", FailureKind.LOGIN),
        ("404 Not Found", FailureKind.NOT_VIDEO),
        ("500 Oops", FailureKind.NOT_VIDEO),
        ("200 OK\r\nContent-Type: text/html", FailureKind.NOT_VIDEO),
    ],
)
async def test_web_servers_are_told_by_kind(status: str, kind: FailureKind) -> None:
    body = b"<html>hello</html>" * 100
    answer = f"HTTP/1.0 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    async with web(answer) as url:
        error = await failure(StreamSettings(url, "guard", "hidden", connect_timeout_s=3), "auto")
    assert error.kind is kind
    assert url in str(error)


async def test_a_live_stream_over_http_has_times_near_now(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.ts").read_bytes()
    head = f"HTTP/1.0 200 OK\r\nContent-Length: {len(clip)}\r\n\r\n".encode()
    async with web(head + clip) as url:
        sink = Sink(1_000_000)
        source = drivers.driver("auto").source(StreamSettings(url))
        with pytest.raises(DeviceError) as caught:
            await asyncio.wait_for(source.run(sink), 20)
    assert caught.value.kind is FailureKind.CLOSED
    assert len(sink.units(MediaKind.VIDEO)) == FRAMES
    stamps = [packet.dts_us for packet in sink.units(MediaKind.VIDEO)]
    assert stamps == sorted(set(stamps))


async def test_nobody_there_is_told_without_the_password() -> None:
    error = await failure(StreamSettings("http://127.0.0.1:1/x", "guard", "hidden"))
    assert error.kind is FailureKind.UNREACHABLE


async def test_a_source_that_is_stopped_leaves_no_thread(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv")
    sink = Sink(1_000_000)
    run = tasks.spawn(drivers.driver("libav").source(StreamSettings(str(clip))).run(sink), "run")
    await asyncio.sleep(0.1)
    await tasks.cancel(run)
    count = len(sink.packets)
    await asyncio.sleep(0.1)
    assert len(sink.packets) == count
