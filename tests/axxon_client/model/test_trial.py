from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxon_client.model.trial import WINDOW_US, FireLog, FireSpan
from protocol.types import Phase, PreviewMark

S = 1_000_000


def mark(at_s: float, phase: Phase) -> PreviewMark:
    return PreviewMark(round(at_s * S), phase)


def test_it_fires_while_any_of_overlapping_events_goes_on() -> None:
    log = FireLog()
    log.feed(3 * S, [mark(1, Phase.BEGIN), mark(2, Phase.BEGIN), mark(3, Phase.END)])
    assert log.firing
    log.feed(4 * S, [mark(4, Phase.END)])
    assert not log.firing
    assert log.spans == (FireSpan(1 * S, 4 * S),)


def test_an_instant_is_a_short_span() -> None:
    log = FireLog()
    log.feed(2 * S, [mark(2, Phase.INSTANT)])
    assert not log.firing
    assert log.spans == (FireSpan(2 * S, 2_500_000),)


def test_what_is_older_than_a_minute_is_forgotten_but_what_goes_on() -> None:
    log = FireLog()
    log.feed(5 * S, [mark(1, Phase.INSTANT), mark(2, Phase.BEGIN)])
    log.feed(200 * S, [])
    assert log.spans == (FireSpan(2 * S, None),)


def test_other_settings_begin_with_nothing() -> None:
    log = FireLog()
    log.feed(5 * S, [mark(2, Phase.BEGIN)])
    log.restart()
    assert not log.firing
    log.feed(6 * S, [mark(6, Phase.END)])
    assert log.spans == ()


marks = st.builds(PreviewMark, st.integers(0, 100 * S), st.sampled_from(Phase))


@given(st.lists(st.tuples(st.integers(0, 5 * S), st.lists(marks, max_size=5)), max_size=60))
def test_whatever_is_told_the_log_stays_small_and_in_its_window(
    told: list[tuple[int, list[PreviewMark]]],
) -> None:
    log = FireLog()
    now_us = 0
    for step_us, some in told:
        now_us += step_us
        log.feed(now_us, some)
        ended = [span.end_us for span in log.spans if span.end_us is not None]
        assert all(end >= now_us - WINDOW_US for end in ended)
        assert len(log.spans) <= 200
        assert sum(span.end_us is None for span in log.spans) == log.firing
