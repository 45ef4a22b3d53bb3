from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from axxon_client.model import zoom
from axxon_client.model.zoom import Rect

shares = st.floats(0, 1)


@given(shares, shares, st.floats(0.1, 30), shares, shares)
def test_the_view_never_leaves_the_frame(
    x: float, y: float, factor: float, dx: float, dy: float
) -> None:
    view = zoom.panned(zoom.zoomed_at(zoom.WHOLE, factor, x, y), dx, dy)
    assert view.x >= 0
    assert view.y >= 0
    assert view.x + view.w <= 1 + 1e-9
    assert view.y + view.h <= 1 + 1e-9
    assert view.w >= 1 / zoom.MAX_ZOOM - 1e-9


@given(shares, shares, st.floats(1, 12))
def test_the_point_under_the_pointer_stays(x: float, y: float, factor: float) -> None:
    view = zoom.zoomed_at(zoom.WHOLE, factor, x, y)
    picture = Rect(0, 0, 1, 1)
    px, py = zoom.placed(view, picture, x, y)
    assert abs(px - x) < 1e-6
    assert abs(py - y) < 1e-6


def test_zooming_out_ends_at_the_whole_picture() -> None:
    view = zoom.zoomed_at(zoom.zoomed_at(zoom.WHOLE, 4, 0.9, 0.9), 0.1, 0.2, 0.2)
    assert view == zoom.WHOLE
    assert zoom.is_whole(view)


def test_a_picture_keeps_its_shape_in_any_widget() -> None:
    assert zoom.fitted(16 / 9, 1600, 1000) == Rect(0, 50, 1600, 900)
    assert zoom.fitted(4 / 3, 1600, 600) == Rect(400, 0, 800, 600)


def test_a_chosen_rectangle_fills_the_view() -> None:
    view = zoom.to_rectangle(zoom.WHOLE, Rect(0.25, 0.25, 0.5, 0.25))
    assert view == Rect(0.25, 0.125, 0.5, 0.5)
