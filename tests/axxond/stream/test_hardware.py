"""Decoding on a graphics card: no machine here has one, so the choice, the falling back, and what
becomes of a card's pictures are tested, with a card that is played."""

from __future__ import annotations

from typing import Any

import av
import pytest
from av.error import InvalidDataError

from axxond.stream import hardware
from axxond.stream.decoder import Decoder
from axxond.stream.hardware import Card, Choice
from axxond.stream.stage import DecodeStats
from tests.fakes.coded import packets
from tests.fakes.scene import SceneScript, shots

SCENE = [
    (shot.time_us, shot.luma)
    for shot in shots(SceneScript(width=208, height=120, noise=1), 2, 1_700_000_000_000_000)
]
CODED = packets(SCENE, gop=10)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    made = Card()
    monkeypatch.setattr(hardware, "CARD", made)
    return made


def decoded() -> tuple[int, DecodeStats, list[bool]]:
    stats = DecodeStats()
    decoder = Decoder(stats)
    colours = [chroma is not None for packet in CODED for _, _, chroma in decoder.decode(packet)]
    return len(colours), stats, colours


def test_without_the_wish_no_card_is_asked(card: Card) -> None:
    assert card.context("h264") is None
    assert card.trouble == ""


def test_a_codec_that_cards_do_not_know_is_left_to_the_processor(card: Card) -> None:
    card.choose(Choice.CUDA)
    assert card.context("snow") is None
    assert card.trouble == ""


def has_card() -> bool:
    made = Card()
    made.choose(Choice.CUDA)
    return made.context("h264") is not None


@pytest.mark.skipif(has_card(), reason="there is a card here")
def test_where_there_is_no_card_the_processor_decodes_and_it_is_told(card: Card) -> None:
    card.choose(Choice.CUDA)
    count, stats, _ = decoded()
    assert count == len(CODED)
    assert (stats.on_card, stats.errors) == (False, 0)
    assert card.trouble
    card.choose(Choice.OFF)
    assert card.trouble == ""


def test_a_card_that_is_never_there_is_not_asked_for_ever(card: Card) -> None:
    card.choose(Choice.CUDA)
    for _ in range(10):
        card.refused(OSError("no such device"))
    assert card._refusals >= hardware._MAX_REFUSALS
    assert card.context("h264") is None


class Played(Card):
    """A card: a decoder of the processor in its place, which may fail on pictures."""

    fails = False

    def context(self, name: str) -> Any:
        context = av.CodecContext.create(name, "r")
        return Failing(context) if self.fails else context


class Failing:
    def __init__(self, context: Any) -> None:
        self.__dict__["_context"] = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._context, name, value)

    def decode(self, packet: Any) -> Any:
        raise InvalidDataError(1, "no surface left")


def test_a_card_s_pictures_are_as_the_processor_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "CARD", Played())
    count, stats, colours = decoded()
    assert count == len(CODED)
    assert (stats.on_card, stats.errors) == (True, 0)
    assert all(colours)


def test_a_card_that_fails_on_the_first_picture_costs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = Played()
    card.fails = True
    monkeypatch.setattr(hardware, "CARD", card)
    count, stats, _ = decoded()
    assert count == len(CODED)
    assert (stats.on_card, stats.errors) == (False, 0)
    assert "no surface left" in card.trouble
