"""Orders of exports: what is sent, what is refused before, how large it will be."""

from __future__ import annotations

import pytest
from attrs import evolve

from axxon_client.model.exporting import (
    ExportDraft,
    estimate,
    problem,
    state_text,
    summary,
)
from axxon_client.model.words import DAY_US, US
from protocol.types import ExportMask, ExportRecord, ExportState
from tests.fakes.requester import NOW_US

DRAFT = ExportDraft(("a", "b"), NOW_US - 120 * US, NOW_US - 60 * US)


def job(**fields: object) -> ExportRecord:
    made = ExportRecord(
        "j1", "admin", ExportState.RUNNING, NOW_US, None, ["a"], ["Gate"], NOW_US - 60 * US,
        NOW_US, "mkv", False, False, False, False, "", 0.25, 0,
    )  # fmt: skip
    return evolve(made, **fields)  # type: ignore[arg-type]


def test_only_masks_of_chosen_cameras_are_sent_and_only_a_wanted_password() -> None:
    square = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]
    draft = evolve(
        DRAFT, masks={"a": [square], "b": [], "c": [square]}, pixelate=True, password="secret"
    )
    order = draft.order()
    assert order.masks == [ExportMask("a", [square], "pixelate")]
    assert order.password == ""
    assert evolve(draft, protect=True).order().password == "secret"


def test_the_distance_of_pictures_is_for_pictures_only() -> None:
    draft = evolve(DRAFT, every_us=5 * US)
    assert draft.order().every_us == 0
    assert evolve(draft, form="jpeg").order().every_us == 5 * US


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"cameras": ()}, "cameras"),
        ({"end_us": DRAFT.begin_us}, "period"),
        ({"begin_us": DRAFT.end_us - 32 * DAY_US}, "period"),
        ({"begin_us": NOW_US, "end_us": NOW_US + US}, "period"),
        ({"protect": True, "password": "abc"}, "password"),
    ],
)
def test_what_the_server_would_refuse_is_said_before(wrong: dict[str, object], where: str) -> None:
    assert problem(DRAFT, NOW_US) is None
    found = problem(evolve(DRAFT, **wrong), NOW_US)  # type: ignore[arg-type]
    assert found is not None
    assert found[0] == where


def test_films_are_estimated_by_what_the_cameras_send() -> None:
    assert estimate(DRAFT, {"a": 1_000_000, "b": 3_000_000}) == "about 30.0 MB"
    assert estimate(DRAFT, {"a": 1_000_000}) == ""
    assert estimate(DRAFT, {"a": 1_000_000, "b": 0}) == ""


def test_pictures_are_counted() -> None:
    assert estimate(evolve(DRAFT, form="png", every_us=7 * US), {}) == "about 18 pictures"
    assert estimate(evolve(DRAFT, form="pdf"), {}) == "about 48 pictures"
    assert estimate(evolve(DRAFT, form="jpeg"), {}) == "every picture"


def test_a_job_says_how_it_is_and_whose_footage() -> None:
    assert state_text(job()) == "Exporting… 25 %"
    assert state_text(job(state=ExportState.FAILED, text="No footage.")) == "No footage."
    assert state_text(job(state=ExportState.DONE, file_bytes=2_000_000)) == "Ready · 2.0 MB"
    assert summary(job(camera_names=["Gate", "Yard", "Till"])) == "Gate and 2 more"
