"""Search by pictures: intervals that open into finer ones, and the way back."""

from __future__ import annotations

import pytest
from PyQt5.QtCore import QCoreApplication

from axxon_client.model.bridge import Failure
from axxon_client.model.interval import COUNT, IntervalModel
from axxon_client.model.words import HOUR_US, US
from protocol.messages import GetPictures, Pictures
from protocol.types import Codec, PictureAt, VideoFormat
from tests.fakes.requester import NOW_US, FakeRequester

FORM = VideoFormat(Codec.H264, 64, 36)


def evenly(request: GetPictures) -> Pictures:
    step = (request.end_us - request.begin_us) // request.count
    times = [request.begin_us + number * step for number in range(request.count)]
    return Pictures([PictureAt(time_us, FORM, 2) for time_us in times])


@pytest.fixture
def requester() -> FakeRequester:
    made = FakeRequester()
    made.answers[GetPictures] = evenly
    made.payload = b"".join(bytes([number] * 2) for number in range(COUNT))
    return made


@pytest.fixture
def model(qapp: QCoreApplication, requester: FakeRequester) -> IntervalModel:
    made = IntervalModel(requester)
    made.open("gate", NOW_US, NOW_US + 12 * HOUR_US)
    return made


def test_an_interval_is_cut_into_twelve_each_with_its_picture(model: IntervalModel) -> None:
    assert [shot.payload for shot in model.shots] == [bytes([n] * 2) for n in range(COUNT)]
    assert [shot.end_us - shot.time_us for shot in model.shots] == [HOUR_US] * COUNT


def test_it_opens_finer_and_finer_until_there_is_nothing_finer(model: IntervalModel) -> None:
    spans = []
    while model.descend(3):
        assert model.level is not None
        spans.append(model.level.span_us)
    assert spans[:3] == [HOUR_US, 300 * US, 25 * US]
    assert spans[-1] >= 2 * US
    assert not model.shots[3].opens


def test_back_up_leads_the_same_way(model: IntervalModel, requester: FakeRequester) -> None:
    model.descend(3)
    model.descend(5)
    assert model.up()
    asked = requester.of(GetPictures)[-1]
    assert (asked.begin_us, asked.end_us) == (NOW_US + 3 * HOUR_US, NOW_US + 4 * HOUR_US)
    assert model.up()
    assert not model.up()


def test_an_answer_to_an_older_question_is_not_shown(requester: FakeRequester) -> None:
    del requester.answers[GetPictures]
    model = IntervalModel(requester)
    model.open("gate", NOW_US, NOW_US + HOUR_US)
    model.open("yard", NOW_US, NOW_US + HOUR_US)
    first, second = requester.open
    assert first[1] is not None
    first[1](evenly(first[0]), b"x" * 24)  # type: ignore[arg-type]
    assert model.shots == []
    assert model.loading
    assert second[1] is not None
    second[1](evenly(second[0]), b"y" * 24)  # type: ignore[arg-type]
    assert model.shots[0].payload == b"yy"


def test_a_refusal_is_told_and_ends_the_wait(requester: FakeRequester) -> None:
    requester.answers[GetPictures] = lambda _m: Failure("No such camera.")
    model = IntervalModel(requester)
    told: list[str] = []
    model.failed.connect(lambda failure: told.append(failure.text))
    model.open("gate", NOW_US, NOW_US + HOUR_US)
    assert told == ["No such camera."]
    assert not model.loading


def test_one_lonely_picture_is_not_opened_for_ever(requester: FakeRequester) -> None:
    requester.answers[GetPictures] = lambda m: Pictures([PictureAt(m.begin_us, FORM, 2)])
    model = IntervalModel(requester)
    model.open("gate", NOW_US, NOW_US + HOUR_US)
    assert model.descend(0)
    assert not model.descend(0)
