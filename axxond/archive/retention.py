"""The ring, pure: which segments go so that quota and days hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from axxond.archive.model import SegmentInfo
from axxond.base.units import DAY_US


def victims(
    oldest_first: Iterable[SegmentInfo],
    excess_bytes: int,
    now_us: int,
    days: int,
    is_kept: Callable[[SegmentInfo], bool] = lambda info: False,
) -> list[SegmentInfo]:
    """Closed segments to delete, the oldest first: until `excess_bytes` are freed, and all that
    ended more than `days` (0: no limit) ago; never one that `is_kept`."""
    chosen = []
    too_old = now_us - days * DAY_US if days else None
    for segment in oldest_first:
        expired = too_old is not None and segment.end_us < too_old
        if excess_bytes <= 0 and not expired:
            break
        if is_kept(segment):
            continue
        chosen.append(segment)
        excess_bytes -= segment.bytes
    return chosen


def segment_limit(quota_bytes: int, links: int, most: int) -> int:
    """How large a segment may grow: the open ones of all links stay a quarter of the quota, so
    that there is always something old to delete."""
    least = 256 << 10
    return max(least, min(most, quota_bytes // (4 * max(1, links))))
