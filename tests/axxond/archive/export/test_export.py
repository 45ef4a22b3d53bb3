"""One camera's files: what is in them, and when, as independent readers see it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from axxond.archive.errors import ExportError
from axxond.archive.export import disk
from axxond.archive.export.camera import NoFootageError
from axxond.archive.export.port import CameraOrder
from axxond.media.packet import Packet
from protocol.types import AudioFormat, Codec, ExportMask, VideoFormat
from tests.axxond.archive import encoded
from tests.axxond.archive.export.made import SECOND, Source, export, exported, record
from tests.axxond.archive.media import T0, ManualClock, opened
from tests.axxond.archive.test_players import decode_errors, probe

FRAME = 0.04


def only(files: list[Path]) -> Path:
    (path,) = files
    return path


def film(
    pictures: Codec = Codec.H264, sound: Codec = Codec.PCMU, seconds: float = 8
) -> list[Packet]:
    return encoded.mixed(encoded.video(pictures, seconds), encoded.audio(sound, seconds))


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
    """All of it, also what an edit list hides."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as given:
        return [bytes(one) for one in given.demux(video=0) if one.size]


def ffprobe(path: Path, *what: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", *what, "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return json.loads(done.stdout)


def tracks(path: Path) -> dict[str, dict[str, Any]]:
    return {one["codec_type"]: one for one in probe(path)["streams"]}


def loud_seconds(path: Path) -> float:
    """When, in the file's time, the tone drops for the first time."""
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
    middle = slice(int(0.1 * rate), int(1.05 * rate))
    fall = np.argmin(np.gradient(level[middle])) + middle.start
    assert start is not None
    return float(start) + fall / rate


def pictures_of(path: Path) -> list[tuple[float, np.ndarray]]:  # type: ignore[type-arg]
    with av.open(str(path)) as given:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in given.decode(video=0)]


# --- copying ---


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
    path = only(exported(tmp_path, encoded.mixed(pictures, encoded.audio(sound, 5)), form))
    assert video_bytes(path) == [one.data for one in pictures]
    assert decode_errors(path) == ""
    assert abs(duration(path, "video") - 5) <= 0.001
    assert abs(duration(path, "audio") - 5) <= 0.07
    assert abs(float(probe(path)["format"]["duration"]) - 5) <= 0.02
    assert abs(loud_seconds(path) - 1) <= 0.04


@pytest.mark.peer
@pytest.mark.parametrize("sound", [Codec.AAC, Codec.PCMA, Codec.G726, Codec.L16, Codec.OPUS])
def test_an_mp4_is_exactly_the_period(tmp_path: Path, sound: Codec) -> None:
    """From the middle of a group of pictures to the middle of a frame."""
    pictures = encoded.video(Codec.H264, 8)
    packets = encoded.mixed(pictures, encoded.audio(sound, 8))
    path = only(exported(tmp_path, packets, "mp4", 2.51, 6.13))
    assert abs(float(probe(path)["format"]["duration"]) - 3.62) <= 0.002
    found = tracks(path)
    assert abs(float(found["video"]["duration"]) - 3.62) <= 0.002
    assert abs(float(found["audio"]["duration"]) - 3.62) <= 0.025
    assert abs(float(found["video"]["start_time"]) - float(found["audio"]["start_time"])) <= 0.04
    assert decode_errors(path) == ""
    # The lead-in is in the file for the decoder, and not one byte of it is encoded anew.
    assert video_bytes(path) == [one.data for one in pictures[50:154]]
    shown = pictures_of(path)
    assert 90 <= len(shown) <= 92
    wanted = encoded.picture(153).to_ndarray()
    assert np.abs(shown[-1][1].astype(int) - wanted).mean() < 12
    # The tone falls at every whole second: at 3 s of the footage, 0.49 s into the film.
    assert abs(loud_seconds(path) - 0.49) <= 0.04


@pytest.mark.peer
def test_an_mkv_begins_with_the_key_frame_and_a_chapter_names_the_period(tmp_path: Path) -> None:
    pictures = encoded.video(Codec.H264, 8)
    path = only(exported(tmp_path, film(), "mkv", 2.51, 6.13))
    assert video_bytes(path) == [one.data for one in pictures[50:154]]
    (chapter,) = ffprobe(path, "-show_chapters")["chapters"]
    assert float(chapter["start_time"]) == 0.51
    assert float(chapter["end_time"]) == 0.51 + 3.62
    assert chapter["tags"]["title"] == "Gate 1"
    assert abs(float(probe(path)["format"]["duration"]) - 4.13) <= 0.001


@pytest.mark.peer
def test_an_mkv_that_begins_with_the_period_needs_no_chapter(tmp_path: Path) -> None:
    path = only(exported(tmp_path, film(), "mkv", 2, 6))
    assert ffprobe(path, "-show_chapters")["chapters"] == []
    assert abs(float(probe(path)["format"]["duration"]) - 4) <= 0.001


@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_b_frames_survive(tmp_path: Path, form: str) -> None:
    pictures = encoded.video(Codec.H264, 3, bframes=2)
    path = only(exported(tmp_path, pictures, form))
    shown = [at for at, _ in pictures_of(path)]
    assert shown == sorted(shown)
    assert len(shown) == len(pictures)
    assert np.allclose(np.diff(shown), FRAME, atol=0.0002)


def test_files_are_named_by_camera_and_time(tmp_path: Path) -> None:
    path = only(exported(tmp_path, film(), "mkv", 2.51, 6))
    assert path.name == "Gate 1 2027-01-15T08-00-02Z.mkv"


@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_sound_from_before_the_first_picture_is_left_out(tmp_path: Path, form: str) -> None:
    path = only(exported(tmp_path, film()[20:], form))
    with av.open(str(path)) as given:
        first = {
            one.stream.type: float(one.pts * one.time_base)
            for one in reversed(list(given.demux()))
            if one.size
        }
    assert first["video"] == 0
    assert -0.13 <= first["audio"] < 0.03  # below zero: an AAC encoder's run-up


@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_holes_are_closed_up(tmp_path: Path, form: str) -> None:
    pictures = encoded.video(Codec.H264, 6)
    path = only(exported(tmp_path, pictures[:50] + pictures[125:], form))
    assert abs(duration(path, "video") - 3) <= 0.05
    assert video_bytes(path) == [one.data for one in pictures[:50] + pictures[125:]]


def test_a_change_of_encoding_begins_another_file(tmp_path: Path) -> None:
    first = encoded.video(Codec.H264, 6)[:75]
    second = encoded.video(Codec.H265, 6)[75:]
    files = exported(tmp_path, first + second, "mp4", 1.5, 5)
    assert [path.name.partition("Z")[2] for path in files] == [".mp4", " part 2.mp4"]
    assert [tracks(path)["video"]["codec_name"] for path in files] == ["h264", "hevc"]
    assert abs(float(probe(files[0])["format"]["duration"]) - 1.5) <= 0.002
    assert abs(float(probe(files[1])["format"]["duration"]) - 2) <= 0.002


@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_sound_that_comes_late_is_in_the_film_or_in_the_next_one(
    tmp_path: Path, form: str
) -> None:
    pictures = encoded.video(Codec.H264, 12)
    sounds = encoded.audio(Codec.PCMU, 12)
    late = [one for one in sounds if one.pts_us > T0 + 2 * SECOND]
    path = only(exported(tmp_path, encoded.mixed(pictures, late), form))
    assert set(tracks(path)) == {"video", "audio"}
    tmp_path = tmp_path / "later"
    tmp_path.mkdir()
    later = [one for one in sounds if one.pts_us > T0 + 6 * SECOND]
    files = exported(tmp_path, encoded.mixed(pictures, later), form)
    assert [set(tracks(path)) for path in files] == [{"video"}, {"video", "audio"}]


# --- encoding anew ---


@pytest.mark.peer
@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_a_painted_film_is_exactly_the_period_in_either_container(
    tmp_path: Path, form: str
) -> None:
    path = only(exported(tmp_path, film(Codec.H265), form, 2.51, 6.13, stamp=True))
    assert tracks(path)["video"]["codec_name"] == "h264"
    assert abs(float(probe(path)["format"]["duration"]) - 3.62) <= 0.02
    assert decode_errors(path) == ""
    shown = pictures_of(path)
    assert len(shown) == 92
    assert abs(shown[0][0]) <= 0.001
    assert abs(shown[1][0] - 0.01) <= 0.001
    assert abs(loud_seconds(path) - 0.49) <= 0.04


@pytest.mark.peer
def test_mp4_gets_h264_for_what_it_cannot_hold(tmp_path: Path) -> None:
    path = only(exported(tmp_path, film(Codec.SNOW, Codec.G726), "mp4", 1, 4))
    assert {kind: one["codec_name"] for kind, one in tracks(path).items()} == {
        "video": "h264",
        "audio": "aac",
    }
    assert decode_errors(path) == ""
    shown = pictures_of(path)
    assert len(shown) == 75
    for at in (0, 74):
        wanted = encoded.picture(25 + at).to_ndarray()
        assert np.abs(shown[at][1].astype(int) - wanted).mean() < 14


@pytest.mark.peer
def test_mxpeg_plays_as_h264(tmp_path: Path, shared_data: Path) -> None:
    """A stream whose pictures are changes of the one before."""
    pictures = mxpeg(shared_data / "codec" / "synth_mxpeg_A.mxg")
    assert len(pictures) == 100
    path = only(exported(tmp_path, pictures, "mp4"))
    assert tracks(path)["video"]["codec_name"] == "h264"
    assert decode_errors(path) == ""
    shown = pictures_of(path)
    assert len(shown) >= 98
    with av.open(str(shared_data / "codec" / "synth_mxpeg_A.mxg")) as given:
        wanted = [frame.to_ndarray(format="rgb24") for frame in given.decode(video=0)]
    assert np.abs(shown[-1][1].astype(int) - wanted[-1]).mean() < 14


def mxpeg(path: Path) -> list[Packet]:
    found: list[Packet] = []
    with av.open(str(path)) as given:
        stream = given.streams.video[0]
        size = stream.codec_context
        for packet in given.demux(stream):
            if packet.size:
                form = VideoFormat(Codec.MXPEG, size.width or 640, size.height or 480)
                form = found[0].format if found else form
                pts = T0 + len(found) * 40_000
                key = not found or packet.is_keyframe
                found.append(Packet(form, bytes(packet), pts, pts, 40_000, key))
    return found


@pytest.mark.peer
@pytest.mark.parametrize(
    ("name", "sound"), [("synth_mxpeg_A.mxg", Codec.PCMA), ("snow_pcm.mkv", Codec.L16)]
)
@pytest.mark.parametrize("form", ["mkv", "mp4"])
def test_samples_of_odd_codecs_keep_picture_and_sound_together(
    tmp_path: Path, shared_data: Path, name: str, sound: Codec, form: str
) -> None:
    """In MKV as they are, in MP4 as H.264 and AAC; both exact, and in step."""
    sample = shared_data / "codec" / name
    pictures, sounds = sample_video(sample), sample_audio(sample, sound)
    arrived = sorted([*pictures, *sounds], key=lambda one: one.pts_us + one.duration_us)
    path = only(exported(tmp_path, arrived, form))
    wanted = (pictures[-1].pts_us + pictures[-1].duration_us - T0) / SECOND
    assert abs(duration(path, "video") - wanted) <= 0.04
    heard = (sounds[-1].pts_us + sounds[-1].duration_us - T0) / SECOND
    assert abs(duration(path, "audio") - heard) <= 0.07
    found = tracks(path)
    if form == "mp4":
        assert (found["video"]["codec_name"], found["audio"]["codec_name"]) == ("h264", "aac")
        begins = [float(one["start_time"]) for one in found.values()]
        assert max(begins) - min(begins) <= 0.04
        assert decode_errors(path) == ""
    ours, theirs = level(path), level(sample)
    apart = np.abs(ours[: len(theirs)] - theirs[: len(ours)])
    assert min(len(ours), len(theirs)) > 0.9 * max(len(ours), len(theirs))
    assert np.mean(apart) < 0.15 * np.mean(theirs)  # every 20 ms as loud as it was then


def sample_video(path: Path) -> list[Packet]:
    if path.suffix == ".mxg":
        return mxpeg(path)
    with av.open(str(path)) as given:
        stream = given.streams.video[0]
        form = VideoFormat(
            Codec.SNOW, stream.width, stream.height, stream.codec_context.extradata or b""
        )
        step_us = round(SECOND / float(stream.average_rate or 10))
        found = [one for one in given.demux(stream) if one.size]
        return [
            Packet(form, bytes(one), at, at, step_us, one.is_keyframe)
            for number, one in enumerate(found)
            for at in (T0 + number * step_us,)
        ]


def sample_audio(path: Path, codec: Codec) -> list[Packet]:
    """PCM little-endian becomes network order, as cameras send it."""
    width = 2 if codec is Codec.L16 else 1
    form = AudioFormat(codec, 8000, 1, 16 if width == 2 else 0)
    with av.open(str(path)) as given:
        whole = b"".join(bytes(one) for one in given.demux(audio=0) if one.size)
    if width == 2:
        whole = np.frombuffer(whole, "<i2").astype(">i2").tobytes()
    size = 320 * width
    pieces = [whole[at : at + size] for at in range(0, len(whole) - size + 1, size)]
    return [
        Packet(form, piece, T0 + number * 40_000, T0 + number * 40_000, 40_000, True)
        for number, piece in enumerate(pieces)
    ]


def level(path: Path) -> np.ndarray:  # type: ignore[type-arg]
    """How loud each 20 ms is."""
    with av.open(str(path)) as given:
        resampler = av.AudioResampler("flt", "mono", 8000)
        parts = []
        for frame in given.decode(audio=0):
            frame.pts = None
            parts += [one.to_ndarray().ravel() for one in resampler.resample(frame)]
    wave = np.concatenate(parts)
    whole = wave[: len(wave) // 160 * 160].reshape(-1, 160)
    return np.sqrt((whole**2).mean(axis=1))


def test_the_stamp_covers_the_corner_and_nothing_else(tmp_path: Path) -> None:
    path = only(exported(tmp_path, film(), "mkv", 0, 1, stamp=True))
    _, picture = pictures_of(path)[10]
    wanted = encoded.picture(10).to_ndarray().astype(int)
    assert np.abs(picture[20:].astype(int) - wanted[20:]).mean() < 14
    corner = picture[2:12, 2:120].astype(int)
    assert corner.min() < 40  # black ground
    assert corner.max() > 180  # white letters


@pytest.mark.parametrize("how", ["black", "pixelate"])
@pytest.mark.parametrize("form", ["mp4", "png"])
def test_a_mask_hides_its_polygon_and_nothing_else(tmp_path: Path, how: str, form: str) -> None:
    polygon = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]
    mask = ExportMask("cam", [polygon], how)
    files = exported(tmp_path, film(), form, 0, 1, mask=mask)
    if form == "mp4":
        picture = pictures_of(only(files))[10][1].astype(int)
    else:
        with av.open(str(sorted(files)[10])) as given:
            picture = next(given.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    wanted = encoded.picture(10).to_ndarray().astype(int)
    hidden = picture[28:68, 44:116]
    if how == "black":
        assert hidden.max() < 40
    else:  # flat within blocks of 16
        blocks = picture[32:64, 48:112].reshape(2, 16, 4, 16, 3)
        assert blocks.std(axis=(1, 3)).max() < 16
        assert wanted[32:64, 48:112].reshape(2, 16, 4, 16, 3).std(axis=(1, 3)).min() >= 0
    around = np.ones(picture.shape[:2], bool)
    around[20:76, 36:124] = False
    assert np.abs(picture - wanted)[around].mean() < 14


# --- pictures ---


@pytest.mark.parametrize(("form", "suffix"), [("jpeg", "jpg"), ("png", "png")])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265, Codec.MJPEG])
def test_pictures_are_named_by_time(tmp_path: Path, codec: Codec, form: str, suffix: str) -> None:
    files = sorted(exported(tmp_path, encoded.video(codec, 3), form, 0.5, 2.5, every_us=500_000))
    # The first picture at or after each time that is due.
    assert [path.name for path in files] == [
        f"2027-01-15T08-00-{at}Z.{suffix}" for at in ("00.520", "01.000", "01.520", "02.000")
    ]
    for number, path in zip((13, 25, 38, 50), files, strict=True):
        with av.open(str(path)) as given:
            frame = next(given.decode(video=0)).to_ndarray(format="rgb24")
        wanted = encoded.picture(number).to_ndarray()
        assert np.abs(frame.astype(int) - wanted).mean() < 12


def test_a_contact_sheet_is_a_pdf_of_key_frames_with_their_times(tmp_path: Path) -> None:
    path = only(exported(tmp_path, film(), "pdf", 0.5, 7.5))
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Subtype /Image") == 8  # one a second, from the one before the period on
    assert data.count(b"/Type /Page\n") == 1


# --- refusals ---


@pytest.mark.parametrize("form", ["mkv", "mp4", "jpeg", "pdf"])
def test_no_footage_is_an_error_and_leaves_nothing(tmp_path: Path, form: str) -> None:
    with pytest.raises(NoFootageError, match="no footage"):
        exported(tmp_path, encoded.video(Codec.MJPEG, 1), form, 50, 60)
    assert list((tmp_path / "export").iterdir()) == []


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="choose one of"):
        exported(tmp_path, encoded.video(Codec.MJPEG, 1), "gif")


def test_a_disk_that_is_nearly_full_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 1 << 60)
    with pytest.raises(ExportError, match="GiB left"):
        exported(tmp_path, encoded.video(Codec.MJPEG, 1), "mkv")


def test_writing_out_begins_now_and_then_with_the_newest_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path] = []
    monkeypatch.setattr(disk, "begin_writing", begun.append)
    guard = disk.DiskGuard()
    guard.passed(1, tmp_path)  # there is no file yet
    path = tmp_path / "film.mkv"
    path.write_bytes(b"x")
    for _ in range(65):
        guard.passed(1 << 20, tmp_path)
    assert begun == [path]


def test_a_file_can_be_written_out_early(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(bytes(1 << 20))
    disk.begin_writing(path)
    disk.sync_file(path)
    assert path.read_bytes() == bytes(1 << 20)


async def test_an_export_waits_while_recording_has_trouble(tmp_path: Path) -> None:
    clock = ManualClock()
    (tmp_path / "export").mkdir()
    async with opened(tmp_path / "archive", clock) as archive:
        await record(archive, clock, encoded.video(Codec.MJPEG, 1))
        asked = []

        def busy(source: Source) -> bool:
            asked.append(True)
            return len(asked) < 3

        order = CameraOrder("cam", "Gate", T0, T0 + SECOND)
        await export(archive, order, tmp_path / "export", busy=busy)
    assert len(asked) >= 3


async def test_a_cancelled_export_lets_go_of_its_files(tmp_path: Path) -> None:
    clock = ManualClock()
    (tmp_path / "export").mkdir()
    async with opened(tmp_path / "archive", clock) as archive:
        await record(archive, clock, encoded.video(Codec.MJPEG, 3))
        under_way = asyncio.Event()
        order = CameraOrder("cam", "Gate", T0, T0 + 10 * SECOND)
        work = asyncio.create_task(
            export(archive, order, tmp_path / "export", lambda share: under_way.set())
        )
        await under_way.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
