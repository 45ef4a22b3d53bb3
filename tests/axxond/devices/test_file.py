"""A file on the server as a camera; its playing is tested with libav and with MxPEG."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.types import Codec, FailureKind, MediaKind
from tests.axxond.devices.test_libav import make_clip
from tests.axxond.devices.web.test_mjpeg import failure, received


@pytest.mark.parametrize("as_uri", [False, True])
async def test_a_file_is_a_camera(tmp_path: Path, as_uri: bool) -> None:
    clip = make_clip(tmp_path / "a clip.mp4")
    sink = await received(clip.as_uri() if as_uri else str(clip), 30, "file")
    assert sink.units(MediaKind.VIDEO)[0].format.codec is Codec.H264


async def test_each_way_to_fail_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.touch()
    text.write_text("no video " * 1000)
    for path, kind, words in (
        (tmp_path / "none.mp4", FailureKind.UNREACHABLE, "no file"),
        (tmp_path, FailureKind.UNREACHABLE, "folder"),
        (empty, FailureKind.NOT_VIDEO, "empty"),
        (text, FailureKind.NOT_VIDEO, "no video"),
    ):
        error = await failure(str(path), "file")
        assert (error.kind, words in str(error), str(path) in str(error)) == (kind, True, True)


@pytest.mark.parametrize("url", ["rtsp://192.0.2.1/x", "http://192.0.2.1/x", "file://[", ""])
async def test_an_address_that_is_no_file_is_told(url: str) -> None:
    error = await failure(url, "file")
    assert error.kind is FailureKind.UNREACHABLE
    assert "no file on the server" in str(error)
