"""Ordinary players open segments, whole and torn."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from axxond.archive.segment import scan
from axxond.media.packet import Packet
from protocol.types import Codec
from tests.axxond.archive import encoded
from tests.axxond.archive.media import (
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    payloads,
    read_all,
)

_NAMES = {Codec.H265: "hevc", Codec.PCMU: "pcm_mulaw", Codec.PCMA: "pcm_alaw"}
_NAMES |= {Codec.G726: "adpcm_g726", Codec.L16: "pcm_s16be"}


def record(folder: Path, packets: list[Packet]) -> Path:
    """The one segment that they make."""
    asyncio.run(_record(folder, packets))
    (segment,) = folder.glob("*/*.mkv")
    return segment


async def _record(folder: Path, packets: list[Packet], whole: bool = True) -> None:
    clock, hub = ManualClock(), hub_of()
    async with opened(folder, clock) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, packets, clock)
        archive.recorder.detach("link-cam")
        await archive.flush()
        if whole:
            assert payloads(await read_all(archive)) == payloads(packets)


def probe(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def decode_errors(path: Path) -> str:
    command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(path), "-f", "null", "-"]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60
    ).stderr.strip()


@pytest.mark.peer
@pytest.mark.parametrize(
    ("video", "sound"),
    [
        (Codec.H264, Codec.AAC),
        (Codec.H264, Codec.PCMU),
        (Codec.H265, Codec.PCMA),
        (Codec.MJPEG, Codec.L16),
        (Codec.MPEG4, Codec.G726),
        (Codec.H264, Codec.OPUS),
        (Codec.AV1, None),
        (Codec.SNOW, None),
    ],
)
def test_a_segment_decodes_without_an_error(
    tmp_path: Path, video: Codec, sound: Codec | None
) -> None:
    pictures = encoded.video(video)
    packets = encoded.mixed(pictures, encoded.audio(sound)) if sound else pictures
    path = record(tmp_path, packets)
    found = probe(path)
    names = [stream["codec_name"] for stream in found["streams"]]
    assert names == [_NAMES.get(one, one.value) for one in (video, sound) if one]
    assert abs(float(found["format"]["duration"]) - 3) < 0.15
    assert found["format"]["tags"]["title"] == "Name of cam"
    assert decode_errors(path) == ""


def test_g726_sounds_the_same_to_a_player(tmp_path: Path) -> None:
    sounds = encoded.audio(Codec.G726)
    path = record(tmp_path, encoded.mixed(encoded.video(Codec.MJPEG), sounds))
    with av.open(str(path)) as given:
        frames = [frame.to_ndarray().ravel() for frame in given.decode(audio=0)]
    heard = np.concatenate(frames).astype(float)
    spoken = encoded.tone(0, len(heard), 8000)
    assert np.corrcoef(heard, spoken)[0, 1] > 0.98


@pytest.mark.peer
def test_a_torn_segment_costs_one_cluster(tmp_path: Path) -> None:
    pictures = encoded.video(Codec.H264, 6)
    path = record(tmp_path, encoded.mixed(pictures, encoded.audio(Codec.AAC, 6)))
    whole = path.read_bytes()
    entries = scan(path).entries
    rng = random.Random(3)
    for _ in range(4):
        cut = rng.randrange(entries[2].offset, len(whole))
        path.write_bytes(whole[:cut])
        left = [one for one in entries if one.offset + one.length <= cut]
        assert scan(path).entries == left
        command = ["ffprobe", "-v", "quiet", "-count_packets", "-select_streams", "v"]
        command += ["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        assert int(done.stdout.strip().strip(",") or 0) >= 25 * len(left)


@pytest.mark.peer
def test_a_camera_connected_in_the_middle_of_a_gop_makes_one_clean_segment(
    tmp_path: Path,
) -> None:
    pictures, sounds = encoded.video(Codec.H264), encoded.audio(Codec.AAC)
    asyncio.run(_record(tmp_path, encoded.mixed(pictures, sounds)[7:], whole=False))
    (path,) = tmp_path.glob("*/*.mkv")
    found = probe(path)
    assert [stream["codec_name"] for stream in found["streams"]] == ["h264", "aac"]
    assert float(found["format"]["start_time"]) == 0
    assert decode_errors(path) == ""


def test_b_frames_keep_their_presentation_times(tmp_path: Path) -> None:
    pictures = encoded.video(Codec.H264, bframes=2)
    assert [one.pts_us for one in pictures] != sorted(one.pts_us for one in pictures)
    path = record(tmp_path, pictures)
    with av.open(str(path)) as given:
        shown = [frame.pts for frame in given.decode(video=0)]
    assert shown == sorted(shown)
    assert len(shown) == len(pictures)
