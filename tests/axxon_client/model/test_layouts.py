from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxon_client.model.bridge import Failure
from axxon_client.model.layouts import GRIDS, Layout, fitting
from axxon_client.model.session import Session
from protocol.messages import Change, ChangeTree
from protocol.types import ObjectKind
from tests.fakes.requester import FakeRequester, accept_changes, make_session, record


@pytest.fixture
def requester() -> FakeRequester:
    return FakeRequester()


@pytest.fixture
def session(requester: FakeRequester) -> Session:
    return make_session(requester)


@given(st.integers(1, 60), st.sampled_from(GRIDS))
def test_another_grid_keeps_the_order_of_cameras(cameras: int, cells: int) -> None:
    layout = fitting([f"c{n}" for n in range(cameras)]).with_grid(cells)
    shown = [camera for camera in layout.cells if camera]
    assert len(layout.cells) == cells
    assert shown == [f"c{n}" for n in range(min(cameras, cells, 25))]


def test_a_camera_is_shown_once() -> None:
    layout = Layout(2, 2, ("a", "b")).placed("a", 3)
    assert layout.cells == ("", "b", "", "a")


def test_tiles_change_places() -> None:
    assert Layout(2, 2, ("a", "b", "c")).swapped(0, 3).cells == ("", "b", "c", "a")


def test_the_smallest_grid_that_holds_all_is_taken() -> None:
    assert fitting(["a"]).cells == ("a",)
    assert len(fitting(["a", "b"]).cells) == 4
    assert len(fitting([f"c{n}" for n in range(40)]).cells) == 25


def test_a_layout_is_created_on_the_server_and_goes_on_as_the_current_one(
    requester: FakeRequester, session: Session
) -> None:
    taken = accept_changes(requester, session)
    session.layouts.show(Layout(2, 2, ("camera1",)))
    session.layouts.create("Doors")
    assert taken == [
        Change("", ObjectKind.LAYOUT, "node", "Doors",
               {"columns": 2, "rows": 2, "cells": ["camera1", "", "", ""]})
    ]  # fmt: skip
    assert session.layouts.current.name == "Doors"
    assert not session.layouts.is_altered()


def test_a_changed_layout_is_saved_with_the_revision_seen(
    requester: FakeRequester, session: Session
) -> None:
    taken = accept_changes(requester, session)
    session.layouts.create("Doors")
    session.layouts.show(session.layouts.current.placed("camera2", 0))
    assert session.layouts.is_altered()
    session.layouts.save()
    assert taken[-1].revision == 1
    assert taken[-1].properties["cells"][0] == "camera2"
    assert not session.layouts.is_altered()


def test_a_removed_layout_leaves_its_tiles_on_the_screen(
    requester: FakeRequester, session: Session
) -> None:
    accept_changes(requester, session)
    session.layouts.show(Layout(1, 1, ("camera1",)))
    session.layouts.create("One")
    session.layouts.remove(session.layouts.current.id)
    assert session.layouts.current == Layout(1, 1, ("camera1",))
    assert session.layouts.saved() == []


def test_a_removed_camera_leaves_its_tile(session: Session) -> None:
    session.layouts.show(Layout(2, 1, ("camera1", "camera2")))
    session.store.update(2, [], ["camera1"])
    assert session.layouts.current.cells == ("", "camera2")


def test_a_rename_elsewhere_is_followed(session: Session) -> None:
    saved = record("l", ObjectKind.LAYOUT, name="Old", columns=1, rows=1, cells=["camera1"])
    session.store.update(2, [saved], [])
    session.layouts.show(session.layouts.saved()[0])
    renamed = record("l", ObjectKind.LAYOUT, name="New", columns=1, rows=1, cells=["camera1"])
    session.store.update(3, [renamed], [])
    assert session.layouts.current.name == "New"


def test_a_refusal_is_told(requester: FakeRequester, session: Session) -> None:
    requester.answers[ChangeTree] = lambda _m: Failure("The disk is full.")
    told: list[Failure] = []
    session.layouts.failed.connect(told.append)
    session.layouts.create("Doors")
    assert [failure.text for failure in told] == ["The disk is full."]
