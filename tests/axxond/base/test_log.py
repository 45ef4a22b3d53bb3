"""No log line shows credentials."""

from __future__ import annotations

import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.base.log import RedactingFormatter, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("open rtsp://bob:s3cret@10.0.0.1/a", "open rtsp://bob:***@10.0.0.1/a"),
        ("rtsp://10.0.0.1:554/a@b", "rtsp://10.0.0.1:554/a@b"),
        ("Authorization: Basic Ym9iOnM=\r\nCSeq: 1", "Authorization: Basic ***\r\nCSeq: 1"),
        ('Digest password="a b" x', "Digest password=*** x"),
        ("{'password': 'a b', 'user': 'bob'}", "{'password': ***, 'user': 'bob'}"),
        ("PASSWD=abc;", "PASSWD=***;"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_credentials_are_masked(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_tracebacks_are_masked_too() -> None:
    try:
        raise ValueError("rtsp://bob:s3cret@10.0.0.1/a")
    except ValueError:
        record = logging.LogRecord("x", 40, "f", 1, "failed", None, sys.exc_info())
    text = RedactingFormatter("%(asctime)s %(message)s").format(record)
    assert "s3cret" not in text
    assert "ValueError" in text


@given(st.text(st.characters(exclude_characters="/@:", exclude_categories=["Z", "C"]), min_size=1))
def test_a_password_in_an_address_never_survives(password: str) -> None:
    text = redacted(f"cannot open rtsp://user:{password}@camera/stream now")
    assert text == "cannot open rtsp://user:***@camera/stream now"
