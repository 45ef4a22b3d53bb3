"""Times on a command line: ISO, time of day, or relative to now.  Pure but for the time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from axxon_client.cli.problems import CommandError, Exit

_SECOND_US = 1_000_000
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"(?:(\d+(?:\.\d+)?)([smhdw]))")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
HELP = "now, -10m, -1h30m, 12:04[:31] (today), 2026-05-01T12:04:31 (local) or with a zone"


def parse_span(text: str) -> int:
    """ "1h30m", "45s", "0.5s": microseconds.  Raises CommandError."""
    if not text or _SPAN.sub("", text):
        raise CommandError(f"{text!r} is no length of time: use 45s, 10m, 1h30m, 2d.", Exit.USAGE)
    total = sum(float(number) * _UNITS[unit] for number, unit in _SPAN.findall(text))
    return round(total * _SECOND_US)


def parse_time(text: str, now_us: int) -> int:
    """UTC microseconds.  A time without a zone is local.  Raises CommandError."""
    if text == "now":
        return now_us
    if text[:1] in ("-", "+"):
        span = parse_span(text[1:])
        return now_us - span if text[0] == "-" else now_us + span
    try:
        if _CLOCK.fullmatch(text):
            today = datetime.fromtimestamp(now_us / _SECOND_US).astimezone().date()
            text = f"{today.isoformat()}T{text.zfill(5)}"
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is no time: use {HELP}.", Exit.USAGE) from None
    return to_us(moment.astimezone(UTC))


def to_us(moment: datetime) -> int:
    """Exact, unlike `timestamp`, whose float has no room for microseconds."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * _SECOND_US + delta.microseconds


def iso(time_us: int | None) -> str | None:
    """For JSON: UTC with milliseconds."""
    if time_us is None:
        return None
    seconds, rest_us = divmod(time_us, _SECOND_US)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest_us)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(time_us: int | None) -> str:
    """For a person: local date and time; "" for None."""
    if time_us is None:
        return ""
    return datetime.fromtimestamp(time_us / _SECOND_US).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def length(span_us: int) -> str:
    """ "1:02:03" or "12.3 s"."""
    seconds = span_us / _SECOND_US
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
