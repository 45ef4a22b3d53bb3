from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axxond.analytics.kernels import colour
from tests.naive import colour as naive

SEEDS = st.integers(0, 2**32 - 1)
ROWS, COLUMNS = 7, 9
HEIGHT, WIDTH = ROWS * 2, COLUMNS * 2


class Case:
    """A small picture in which some is shadow, some is a thing, some neither."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        self.usual = rng.integers(20, 230, (HEIGHT, WIDTH)).astype(np.uint8)
        if rng.random() < 0.5:
            self.usual[:] = 120 + rng.integers(0, 12, (HEIGHT, WIDTH))
        light = rng.choice((0.3, 0.5, 0.7, 0.97, 1.0, 1.03, 1.1))
        self.luma = np.minimum(np.rint(self.usual * light), 255).astype(np.uint8)
        things = rng.random((HEIGHT, WIDTH)) < rng.choice((0, 0.05, 0.5))
        self.luma[things] = rng.integers(0, 256, things.sum())
        self.mask = (rng.random((HEIGHT, WIDTH)) < rng.choice((0.1, 0.9))).astype(np.uint8)
        self.known = rng.integers(100, 156, (2, ROWS, COLUMNS)).astype(np.uint8)
        self.now = np.clip(self.known + rng.integers(-9, 10, self.known.shape), 0, 255).astype(
            np.uint8
        )
        self.labels = np.full((ROWS, COLUMNS), rng.integers(0, 3), np.int32)
        holes = rng.random((ROWS, COLUMNS)) < rng.choice((0.02, 0.2))
        self.labels[holes] = rng.integers(0, 3, holes.sum())
        self.under = (rng.random((ROWS, COLUMNS)) < rng.choice((0.1, 0.5))).astype(np.uint8)
        left, top = rng.integers(0, WIDTH), rng.integers(0, HEIGHT)
        right, bottom = rng.integers(left, WIDTH + 1), rng.integers(top, HEIGHT + 1)
        self.box = tuple(int(side) for side in (left, top, right, bottom))

    def args(self, *names: str) -> list[Any]:
        return [getattr(self, name) for name in names]

    def lists(self, *names: str) -> list[Any]:
        return [getattr(self, name).tolist() for name in names]


def test_twin_has_the_same_constants() -> None:
    for name in (
        "SIDE", "DARKER", "BRIGHTER", "UNDER", "ROOF", "LEAST_LIGHT", "MOST_LIGHT",
        "LEAST_GLOW", "MOST_GLOW", "LEAST_CHANGE", "HUE_REACH", "HUE_UNIT", "LEAST_WITHIN",
    ):  # fmt: skip
        assert getattr(naive, name) == getattr(colour, name), name


@given(SEEDS)
def test_colours_are_summed_over_the_mask(seed: int) -> None:
    case = Case(seed)
    found = colour.tint(*case.args("mask", "luma", "now", "box"))
    assert list(found) == naive.tint(*case.lists("mask", "luma", "now"), case.box)


@given(SEEDS)
def test_known_colours_follow_where_nothing_is(seed: int) -> None:
    case = Case(seed)
    known = case.known.copy()
    colour.follow(case.mask, case.now, known)
    for plane, now, before in zip(known, case.now, case.known, strict=True):
        assert plane.tolist() == naive.follow(case.mask.tolist(), now.tolist(), before.tolist())


@settings(max_examples=200)
@given(SEEDS)
def test_shadows_are_told_from_things(seed: int) -> None:
    case = Case(seed)
    names = ("mask", "luma", "usual", "now", "known")
    shape = colour.CELL_PLANES, ROWS, COLUMNS
    out, found = np.full(shape, 7, np.uint8), np.full(3, 7, np.int64)
    colour.shade(*case.args(*names), out, found)
    expected = naive.shade(*case.lists(*names))
    assert out[:3].tolist() == expected
    assert found.tolist() == [sum(sum(line) for line in kind) for kind in expected]


@settings(max_examples=200)
@given(SEEDS)
def test_dark_groups_are_surveyed(seed: int) -> None:
    case = Case(seed)
    names = ("labels", "under", "luma", "usual", "now", "known")
    out = np.full((2, 2, colour.GROUP_COLUMNS), 7, np.int64)
    colour.survey(*case.args(*names), out)
    assert out.tolist() == naive.survey(*case.lists(*names), 2)


@settings(max_examples=200)
@given(SEEDS)
def test_groups_are_judged(seed: int) -> None:
    case = Case(seed)
    table = np.zeros((2, 2, colour.GROUP_COLUMNS), np.int64)
    colour.survey(*case.args("labels", "under", "luma", "usual", "now", "known"), table)
    shadows = np.full((4, 2), 7, np.uint8)
    found = colour.judge(table, shadows)
    expected = [(False, False), *(naive.are_shadows(*group) for group in table.tolist())]
    assert shadows.tolist() == [[int(one) for one in parts] for parts in expected] + [[0, 0]]
    assert found == shadows.sum()


@pytest.mark.parametrize("hanging", [False, True])
@given(
    light=st.integers(30, 120), texture=st.integers(0, 40), noise=st.integers(0, 30), seed=SEEDS
)
def test_ground_in_another_light_is_judged(
    light: int, texture: int, noise: int, seed: int, hanging: bool
) -> None:
    """Where the limits lie: groups large enough, near to the ground's look."""
    case = Case(seed)
    case.usual = np.clip(case.rng.normal(120, texture, (HEIGHT, WIDTH)), 1, 255).astype(np.uint8)
    seen = case.usual * (light / 100) + case.rng.normal(0, noise, (HEIGHT, WIDTH))
    case.luma = np.clip(seen, 1, 255).astype(np.uint8)
    case.now = np.clip(case.known + case.rng.integers(-3, 4, case.known.shape), 0, 255).astype(
        np.uint8
    )
    case.labels, case.under[:] = np.ones((ROWS, COLUMNS), np.int32), 0
    case.under[1:3] = hanging
    table = np.zeros((1, 2, colour.GROUP_COLUMNS), np.int64)
    colour.survey(*case.args("labels", "under", "luma", "usual", "now", "known"), table)
    shadows = np.full((2, 2), 7, np.uint8)
    colour.judge(table, shadows)
    assert tuple(shadows[1].astype(bool).tolist()) == naive.are_shadows(*table[0].tolist())


@given(SEEDS)
def test_shadows_are_lifted(seed: int) -> None:
    case = Case(seed)
    mask, shadows = case.mask.copy(), np.array(((1, 1), (0, 1), (1, 0)), np.uint8)
    colour.lift(case.labels, case.under, shadows, mask)
    expected = naive.lift(*case.lists("labels", "under"), shadows.tolist(), case.mask.tolist())
    assert mask.tolist() == expected
