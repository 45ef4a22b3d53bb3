from __future__ import annotations

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
