"""Addresses as entered, and as devices tell them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.devices.onvif import address
from axxond.devices.port import DeviceError


@pytest.mark.parametrize(
    ("entered", "service", "profile"),
    [
        ("onvif://192.0.2.7", "http://192.0.2.7/onvif/device_service", ""),
        ("onvif://192.0.2.7:8080/", "http://192.0.2.7:8080/onvif/device_service", ""),
        ("onvifs://cam/x?profile=P%201", "https://cam/x", "P 1"),
        ("http://192.0.2.7/onvif/services", "http://192.0.2.7/onvif/services", ""),
        ("onvif://[2001:db8::7]:81/", "http://[2001:db8::7]:81/onvif/device_service", ""),
    ],
)
def test_what_people_enter(entered: str, service: str, profile: str) -> None:
    found = address.parse(entered)
    assert (found.service, found.profile) == (service, profile)


@given(st.text(min_size=1, max_size=40))
def test_a_streams_address_leads_back_to_its_profile(token: str) -> None:
    found = address.parse("onvif://192.0.2.7:81/onvif/services")
    back = address.parse(found.stream(token))
    assert (back.profile, back.service) == (token, found.service)


@given(st.text(max_size=40))
def test_fuzz_what_is_no_address_is_one_failure(text: str) -> None:
    with contextlib.suppress(DeviceError):
        assert address.parse(text).host


@pytest.mark.parametrize(
    ("told", "here"),
    [
        ("http://192.0.2.7/onvif/media", "http://192.0.2.7/onvif/media"),
        ("http://192.0.2.7:8000/media", "http://192.0.2.7:8000/media"),
        ("http://10.0.0.9/onvif/media", "http://192.0.2.7:81/onvif/media"),
        ("http://0.0.0.0:8899/onvif/media", "http://192.0.2.7:81/onvif/media"),
        ("http://:80/onvif/media", "http://192.0.2.7:81/onvif/media"),
        ("rubbish", "http://192.0.2.7:81/onvif/device_service"),
        ("http://[", "http://192.0.2.7:81/onvif/device_service"),
    ],
)
def test_services_are_asked_where_the_device_is_reached(told: str, here: str) -> None:
    assert address.service_url(told, address.parse("onvif://192.0.2.7:81")) == here


@pytest.mark.parametrize(
    ("told", "keep", "here"),
    [
        ("rtsp://10.0.0.9:554/s?a=b", False, "rtsp://192.0.2.7:554/s?a=b"),
        ("rtsp://10.0.0.9/s", True, "rtsp://10.0.0.9/s"),
        ("rtsp://127.0.0.1/s", True, "rtsp://192.0.2.7/s"),
        ("rtsp://user:pw@0.0.0.0:8554/s", False, "rtsp://192.0.2.7:8554/s"),
    ],
)
def test_streams_too(told: str, keep: bool, here: str) -> None:
    where = address.parse("onvif://192.0.2.7:81")
    assert address.media_url(told, where, keep_host=keep) == here
