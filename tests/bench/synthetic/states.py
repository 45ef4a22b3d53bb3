"""Cases for the detectors of the picture as a whole: quality, position, signal."""

from __future__ import annotations

from attrs import evolve

from tests.bench.synthetic.case import Case, Expected
from tests.bench.synthetic.chances import Chance, across, disturbed, script, thing
from tests.fakes.scenes.camera import TAMPERINGS, Tamper

_QUALITY = ("quality_loss", {})
_POSITION = ("position_change", {})
_SIGNAL = ("signal_loss", {})


def quality_loss(chance: Chance) -> Case:
    """Each kind of tampering, for a while, with someone about."""
    kind = TAMPERINGS[chance.integers(len(TAMPERINGS))]
    at_s = float(chance.uniform(8, 15))
    until_s = at_s + float(chance.uniform(4, 10))
    tamper = Tamper(kind, at_s, until_s, float(chance.uniform(0.1, 1)))
    passers = (thing(chance, across(chance, float(chance.uniform(3, 7)))),)
    made = script(chance, until_s + 8, passers)
    made, tag = disturbed(chance, made)
    made = evolve(made, camera=(*made.camera[:-1], tamper, made.camera[-1]))
    wanted = (Expected("quality_loss", at_s, 1.5, reason=kind),)
    return Case("quality_loss", made, (_QUALITY,), wanted, tags=(tag, kind))


def position_change(chance: Chance) -> Case:
    at_s = float(chance.uniform(8, 15))
    passers = (thing(chance, across(chance, float(chance.uniform(3, 7)))),)
    made, tag = disturbed(chance, script(chance, at_s + 12, passers, turned_s=at_s))
    wanted = (Expected("position_change", at_s, 2.0),)
    return Case("position_change", made, (_POSITION,), wanted, tags=(tag,))


def signal_loss(chance: Chance) -> Case:
    at_s, long_s = float(chance.uniform(6, 12)), float(chance.uniform(2, 30))
    passers = (thing(chance, across(chance, float(chance.uniform(3, 7)))),)
    made, tag = disturbed(chance, script(chance, at_s + long_s + 6, passers))
    wanted = (Expected("signal_loss", at_s, 0.5),)
    asked = (_SIGNAL, _QUALITY, _POSITION)
    return Case("signal_loss", made, asked, wanted, (at_s, long_s), tags=(tag,))


MAKERS = (quality_loss, position_change, signal_loss)
