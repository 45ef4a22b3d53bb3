"""Real sound, as cameras encode it; the truth is found as tests.bench.accuracy_audio says."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.types import Codec
from tests.bench import accuracy_audio


@pytest.mark.parametrize("codec", [None, Codec.AAC, Codec.PCMA])
def test_silence_signal_and_noise_are_found_within_half_a_second(
    codec: Codec | None, shared_data: Path
) -> None:
    assert (shared_data / "audio").is_dir()
    for track in (accuracy_audio.phrase(), accuracy_audio.scenes()):
        lines = accuracy_audio.scored(track, "", codec)
        assert [(line.false, line.missed) for line in lines] == [(0, 0)] * 3
        assert sum(line.true for line in lines) >= 6
