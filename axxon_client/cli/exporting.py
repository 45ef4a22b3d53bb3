"""The command that saves footage to a file: start a job, wait for it, fetch it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from axxon_client.cli import times
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.fetch import fetch, progress
from axxon_client.cli.problems import CommandError, Exit
from protocol.messages import (
    CancelExport,
    DeleteExport,
    Done,
    ExportJobs,
    ExportStarted,
    ListExports,
    StartExport,
)
from protocol.types import ExportMask, ExportRecord, ExportState

PASSWORD_VARIABLE = "AXXON_EXPORT_PASSWORD"  # noqa: S105 - the variable's name
_FORMS = {".mkv": "mkv", ".mp4": "mp4", ".pdf": "pdf"}
_POLL_S = 0.3


def export(context: Context) -> None:
    options = context.options
    if not options.output and not options.no_wait:
        raise CommandError("Say -o FILE, or --no-wait.", Exit.USAGE)
    form = _form(context)
    password = ask_password(context) if options.encrypt else ""
    with context.client() as client:
        order = _order(context, client, form, password)
        job = client.ask(order, ExportStarted).job
        if options.no_wait:
            text = f"Export {job.id} was started; axxonctl exports shows it."
            context.out.value(job, text)
            return
        try:
            job = _wait(context, client, job)
        except KeyboardInterrupt:
            client.ask(CancelExport(job.id), Done)
            raise
        path = fetch(context, client, job, options.output)
        if not options.keep:
            client.ask(DeleteExport(job.id), Done)
    _tell(context, job, path)


def ask_password(context: Context) -> str:
    """Raises CommandError."""
    given = os.environ.get(PASSWORD_VARIABLE, "")
    return given or context.ask_password(f"Password of the file ({PASSWORD_VARIABLE})")


def find_job(client: Client, wanted: str) -> ExportRecord:
    """By the beginning of its id.  Raises CommandError."""
    jobs = client.ask(ListExports(), ExportJobs).jobs
    found = [job for job in jobs if job.id.startswith(wanted)]
    if len(found) != 1:
        what = "several exports" if found else "no export"
        raise CommandError(f"There is {what} of that id: {wanted}.", Exit.NAME)
    return found[0]


def _form(context: Context) -> str:
    """Raises CommandError."""
    options = context.options
    if options.form:
        return str(options.form)
    suffix = Path(options.output).suffix.lower()
    if options.evidence or options.encrypt:
        return _FORMS.get(suffix, "mkv")
    if suffix == ".zip" and len(options.cameras) == 1:
        return "jpeg"
    if suffix in _FORMS:
        return _FORMS[suffix]
    if suffix == ".zip" or Path(options.output).is_dir():
        return "mkv"
    raise CommandError(f"{options.output}: say --form mkv|mp4|jpeg|png|pdf.", Exit.USAGE)


def _order(context: Context, client: Client, form: str, password: str) -> StartExport:
    options = context.options
    now_us = client.now_us()
    order = StartExport(
        [context.camera(client, wanted).id for wanted in options.cameras],
        times.parse_time(options.begin, now_us),
        times.parse_time(options.end, now_us),
        form,
        not options.no_audio,
        times.parse_span(options.every) if options.every else 0,
        options.stamp,
        _masks(context, client),
        options.evidence,
        password,
        options.comment,
    )
    if order.end_us <= order.begin_us:
        raise CommandError("--to must be later than --from.", Exit.USAGE)
    return order


def _masks(context: Context, client: Client) -> list[ExportMask]:
    """Raises CommandError."""
    how = "pixelate" if context.options.pixelate else "black"
    polygons: dict[str, list[list[list[float]]]] = {}
    for text in context.options.mask:
        name, _, corners = text.rpartition("=")
        camera = context.camera(client, name)
        polygons.setdefault(camera.id, []).append(parse_polygon(corners))
    return [ExportMask(camera, found, how) for camera, found in polygons.items()]


def parse_polygon(text: str) -> list[list[float]]:
    """ "0.1,0.1;0.5,0.1;0.5,0.9".  Raises CommandError."""
    try:
        corners = [[float(number) for number in pair.split(",")] for pair in text.split(";")]
    except ValueError:
        corners = []
    if len(corners) < 3 or any(len(corner) != 2 for corner in corners):
        raise CommandError(f"{text!r} is no polygon: use CAMERA=X,Y;X,Y;X,Y.", Exit.USAGE)
    return corners


def _wait(context: Context, client: Client, job: ExportRecord) -> ExportRecord:
    """Until it is done.  Raises CommandError when it is not to be."""
    while True:
        job = find_job(client, job.id)
        progress(context, job.share, "Exporting")
        if job.state is ExportState.DONE:
            return job
        if job.state in (ExportState.FAILED, ExportState.CANCELLED):
            client.ask(DeleteExport(job.id), Done)
            no_footage = "no footage" in job.text
            code = Exit.NAME if no_footage else Exit.FAILED
            raise CommandError(f"The export {job.state.value}: {job.text}", code)
        time.sleep(_POLL_S)


def _tell(context: Context, job: ExportRecord, path: Path) -> None:
    length = times.length(job.end_us - job.begin_us)
    context.out.value(
        {
            "job": job.id,
            "cameras": job.cameras,
            "file": str(path),
            "bytes": job.file_bytes,
            "form": job.form,
            "text": job.text,
        },
        f"{path}: {', '.join(job.camera_names)} from {times.local(job.begin_us)}, {length}, "
        f"{job.file_bytes / 1e6:.1f} MB. {job.text}".rstrip(),
    )
