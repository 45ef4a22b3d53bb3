from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest

from axxond.archive.archive import Archive
from axxond.archive.errors import ExportError
from axxond.archive.export import ExportOrder, export
from axxond.media.packet import Packet
from protocol.types import Codec
from tests.axxond.archive import encoded
from tests.axxond.archive.media import T0, ManualClock, feed, hub_of, link, opened
from tests.axxond.archive.test_players import decode_errors, probe

SECOND = 1_000_000


async def record(archive: Archive, clock: ManualClock, packets: list[Packet]) -> None:
    hub = hub_of()
    archive.recorder.attach(link(), hub)
    await feed(archive, hub, packets, clock)
    archive.recorder.detach("link-cam")
    await archive.flush()


async def _exported(folder: Path, packets: list[Packet], order: ExportOrder) -> list[float]:
    shares: list[float] = []
    clock = ManualClock()
    async with opened(folder / "archive", clock) as archive:
        await record(archive, clock, packets)
        await export(archive.reader, order, folder / "export", shares.append)
    return shares


def exported(
    folder: Path,
    packets: list[Packet],
    form: str,
    begin_s: float = 0,
    end_s: float = 100,
    **more: int,
) -> Path:
    order = ExportOrder(
        "cam", T0 + int(begin_s * SECOND), T0 + int(end_s * SECOND), form, True, **more
    )
    shares = asyncio.run(_exported(folder, packets, order))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sorted(path.name for path in folder.iterdir()) == ["archive", "export"]
    return folder / "export"


def duration(path: Path, kind: str) -> float:
    with av.open(str(path)) as given:
        stream = given.streams.video[0] if kind == "video" else given.streams.audio[0]
        ends = [
            float((one.pts + (one.duration or 0)) * one.time_base)
            for one in given.demux(stream)
            if one.pts is not None and one.time_base is not None
        ]
        return max(ends)


def video_bytes(path: Path) -> list[bytes]:
    with av.open(str(path)) as given:
        return [bytes(one) for one in given.demux(video=0) if one.size]


@pytest.mark.peer
@pytest.mark.parametrize("form", ["mkv", "mp4"])
@pytest.mark.parametrize(
    ("video", "sound"),
    [
        (Codec.H264, Codec.AAC),
        (Codec.H264, Codec.PCMU),
        (Codec.H265, Codec.G726),
        (Codec.MJPEG, Codec.L16),
        (Codec.MPEG4, Codec.OPUS),
    ],
)
def test_pictures_are_copied_and_sound_kept_in_time(
    tmp_path: Path, video: Codec, sound: Codec, form: str
) -> None:
    pictures = encoded.video(video, 5)
    path = exported(tmp_path, encoded.mixed(pictures, encoded.audio(sound, 5)), form)
    assert video_bytes(path) == [one.data for one in pictures]
    assert decode_errors(path) == ""
    assert abs(duration(path, "video") - 5) <= 0.001
    assert abs(duration(path, "audio") - 5) <= 0.07
    assert abs(float(probe(path)["format"]["duration"]) - 5) <= 0.08
    assert abs(loud_seconds(path) - 1) <= 0.04


def loud_seconds(path: Path) -> float:
    """When, in the file's time, the tone drops for the first time: at 1 s it was made to."""
    with av.open(str(path)) as given:
        stream = given.streams.audio[0]
        rate = stream.codec_context.sample_rate
        resampler = av.AudioResampler("flt", "mono", rate)
        parts, start = [], None
        for frame in given.decode(stream):
            start = frame.time if start is None else start
            frame.pts = None
            parts += [one.to_ndarray().ravel() for one in resampler.resample(frame)]
    wave = np.concatenate(parts)
    window = rate // 50
    level = np.sqrt(np.convolve(wave**2, np.ones(window) / window, "same"))
    middle = slice(int(0.5 * rate), int(1.5 * rate))
    fall = np.argmin(np.gradient(level[middle])) + middle.start
    assert start is not None
    return float(start) + fall / rate


@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_b_frames_survive(tmp_path: Path, form: str) -> None:
    pictures = encoded.video(Codec.H264, 3, bframes=2)
    path = exported(tmp_path, pictures, form)
    with av.open(str(path)) as given:
        shown = [frame.time for frame in given.decode(video=0)]
    assert shown == sorted(shown)
    steps = np.diff(shown)
    assert len(shown) == len(pictures)
    assert np.allclose(steps, 0.04, atol=0.0002)


def test_a_period_begins_with_the_key_frame_before_it(tmp_path: Path) -> None:
    pictures = encoded.video(Codec.H264, 6)
    path = exported(tmp_path, pictures, "mkv", 2.5, 4.2)
    assert video_bytes(path) == [one.data for one in pictures[50:105]]
    assert abs(duration(path, "video") - 2.2) <= 0.001


def test_sound_from_before_the_first_picture_is_left_out(tmp_path: Path) -> None:
    packets = encoded.mixed(encoded.video(Codec.H264), encoded.audio(Codec.PCMU))
    path = exported(tmp_path, packets[20:], "mkv")
    with av.open(str(path)) as given:
        first = {one.stream.type: one.pts for one in reversed(list(given.demux())) if one.size}
    assert first["video"] == 0
    assert 0 <= first["audio"] < 300  # ticks of 100 us


def test_holes_are_closed_up(tmp_path: Path) -> None:
    pictures = encoded.video(Codec.H264, 6)
    path = exported(tmp_path, pictures[:50] + pictures[125:], "mp4")
    assert abs(duration(path, "video") - 3) <= 0.05
    assert video_bytes(path) == [one.data for one in pictures[:50] + pictures[125:]]


def test_mp4_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="export as MKV"):
        exported(tmp_path, encoded.video(Codec.SNOW, 1), "mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


@pytest.mark.parametrize(("form", "suffix"), [("jpeg", "jpg"), ("png", "png")])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265, Codec.MJPEG])
def test_pictures_come_as_a_zip_named_by_time(
    tmp_path: Path, codec: Codec, form: str, suffix: str
) -> None:
    path = exported(tmp_path, encoded.video(codec, 3), form, 0.5, 2.5, every_us=500_000)
    with zipfile.ZipFile(path) as made:
        names = made.namelist()
        # The first picture at or after each time that is due.
        assert names == [
            f"2027-01-15T08-00-{at}Z.{suffix}" for at in ("00.520", "01.000", "01.520", "02.000")
        ]
        for number, name in zip((13, 25, 38, 50), names, strict=True):
            with av.open(io.BytesIO(made.read(name))) as given:
                frame = next(given.decode(video=0)).to_ndarray(format="rgb24")
            wanted = encoded.picture(number).to_ndarray()
            assert np.abs(frame.astype(int) - wanted).mean() < 12


@pytest.mark.parametrize("form", ["mkv", "mp4", "jpeg"])
def test_no_footage_is_an_error_and_leaves_nothing(tmp_path: Path, form: str) -> None:
    with pytest.raises(ExportError, match="no footage"):
        exported(tmp_path, encoded.video(Codec.MJPEG, 1), form, 50, 60)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="choose one of"):
        exported(tmp_path, encoded.video(Codec.MJPEG, 1), "gif")


async def test_a_cancelled_export_leaves_nothing(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path / "archive", clock) as archive:
        await record(archive, clock, encoded.video(Codec.MJPEG, 3))
        under_way = asyncio.Event()
        order = ExportOrder("cam", T0, T0 + 10 * SECOND)
        target = tmp_path / "export.mkv"
        work = asyncio.create_task(
            export(archive.reader, order, target, lambda share: under_way.set())
        )
        await under_way.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]  # noqa: ASYNC240
