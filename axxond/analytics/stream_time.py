"""Chains that live in stream time, to see a camera as they see a file, and tell in UTC."""

from __future__ import annotations

from attrs import evolve, frozen

from axxond.analytics.audio.chain import SoundChain
from axxond.analytics.chain import Chain, Findings
from axxond.analytics.objects import TrackedObject
from axxond.media.straight import StraightTime
from axxond.stream.planes import Chroma, Plane
from axxond.stream.sound import Samples


def in_utc(findings: Findings, shift_us: int) -> Findings:
    """The same, `shift_us` later."""
    if shift_us == 0:
        return findings
    events = tuple(evolve(one, time_us=one.time_us + shift_us) for one in findings.events)
    tracked = findings.tracked
    if tracked is not None:
        objects = tuple(_object_in_utc(one, shift_us) for one in tracked.objects)
        tracked = evolve(tracked, time_us=tracked.time_us + shift_us, objects=objects)
    time_us = findings.time_us + shift_us
    return evolve(findings, time_us=time_us, events=events, tracked=tracked)


def _object_in_utc(thing: TrackedObject, shift_us: int) -> TrackedObject:
    return thing._replace(
        before_us=thing.before_us + shift_us,
        born_us=thing.born_us + shift_us,
        still_us=thing.still_us + shift_us,
        seen_us=thing.seen_us + shift_us,
    )


@frozen
class PicturesInUtc:
    """Work that is done in stream time, and told in UTC."""

    chain: Chain
    time: StraightTime

    def frame(self, luma: Plane, time_us: int, chroma: Chroma | None) -> Findings | None:
        found = self.chain.frame(luma, time_us, chroma)
        return None if found is None else in_utc(found, self.time.shift_us)

    def gap(self, at_us: int) -> Findings | None:
        found = self.chain.gap(at_us)
        return None if found is None else in_utc(found, self.time.shift_us)


@frozen
class SoundInUtc:
    """As for pictures."""

    chain: SoundChain
    time: StraightTime

    def sound(self, samples: Samples, rate: int, time_us: int) -> Findings | None:
        found = self.chain.sound(samples, rate, time_us)
        return None if found is None else in_utc(found, self.time.shift_us)

    def quiet(self, until_us: int) -> Findings | None:
        found = self.chain.quiet(until_us)
        return None if found is None else in_utc(found, self.time.shift_us)

    def gap(self, at_us: int) -> Findings | None:
        found = self.chain.gap(at_us)
        return None if found is None else in_utc(found, self.time.shift_us)
