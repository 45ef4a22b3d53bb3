from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from axxond.devices.demo import clips, nal
from axxond.devices.demo.track import Track
from protocol.types import Codec
from tests.axxond.devices.demo.conftest import join_fu_a, join_h265, make_clip


def test_a_clip_keeps_its_access_units(clip: Path) -> None:
    track = clips.read_video(clip)
    with av.open(str(clip)) as container:
        data = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert len(track.units) == len(data) == 20
    for unit, original in zip(track.units, data, strict=True):
        nals = nal.split_lengths(original, 4)
        assert join_fu_a(list(unit.payloads))[-len(nals) :] == nals


def test_times_and_key_frames_are_those_of_the_clip(clip: Path) -> None:
    track = clips.read_video(clip)
    assert track.loop_s == 2
    assert [unit.ticks for unit in track.units] == [9000 * number for number in range(20)]
    assert [unit.due_us for unit in track.units] == [100_000 * number for number in range(20)]
    assert [n for n, unit in enumerate(track.units) if unit.keyframe] == [0, 10]


def test_key_frames_carry_the_parameter_sets(clip: Path, h265_clip: Path) -> None:
    h264 = clips.read_video(clip)
    kinds = [nal.h264_type(unit) for unit in join_fu_a(list(h264.units[10].payloads))]
    assert kinds[:2] == [nal.H264_SPS, nal.H264_PPS]
    assert nal.H264_IDR in kinds
    h265 = clips.read_video(h265_clip)
    assert h265.codec is Codec.H265
    kinds = [nal.h265_type(unit) for unit in join_h265(list(h265.units[10].payloads))]
    assert kinds[:3] == [nal.H265_VPS, nal.H265_SPS, nal.H265_PPS]


def test_time_stamps_go_on_over_the_loop(clip: Path) -> None:
    track = clips.read_video(clip)
    ticks = [track.ticks(place) for place in range(65)]
    assert ticks == [9000 * place for place in range(65)]
    assert track.due_us(65) == 6_500_000


@pytest.mark.parametrize(
    ("elapsed_us", "place"), [(0, 0), (1, 10), (1_000_000, 10), (1_900_001, 20), (7_000_001, 80)]
)
def test_a_session_joins_at_the_next_key_frame(clip: Path, elapsed_us: int, place: int) -> None:
    assert clips.read_video(clip).place_at(elapsed_us) == place


def test_a_gop_of_more_than_the_limit_does_not_fit(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "long.mp4", gop_frames=15)
    assert clips.fits_streaming(path, Fraction(3, 2))
    assert not clips.fits_streaming(path, Fraction(1))


def test_a_file_that_is_no_video_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "no.mp4"
    path.write_bytes(b"this is not a film")
    with pytest.raises(clips.ClipError, match=r"no\.mp4"):
        clips.read_video(path)
    with pytest.raises(clips.ClipError, match=r"absent\.mp4"):
        clips.read_video(tmp_path / "absent.mp4")


def test_an_encoding_that_fails_leaves_no_file(tmp_path: Path) -> None:
    source = tmp_path / "cut.mp4"
    make_clip(source)
    target = tmp_path / "target.mp4"

    def frames() -> object:
        yield from clips.pictures(source)
        raise clips.ClipError("the source broke")

    with pytest.raises(clips.ClipError, match="broke"):
        clips.encode(
            frames(),  # type: ignore[arg-type]
            {target: clips.Encoding(64, 48, Fraction(10))},
            lambda: None,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.mp4"]


def test_a_constant_rate_is_kept(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "source.mp4")
    path = tmp_path / "rate.mp4"
    encoding = clips.Encoding(320, 240, Fraction(10), Fraction(1), rate_bps=200_000)
    clips.encode(clips.pictures(source), {path: encoding}, lambda: None)
    track: Track = clips.read_video(path)
    rate_bps = sum(unit.size_bytes for unit in track.units) * 8 / float(track.loop_s)
    assert 150_000 < rate_bps < 260_000


def test_sound_of_a_clip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_mulaw", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=8000)
        frame.sample_rate = 8000
        frame.planes[0].update(bytes(16000))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    track = clips.read_audio(path)
    assert track is not None
    assert track.codec is Codec.PCMU
    assert track.loop_s == 1
    assert track.units[1].ticks == 320


def test_a_silent_clip_has_no_sound(clip: Path) -> None:
    assert clips.read_audio(clip) is None
