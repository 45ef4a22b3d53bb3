"""No log line shows credentials, and none waits for whoever reads it."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axxond.base.log import AsideHandler, RedactingFormatter, redacted


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


def a_record(text: str) -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, "f", 1, text, None, None)


def test_lines_come_in_order_and_all_of_them_before_the_end() -> None:
    reads, writes = os.pipe()
    with os.fdopen(writes, "w") as out:
        handler = AsideHandler(out)
        for number in range(100):
            handler.emit(a_record(str(number)))
        handler.close()
    with os.fdopen(reads) as told:
        assert told.read().split() == [str(number) for number in range(100)]


def test_nobody_waits_for_a_reader_who_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axxond.base.log._MAX_LINES", 10)
    monkeypatch.setattr("axxond.base.log._CLOSE_S", 0.1)
    reads, writes = os.pipe()
    out = os.fdopen(writes, "w")
    handler = AsideHandler(out)
    began_s = time.monotonic()
    for _ in range(50):
        handler.emit(a_record("x" * 60_000))  # a pipe takes 64 kB
    handler.close()
    assert time.monotonic() - began_s < 5
    with os.fdopen(reads) as told:
        found = told.readline()
        for line in told:
            if "could not be written" in line:
                break
    handler.close()  # the reader is gone: what is left goes nowhere
    with contextlib.suppress(BrokenPipeError):
        out.close()
    assert found.startswith("xxx")
    assert "more could not be written" in line


def test_the_last_words_of_a_program_are_written() -> None:
    script = (
        "import logging; from axxond.base import log; log.set_up('info');"
        "[logging.info('word %d', n) for n in range(200)]"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert len(done.stderr.splitlines()) == 200
    assert done.stderr.rstrip().endswith("word 199")
