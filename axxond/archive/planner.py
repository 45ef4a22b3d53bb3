"""How long footage will stay, from what was recorded lately.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from axxond.archive.index import LinkTotals
from axxond.archive.model import VolumeSettings
from axxond.base.units import DAY_US, HOUR_US, SECOND_US

# Rates are measured over so much of the past: a whole day and night, weekdays or not.
MEASURE_US = 7 * DAY_US
# With less, a rate says nothing yet.
_LEAST_US = HOUR_US // 6


@frozen
class LinkRate:
    """Of one recording: bytes a second over `measured_us`, pauses included; None: too early."""

    link: str
    camera: str
    bytes_per_s: float | None
    measured_us: int


def rates(totals: Iterable[LinkTotals], now_us: int, since_us: int) -> list[LinkRate]:
    """`totals` may have a link several times, once a volume, measured since `since_us`; a link
    that is younger counts from its first footage."""
    merged: dict[str, LinkTotals] = {}
    for one in totals:
        known = merged.get(one.link)
        if known is not None:
            one = LinkTotals(  # noqa: PLW2901
                one.link,
                one.camera,
                one.bytes + known.bytes,
                min(one.first_us, known.first_us),
                max(one.last_us, known.last_us),
            )
        merged[one.link] = one
    found = []
    for one in merged.values():
        span_us = now_us - max(since_us, one.first_us)
        known_rate = one.bytes / (span_us / SECOND_US) if span_us >= _LEAST_US else None
        found.append(LinkRate(one.link, one.camera, known_rate, max(0, span_us)))
    return found


def days_kept(
    volumes: Sequence[VolumeSettings], protected_bytes: int, links: Sequence[LinkRate]
) -> float | None:
    """How many days a ring of these volumes will hold at these rates; None: not known yet.

    All links of an archive share one ring, in which the oldest goes first whosesoever it is: all
    are kept equally long.
    """
    total = sum(link.bytes_per_s for link in links if link.bytes_per_s is not None)
    if total <= 0:
        return None
    room = max(0, sum(volume.quota_bytes for volume in volumes) - protected_bytes)
    days = room / total / 86_400
    limits = [volume.days for volume in volumes]
    return min(days, max(limits)) if all(limits) else days


def too_small(days: float | None, wanted_days: int, warned: bool) -> bool:
    """Whether to warn.  Once warned, it takes a tenth more than what is wanted to be well again,
    so that a rate that goes up and down does not warn every minute."""
    if not wanted_days or days is None:
        return False
    return days < wanted_days * (1.1 if warned else 1.0)
