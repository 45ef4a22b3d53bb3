"""Which profiles are taken, in which order; and ranges of movement; and quirks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices import elements
from axxond.devices.control import StreamSetup
from axxond.devices.onvif import nodes, profiles, quirks
from axxond.devices.onvif.nodes import Range, Space
from axxond.devices.onvif.profiles import Profile
from protocol.types import Codec

_K = Codec


def _profile(
    token: str, codec: Codec | None, width: int, height: int, source: str = "1"
) -> Profile:
    return Profile(token, token, source, "", "e", StreamSetup(codec, width, height))


def _order(*given: Profile) -> list[str]:
    return [one.token for one in profiles.ranked(given)]


def test_the_largest_comes_first_and_the_smallest_that_shows_enough_next() -> None:
    order = _order(
        _profile("tiny", _K.H264, 160, 90),
        _profile("low", _K.H264, 640, 360),
        _profile("high", _K.H265, 1920, 1080),
        _profile("mid", _K.H264, 1280, 720),
    )
    assert order == ["high", "low", "mid", "tiny"]


def test_a_coding_made_for_video_goes_before_size() -> None:
    order = _order(_profile("jpeg", _K.MJPEG, 2592, 1944), _profile("h264", _K.H264, 640, 480))
    assert order == ["h264", "jpeg"]


def test_channels_stay_in_the_devices_order() -> None:
    order = _order(
        _profile("2a", _K.H264, 640, 360, "2"),
        _profile("1a", _K.H264, 640, 360, "1"),
        _profile("2b", _K.H264, 1920, 1080, "2"),
    )
    assert order == ["2b", "2a", "1a"]


def test_profiles_without_token_or_picture_are_left_out() -> None:
    root = elements.parse(
        b'<r><Profiles token="a"><Name>x</Name></Profiles>'
        b"<Profiles><VideoSourceConfiguration/></Profiles>"
        b'<Profiles token="b"><VideoSourceConfiguration token="v"><SourceToken>s</SourceToken>'
        b"</VideoSourceConfiguration></Profiles></r>"
    )
    assert root is not None
    (found,) = profiles.of_media1(root)
    assert (found.token, found.name, found.source, found.setup) == ("b", "b", "s", StreamSetup())


_SHARES = st.floats(-1.0, 1.0)


@given(_SHARES, st.floats(-500.0, 0.0), st.floats(0.5, 500.0))
def test_shares_of_a_range_come_back(share: float, least: float, most: float) -> None:
    axis = Range(least, most)
    value = axis.from_share(share, -1.0)
    assert least - 1e-4 <= value <= most + 1e-4
    assert axis.to_share(value, -1.0) == pytest.approx(share, abs=1e-3)


def test_half_a_picture_is_the_end_of_the_space_of_view() -> None:
    space = Space("http://x/TranslationSpaceFov", Range(-100.0, 100.0), Range(-100.0, 100.0))
    assert nodes.shift_vector(space, 0.5, -0.25, 0.0) == (100.0, -50.0)
    assert nodes.zoom_shift(Space("x/TranslationSpaceFov", Range(0.0, 100.0), None), 2.0) == 0.5


def test_in_other_spaces_a_shift_is_smaller_the_nearer_the_picture() -> None:
    space = Space("http://x/TranslationGenericSpace", Range(-1.0, 1.0), Range(-1.0, 1.0))
    wide, _ = nodes.shift_vector(space, 0.5, 0.0, 0.0)
    near, _ = nodes.shift_vector(space, 0.5, 0.0, 1.0)
    assert wide == pytest.approx(30 / 180, abs=1e-4)
    assert 0 < near < wide / 10


@given(st.floats(0.0, 1e9), st.floats(0.0, 1e9))
def test_no_zoom_leaves_the_space(factor: float, most: float) -> None:
    for uri in ("x/TranslationSpaceFov", "x/TranslationGenericSpace"):
        space = Space(uri, Range(-1.0, most), None)
        assert -1.0 <= nodes.zoom_shift(space, factor) <= most + 1e-5


def test_quirks_are_found_by_what_a_device_says_of_itself() -> None:
    assert quirks.of("tp-link", "Tapo C220", "1.0").longest_pull_s == 8
    assert quirks.of("HIKVISION", "DS-2DE", "V5.5").no_move_status
    assert quirks.of("Acme", "", "") == quirks.Quirks()
