"""H.264 to luma for detectors: our decoder's processor time against the bare loop of PyAV.

Each decodes the same packets in turn, one thread; the bare loop makes packets, decodes and looks
at nothing.  Ours checks what it is given, and gives out a view of the luma plane.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext

from axxond.media.packet import Packet
from axxond.stream.decoder import Decoder
from axxond.stream.pool import DecodeStats
from protocol.types import Codec, VideoFormat
from tests.bench.accuracy import DATA
from tests.bench.table import Row, against

_CLIPS = ("bottle-detection.mp4", "one-by-one-person-detection.mp4")
_ROUNDS = 7
_QUICK_ROUNDS = 3
_RATIO = 1.05


def run(quick: bool) -> list[Row]:
    rows = []
    for name in _CLIPS:
        packets = _packets(DATA / "video" / name)
        bare, ours = _in_turn(packets, _QUICK_ROUNDS if quick else _ROUNDS)
        form = packets[0].format
        assert isinstance(form, VideoFormat)
        metric = f"{form.width}x{form.height} H.264 to luma"
        rows.append(against(metric, "us CPU/frame", ours, bare, "bare PyAV loop", _RATIO))
    return rows


def _packets(clip: Path) -> list[Packet]:
    if not clip.exists():
        raise SystemExit(f"bench decode: {clip} is not there")
    with av.open(str(clip)) as source:
        stream = source.streams.video[0]
        context = stream.codec_context
        form = VideoFormat(Codec.H264, context.width, context.height, context.extradata or b"")
        found = []
        for packet in source.demux(stream):
            if packet.size and packet.pts is not None and packet.dts is not None:
                times = (round(t * packet.time_base * 1e6) for t in (packet.pts, packet.dts))
                found.append(Packet(form, bytes(packet), *times, 0, packet.is_keyframe))
        return found


def _in_turn(packets: list[Packet], rounds: int) -> tuple[float, float]:
    """Medians of microseconds a frame: the bare loop's, ours."""
    spent: dict[Callable[[list[Packet]], int], list[float]] = {_bare: [], _ours: []}
    for _ in range(rounds):
        for decode, times in spent.items():
            began_s = time.thread_time()
            frames = decode(packets)
            times.append((time.thread_time() - began_s) * 1e6 / frames)
    bare, ours = (statistics.median(times) for times in spent.values())
    return bare, ours


def _bare(packets: list[Packet]) -> int:
    form = packets[0].format
    assert isinstance(form, VideoFormat)
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    context.extradata = form.extradata
    return sum(len(context.decode(av.Packet(packet.data))) for packet in packets)


def _ours(packets: list[Packet]) -> int:
    decoder = Decoder(DecodeStats())
    frames = 0
    for packet in packets:
        for luma, _ in decoder.decode(packet):
            frames += luma.shape[0] > 0
            del luma  # as the pool does, when the detectors are done with it
    return frames
