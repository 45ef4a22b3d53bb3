"""Export jobs and their files."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from axxond.archive.export.port import FILM_FORMS, FORMS
from axxond.base.units import DAY_US
from axxond.server.errors import invalid, not_found
from axxond.server.export import Wanted
from protocol.messages import (
    CancelExport,
    DeleteExport,
    Done,
    Export,
    ExportJobs,
    ExportStarted,
    FetchExport,
    ListExports,
    Opened,
    StartExport,
)
from protocol.types import ExportMask

if TYPE_CHECKING:
    from axxond.server.session import Session

_MAX_SPAN_US = 31 * DAY_US
# A segment's times are 32 bits of 100 µs: 119 hours.
_MAX_FILM_US = 4 * DAY_US
_MAX_POLYGONS = 32  # of a camera
_MAX_CORNERS = 64
_MAX_COMMENT = 2000
_MAX_PASSWORD = 128
_MASKS = ("black", "pixelate")


async def export(session: Session, request: Export) -> Opened:
    order = StartExport(
        [request.camera],
        request.begin_us,
        request.end_us,
        request.form,
        request.audio,
        request.every_us,
    )
    _check(order)
    _check_credit(request.credit_bytes)
    wanted = Wanted(order=order)
    return Opened(session.channels.open_export(wanted, request.credit_bytes))


async def start(session: Session, request: StartExport) -> ExportStarted:
    _check(request)
    return ExportStarted(await session.system.exports.start(request, session.author))


async def list_exports(session: Session, _: ListExports) -> ExportJobs:
    exports = session.system.exports
    return ExportJobs(exports.records(), exports.used_bytes, exports.limit_bytes)


async def cancel(session: Session, request: CancelExport) -> Done:
    await session.system.exports.cancel(request.job, session.author)
    return Done()


async def delete(session: Session, request: DeleteExport) -> Done:
    await session.system.exports.delete(request.job, session.author)
    return Done()


async def fetch(session: Session, request: FetchExport) -> Opened:
    _check_credit(request.credit_bytes)
    if request.offset_bytes < 0:
        raise invalid("offset_bytes", "below 0")
    exports = session.system.exports
    exports.result(request.job)  # refused here rather than on the channel
    if request.job not in {record.id for record in exports.records()}:
        raise not_found("export", request.job)
    wanted = Wanted(request.job, request.offset_bytes)
    return Opened(session.channels.open_export(wanted, request.credit_bytes))


def _check(order: StartExport) -> None:
    if order.form not in FORMS:
        raise invalid("form", f"{order.form!r} is not one of {', '.join(FORMS)}")
    if order.begin_us >= order.end_us:
        raise invalid("end_us", "the end is not after the beginning")
    if order.end_us - order.begin_us > _MAX_SPAN_US:
        raise invalid("end_us", f"more than {_MAX_SPAN_US // DAY_US} days")
    if order.form in FILM_FORMS and order.end_us - order.begin_us > _MAX_FILM_US:
        text = f"a film is at most {_MAX_FILM_US // DAY_US} days long: order several"
        raise invalid("end_us", text)
    if order.every_us < 0:
        raise invalid("every_us", "below 0")
    if len(order.comment) > _MAX_COMMENT:
        raise invalid("comment", f"longer than {_MAX_COMMENT} characters")
    if len(order.password) > _MAX_PASSWORD:
        raise invalid("password", f"longer than {_MAX_PASSWORD} characters")
    for number, mask in enumerate(order.masks):
        if mask.camera not in order.cameras:
            raise invalid(f"masks[{number}].camera", "this camera is not exported")
        if mask.camera in {other.camera for other in order.masks[:number]}:
            raise invalid(f"masks[{number}].camera", "this camera has a mask already")
        _check_mask(mask, f"masks[{number}]")


def _check_mask(mask: ExportMask, where: str) -> None:
    if mask.how not in _MASKS:
        raise invalid(f"{where}.how", f"{mask.how!r} is not one of {', '.join(_MASKS)}")
    if not 1 <= len(mask.polygons) <= _MAX_POLYGONS:
        raise invalid(f"{where}.polygons", f"not within [1; {_MAX_POLYGONS}]")
    for polygon in mask.polygons:
        if not 3 <= len(polygon) <= _MAX_CORNERS:
            raise invalid(f"{where}.polygons", f"a polygon has 3 to {_MAX_CORNERS} corners")
        for corner in polygon:
            if len(corner) != 2 or not all(math.isfinite(x) and 0 <= x <= 1 for x in corner):
                raise invalid(f"{where}.polygons", "a corner is two numbers within [0; 1]")


def _check_credit(credit_bytes: int) -> None:
    if credit_bytes < 0:
        raise invalid("credit_bytes", f"{credit_bytes} is below 0")
