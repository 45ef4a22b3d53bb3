"""Levels of detail: what is kept up is what the segments say, at every level, after any change."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.archive.index import Index, drop_segment, put_entries, put_segment
from axxond.archive.matroska.cluster import Mark
from axxond.archive.merged import LEVELS, level_for, pack, unpack
from axxond.archive.model import JOIN_US, Entry, Identity, SegmentInfo, longest_hole_us
from axxond.archive.plan import joined
from axxond.base.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from protocol.types import StreamRole

T0 = 20_000 * DAY_US

# Begin, length, hole within: segments around midnights and far apart.
pieces = st.tuples(
    st.one_of(
        st.integers(-300, 300).map(lambda s: T0 + s * SECOND_US),
        st.integers(0, 700 * 24 * 4).map(lambda quarter: T0 + quarter * 15 * MINUTE_US),
    ),
    st.integers(1, 600).map(lambda s: s * SECOND_US),
    st.integers(0, 20).map(lambda s: s * SECOND_US),
)


def segment(number: int, piece: tuple[int, int, int]) -> tuple[SegmentInfo, list[Entry]]:
    begin, length, hole = piece
    half = length // 2
    entries = [
        Entry(begin, begin + half, 0, 1, 0, Mark.KEY),
        Entry(begin + half + hole, begin + length + hole, 1, 1, 0, Mark.KEY),
    ]
    who = Identity("cam", "Camera", StreamRole.HIGH, "link")
    end = begin + length + hole
    info = SegmentInfo(number, f"d/{number}.mkv", who, begin, end, 2, longest_hole_us(entries))
    return info, entries


@settings(max_examples=60, deadline=None)
@given(st.lists(pieces, max_size=25), st.lists(st.integers(0, 24), max_size=10), st.data())
def test_every_level_says_what_the_segments_say(
    made: list[tuple[int, int, int]], dropped: list[int], data: st.DataObject
) -> None:
    detail = data.draw(
        st.sampled_from([0, JOIN_US, MINUTE_US, 15 * MINUTE_US, HOUR_US, 4 * HOUR_US, DAY_US])
    )
    with closing(Index(Path("/nowhere") / "x", memory=True)) as index:
        segments = [segment(number, piece) for number, piece in enumerate(made)]
        for info, entries in segments:
            index.apply([put_segment(info), put_entries(info.id, entries)])
        for number in set(dropped):
            index.apply(drop_segment(number))
        left = [entries for info, entries in segments if info.id not in dropped]
        footage = sorted((one.start_us, one.end_us) for entries in left for one in entries)
        found = index.footage("cam", T0 - DAY_US, T0 + 800 * DAY_US, detail)
        assert found == joined(footage, max(detail, JOIN_US))
        # And the same after all is made anew at once.
        with closing(Index(Path("/nowhere") / "y", memory=True)) as anew:
            kept = [one for one in segments if one[0].id not in dropped]
            for info, entries in kept:
                anew.apply([put_segment(info), put_entries(info.id, entries)], settle=False)
            anew.apply([])
            for level in range(len(LEVELS)):
                assert anew.spans_of(level) == index.spans_of(level)


def test_the_coarsest_level_that_hides_no_hole_is_read() -> None:
    assert level_for(0) == 0
    assert level_for(15 * MINUTE_US - 1) == 0
    assert level_for(15 * MINUTE_US) == 1
    assert level_for(365 * DAY_US) == len(LEVELS) - 1


@given(st.lists(st.tuples(st.integers(0, 1 << 60), st.integers(0, 1 << 60))))
def test_stretches_pack_and_unpack(stretches: list[tuple[int, int]]) -> None:
    assert unpack(pack(stretches)) == stretches
