"""The client's decoding on a graphics card: the choice and the falling back.  No machine here has
a card: one is played by a decoder of the processor."""

from __future__ import annotations

from typing import Any

import av
import pytest
from av.error import InvalidDataError

from axxon_client.video import hardware
from axxon_client.video.decode import VideoDecoder
from axxon_client.video.hardware import Card, Choice
from tests.fakes import footage


class Played(Card):
    """`fails`: on every picture."""

    fails = False

    def context(self, name: str) -> Any:
        context = av.CodecContext.create(name, "r")
        if not self.fails:
            return context
        return _Failing(context)


class _Failing:
    def __init__(self, context: Any) -> None:
        self.__dict__["_context"] = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._context, name, value)

    def decode(self, packet: Any) -> Any:
        raise InvalidDataError(1, "no surface left")


def pictures(video: VideoDecoder) -> int:
    loop = footage.loop(1, 320, 180)
    video.configure(loop.format)
    return sum(
        len(video.decode(data, n * 40_000, n * 40_000)) for n, data in enumerate(loop.frames)
    )


def test_where_no_card_can_be_used_the_processor_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card()
    card.choose(Choice.CUDA)
    monkeypatch.setattr(hardware, "CARD", card)
    if card.context("h264") is not None:
        pytest.skip("there is a card here")
    video = VideoDecoder()
    assert pictures(video) == len(footage.loop(1, 320, 180).frames)
    assert (video.on_card, video.errors) == (False, 0)
    assert card.trouble


def test_a_card_that_decodes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "CARD", Played())
    video = VideoDecoder()
    assert pictures(video) == len(footage.loop(1, 320, 180).frames)
    assert video.on_card


def test_a_card_that_fails_on_the_first_picture_costs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = Played()
    card.fails = True
    monkeypatch.setattr(hardware, "CARD", card)
    video = VideoDecoder()
    assert pictures(video) == len(footage.loop(1, 320, 180).frames)
    assert (video.on_card, video.errors) == (False, 0)
    assert "no surface left" in card.trouble


def test_a_single_picture_is_decoded_by_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "CARD", Played())
    video = VideoDecoder(card=False)
    assert pictures(video)
    assert not video.on_card
