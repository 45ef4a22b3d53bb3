"""All cases, by block of seeds."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from attrs import frozen

from tests.bench.synthetic import disturbances, situations, states
from tests.bench.synthetic.case import Case

DEVELOPMENT, HELD_OUT = 1, 4093
"""blocks of seeds; HELD_OUT gets a new one, never run before, once a scene of it was looked at"""
ACTIONS, QUIET = 14, 7
"""cases of each kind in a block"""


@frozen
class Entry:
    """A case that is made when it is needed; `number` within its kind."""

    block: int
    number: int
    make: Callable[[np.random.Generator], Case]
    name: str

    def case(self) -> Case:
        seed = (self.block, zlib.crc32(self.name.encode()), self.number)
        return self.make(np.random.default_rng(seed))


def entries(block: int, actions: int = ACTIONS, quiet: int = QUIET) -> Iterator[Entry]:
    """So many of each kind; small numbers are the first ones of large numbers."""
    for make in (*situations.MAKERS, *states.MAKERS):
        for number in range(actions):
            yield Entry(block, number, make, make.__name__)
    for scene in disturbances.MAKERS:
        for number in range(quiet):
            yield Entry(block, number, partial(disturbances.case, scene), scene.__name__)
