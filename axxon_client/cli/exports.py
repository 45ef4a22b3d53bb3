"""The command for the server's list of exports."""

from __future__ import annotations

from axxon_client.cli import times
from axxon_client.cli.context import Context
from axxon_client.cli.exporting import find_job
from axxon_client.cli.fetch import fetch
from axxon_client.cli.problems import CommandError, Exit
from protocol.messages import CancelExport, DeleteExport, Done, ExportJobs, ListExports
from protocol.types import ExportRecord

_SHOWN_ID = 8
_HEAD = ("id", "state", "done", "cameras", "from", "length", "form", "MB", "by", "")


def exports(context: Context) -> None:
    options = context.options
    acts = options.fetch or options.cancel or options.delete
    if acts and not options.job:
        raise CommandError("Say which export.", Exit.USAGE)
    if options.fetch and not options.output:
        raise CommandError("Say -o FILE.", Exit.USAGE)
    with context.client() as client:
        if not options.job:
            reply = client.ask(ListExports(), ExportJobs)
            context.out.rows(reply.jobs, _HEAD, [_row(job) for job in reply.jobs])
            return
        job = find_job(client, options.job)
        if options.fetch:
            path = fetch(context, client, job, options.output)
            context.out.value({"job": job.id, "file": str(path)}, f"{path} was saved.")
        elif options.cancel:
            client.ask(CancelExport(job.id), Done)
            context.out.value({"job": job.id}, f"Export {job.id} was cancelled.")
        elif options.delete:
            client.ask(DeleteExport(job.id), Done)
            context.out.value({"job": job.id}, f"Export {job.id} was deleted.")
        else:
            context.out.rows([job], _HEAD, [_row(job)])


def _row(job: ExportRecord) -> tuple[object, ...]:
    notes = [
        word
        for word, holds in (
            ("evidence", job.evidence),
            ("password", job.encrypted),
            ("stamp", job.stamp),
            ("masks", job.masked),
        )
        if holds
    ]
    said = ", ".join(notes + [text for text in (job.comment, job.text) if text])
    return (
        job.id[:_SHOWN_ID],
        job.state.value,
        f"{job.share * 100:.0f} %",
        ", ".join(job.camera_names),
        times.local(job.begin_us),
        times.length(job.end_us - job.begin_us),
        job.form,
        f"{job.file_bytes / 1e6:.1f}",
        job.user,
        said,
    )
