"""Decoding times in MP4 rise, whatever the GOPs were."""

from __future__ import annotations

from pathlib import Path

import av
from attrs import evolve

from protocol.types import Codec
from tests.axxond.archive import encoded
from tests.axxond.archive.export.made import SECOND, exported
from tests.axxond.archive.media import T0


def test_a_gop_of_one_picture_before_reordered_ones_is_copied(tmp_path: Path) -> None:
    """Its decoding time is its own; those of the next one begin earlier, for room to reorder."""
    coded = encoded.video(Codec.H264, 1)
    places = [0, 1, *(1 + 3 * group + at for group in range(7) for at in (3, 1, 2))]
    reordered = [
        evolve(packet, pts_us=T0 + place * SECOND, dts_us=T0 + n * SECOND, keyframe=n < 2)
        for n, (packet, place) in enumerate(zip(coded, places, strict=False))
    ]
    (path,) = exported(tmp_path, reordered, "mp4", 0, 20)
    with av.open(str(path), options={"ignore_editlist": "1"}) as given:
        times = [one.dts for one in given.demux(video=0) if one.size]
    assert len(times) >= 18
    assert times == sorted(set(times))
