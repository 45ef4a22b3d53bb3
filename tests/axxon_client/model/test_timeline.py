from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from axxon_client.model.axis import Axis
from axxon_client.model.timeline import TimeLineModel
from axxon_client.model.timelines import TimeLinesModel
from axxon_client.model.words import HOUR_US, US
from protocol.messages import (
    FindNext,
    Found,
    GetTimeLine,
    GetTimeLines,
    TimeLine,
    TimeLines,
)
from protocol.types import CameraLine, Span
from tests.fakes.requester import NOW_US, FakeRequester

AXIS = Axis(NOW_US - HOUR_US, NOW_US, 1000)
LINE = TimeLine(
    NOW_US - HOUR_US,
    NOW_US,
    [
        Span(NOW_US - 600 * US, NOW_US, "footage"),
        Span(NOW_US - 3600 * US, NOW_US - 1200 * US, "footage"),
        Span(NOW_US - 1200 * US, NOW_US - 600 * US, "gap", "camera-down"),
        Span(NOW_US - 300 * US, NOW_US - 290 * US, "alarm", id="a"),
        Span(NOW_US - 300 * US, NOW_US - 280 * US, "detector"),
    ],
)


@pytest.fixture
def model(qtbot: QtBot, requester: FakeRequester) -> TimeLineModel:
    requester.answers[GetTimeLine] = lambda _m: LINE
    return TimeLineModel(requester)


def test_a_window_is_asked_with_room_on_both_sides(
    qtbot: QtBot, requester: FakeRequester, model: TimeLineModel
) -> None:
    model.set_camera("camera1")
    with qtbot.waitSignal(model.changed):
        model.set_window(AXIS)
    asked = requester.of(GetTimeLine)[-1]
    assert asked.begin_us == AXIS.begin_us - HOUR_US // 2
    assert asked.end_us == AXIS.end_us + HOUR_US // 2
    assert asked.detail_us == round(AXIS.us_per_px)


def test_a_wheel_turned_fast_asks_once(
    qtbot: QtBot, requester: FakeRequester, model: TimeLineModel
) -> None:
    model.set_camera("camera1")
    with qtbot.waitSignal(model.changed):
        for factor in (1.1, 1.2, 1.3, 1.4):
            model.set_window(AXIS.zoomed(factor, 500))
    assert len(requester.of(GetTimeLine)) == 1


def test_spans_are_sorted_out_by_kind(model: TimeLineModel) -> None:
    model.take(LINE)
    assert [span.begin_us for span in model.footage] == [NOW_US - 3600 * US, NOW_US - 600 * US]
    assert model.gaps[0].reason == "camera-down"
    assert (len(model.alarms), len(model.detections)) == (1, 1)


def test_neighbours_are_asked_from_the_server_wherever_they_lie(
    requester: FakeRequester, model: TimeLineModel
) -> None:
    requester.answers[FindNext] = lambda m: Found(NOW_US - 900 * US if m.reverse else None)
    found: list[int | None] = []
    model.find(NOW_US, False, True, found.append)
    assert found == [None]  # no camera yet
    model.set_camera("camera1")
    model.find(NOW_US, False, True, found.append)
    model.find(NOW_US, True, False, found.append)
    assert found == [None, NOW_US - 900 * US, None]
    back, on = requester.of(FindNext)
    assert (back.reverse, back.what, back.time_us) == (True, "alarm", NOW_US - US // 2)
    assert (on.reverse, on.what, on.time_us) == (False, "recording", NOW_US)


def test_the_nearest_footage_is_known_from_the_line(model: TimeLineModel) -> None:
    model.take(LINE)
    assert model.nearest_footage(NOW_US - 700 * US) == NOW_US - 600 * US


def test_without_spans_in_the_window_the_archives_edges_are_the_nearest(
    model: TimeLineModel,
) -> None:
    model.take(TimeLine(10 * US, 20 * US, []))
    assert model.nearest_footage(NOW_US) == 20 * US
    model.take(TimeLine(None, None, []))
    assert model.nearest_footage(NOW_US) is None


def test_another_camera_forgets_the_first_ones_spans(
    requester: FakeRequester, model: TimeLineModel
) -> None:
    model.take(LINE)
    del requester.answers[GetTimeLine]
    model.set_camera("camera2")
    assert model.footage == []
    assert not model.loaded


# --- several cameras


def test_several_cameras_are_one_question(qtbot: QtBot, requester: FakeRequester) -> None:
    def lines(message: GetTimeLines) -> TimeLines:
        spans = [Span(NOW_US - 60 * US, NOW_US, "footage"), Span(0, US, "gap", "disk")]
        empty: list[Span] = []
        return TimeLines(
            [CameraLine(c, None, None, empty if c == "b" else spans) for c in message.cameras]
        )

    requester.answers[GetTimeLines] = lines
    others = TimeLinesModel(requester)
    others.set_window((NOW_US - HOUR_US, NOW_US, 1000))
    others.set_cameras(["a"])
    assert others.cameras == []  # one has no second row
    others.set_cameras(["a", "b", "c"])
    with qtbot.waitSignal(others.changed):
        others.set_window((NOW_US - HOUR_US, NOW_US, 2000))
    asked = requester.of(GetTimeLines)
    assert [(m.cameras, m.detail_us) for m in asked] == [(["a", "b", "c"], 2000)]
    assert others.with_footage(NOW_US - US) == 2
    assert others.with_footage(NOW_US - HOUR_US) == 0
    others.set_cameras([])
    assert others.footage == {}
