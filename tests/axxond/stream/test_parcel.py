from __future__ import annotations

from typing import NamedTuple

import pytest
from attrs import define, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from axxond.stream import parcel
from axxond.stream.stage import DecodeStats

ANSWERS = st.lists(
    st.builds(
        parcel.Done,
        st.integers(0, 99),
        st.lists(st.binary(max_size=99)),
        st.builds(DecodeStats, st.integers(0, 9)),
    ),
    max_size=6,
)


@given(ANSWERS, st.data())
def test_parcels_come_out_whole_however_the_pipe_cuts_them(
    answers: list[parcel.Done], data: st.DataObject
) -> None:
    sent = b"".join(parcel.packed(one) for one in answers)
    unpacker, found = parcel.Unpacker(), []
    while sent:
        cut = data.draw(st.integers(1, len(sent)))
        found += unpacker.feed(sent[:cut])
        sent = sent[cut:]
    assert found == answers


@frozen
class Plain:
    at: int
    _hidden: str = ""
    parts: tuple[Plain, ...] = ()


class Named(NamedTuple):
    at: int
    parts: tuple[Plain, ...] = ()


@define(kw_only=True)
class ByName:
    at: int


@define
class Counting:
    at: int
    count: int = field(init=False, default=0)


@frozen
class Rounded:
    at: int = field(converter=lambda given: given + 1)


def counted() -> Counting:
    made = Counting(5)
    made.count = 9
    return made


@pytest.mark.parametrize(
    "thing",
    [
        Plain(1, "a", (Plain(2), Plain(3, "b"))),
        Named(7, (Plain(8),)),
        ByName(at=4),
        counted(),
        Rounded(6),
    ],
)
def test_things_come_out_as_they_went_in(thing: object) -> None:
    (found,) = parcel.Unpacker().feed(parcel.packed(parcel.Tell(1, thing)))
    assert found == parcel.Tell(1, thing)
    assert type(found.word) is type(thing)
