"""One camera's footage in several archives, read as one: what the first lacks, others fill in.

On the event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from axxond.archive.model import JOIN_US
from axxond.archive.stored import Piece
from axxond.media.packet import Packet

# Reads an archive's footage of the camera from a time on, in the direction that is wanted.
Read = Callable[[int], AsyncIterator[list[Packet]]]
_NEVER_US = 1 << 62


async def forwards(
    first: AsyncIterator[Piece], others: Sequence[Read], from_us: int, until_us: int = _NEVER_US
) -> AsyncIterator[Piece]:
    """`first` was begun at `from_us`.  Pieces in order of time, each packet once; what `others`
    fill in comes as GOPs: the one that holds `from_us`, then those that begin in a hole."""
    edge_us, least_us = from_us, -_NEVER_US
    async for piece in first:
        start_us, end_us = _ends(piece)
        if start_us >= until_us:
            break
        async for filling in _forwards_between(others, edge_us, least_us, start_us):
            yield filling
        yield piece
        edge_us = least_us = max(edge_us, end_us)
    async for filling in _forwards_between(others, edge_us, least_us, until_us):
        yield filling


async def _forwards_between(
    others: Sequence[Read], begin_us: int, least_us: int, end_us: int
) -> AsyncIterator[Piece]:
    if not others or end_us - begin_us <= JOIN_US:
        return
    inside = _within(others[0](begin_us), least_us, end_us)
    async for piece in forwards(inside, others[1:], begin_us, end_us):
        yield piece


async def _within(
    gops: AsyncIterator[list[Packet]], begin_us: int, end_us: int
) -> AsyncIterator[list[Packet]]:
    """GOPs that begin there, as far as they are before the end."""
    async for gop in gops:
        if gop[0].pts_us >= end_us:
            return
        if gop[0].pts_us >= begin_us:
            yield [one for one in gop if one.pts_us < end_us]


async def backwards(
    first: AsyncIterator[list[Packet]],
    others: Sequence[Read],
    from_us: int,
    until_us: int = -_NEVER_US,
) -> AsyncIterator[list[Packet]]:
    """The same towards the past: GOPs by falling time."""
    edge_us = from_us
    async for gop in first:
        start_us, end_us = _ends(gop)
        if end_us <= until_us:
            break
        async for filling in _backwards_between(others, edge_us, end_us):
            yield filling
        yield gop
        edge_us = min(edge_us, start_us)
    async for filling in _backwards_between(others, edge_us, until_us):
        yield filling


async def _backwards_between(
    others: Sequence[Read], begin_us: int, end_us: int
) -> AsyncIterator[list[Packet]]:
    if not others or begin_us - end_us <= JOIN_US:
        return
    inside = _before(others[0](begin_us - 1), begin_us, end_us)
    async for gop in backwards(inside, others[1:], begin_us, end_us):
        yield gop


async def _before(
    gops: AsyncIterator[list[Packet]], begin_us: int, end_us: int
) -> AsyncIterator[list[Packet]]:
    """GOPs that begin there, as far as they are before the beginning."""
    async for gop in gops:
        if gop[0].pts_us < end_us:
            return
        kept = [one for one in gop if one.pts_us < begin_us]
        if kept:
            yield kept


def _ends(piece: Piece) -> tuple[int, int]:
    if isinstance(piece, list):
        return piece[0].pts_us, max(one.pts_us + one.duration_us for one in piece)
    return piece.start_us, piece.end_us
