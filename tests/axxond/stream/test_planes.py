"""Planes of pictures whose values are known."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from axxond.stream.planes import read


def picture(form: str) -> VideoFrame:
    """Red at the left, blue at the right."""
    rgb = np.zeros((48, 70, 3), np.uint8)
    rgb[:, :36, 0] = 200
    rgb[:, 36:, 2] = 200
    return VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=form)


@pytest.mark.parametrize(
    ("form", "size"),
    [("yuv420p", (24, 35)), ("yuvj420p", (24, 35)), ("yuv422p", (48, 35)), ("yuv444p", (48, 70))],
)
def test_colours_are_read_in_place_at_their_own_size(form: str, size: tuple[int, int]) -> None:
    frame = picture(form)
    luma, chroma = read(frame)
    assert chroma is not None
    cb, cr = chroma
    assert cb.shape == cr.shape == size
    half = size[1] // 2
    assert (cr[:, : half - 2].astype(int) - cb[:, : half - 2]).min() > 80  # red
    assert (cb[:, half + 4 :].astype(int) - cr[:, half + 4 :]).min() > 80  # blue
    assert not cb.flags.owndata
    assert luma.shape == (48, 70)


def test_the_same_format_in_another_size_is_read_in_its_own() -> None:
    for width, wide in ((70, 35), (64, 32)):
        _luma, chroma = read(picture("yuv420p").reformat(width=width))
        assert chroma is not None
        assert chroma[0].shape == (24, wide)


@pytest.mark.parametrize("form", ["gray", "rgb24", "yuv420p10le", "pal8", "nv12"])
def test_what_has_no_planes_of_bytes_for_colour_has_luma_alone(form: str) -> None:
    frame = picture("rgb24").reformat(format="rgb8") if form == "pal8" else picture(form)
    found, chroma = read(frame)
    assert chroma is None
    assert (found.shape, found.dtype, found.strides[1]) == ((48, 70), np.uint8, 1)
