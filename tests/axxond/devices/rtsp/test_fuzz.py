"""A short run of the fuzzer; `python -m tests.bench.fuzz_rtsp` is the long one."""

from __future__ import annotations

from tests.bench.fuzz_rtsp import fuzz


def test_two_thousand_damaged_conversations_give_packets_or_clear_refusals() -> None:
    outcome = fuzz(2_000, seed=7)
    assert outcome.crashes == []
    assert outcome.inputs == 2_000
    assert outcome.packets > 2_000
    assert {"garbage", "not-video", "unsupported", "login", "none"} <= set(outcome.refusals)
