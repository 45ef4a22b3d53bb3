"""Receives the file of an export job."""

from __future__ import annotations

import sys
from pathlib import Path

from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError
from axxon_client.net.fetch import fetch_export
from protocol.types import ExportRecord


def fetch(context: Context, client: Client, job: ExportRecord, output: str) -> Path:
    """Save the file of a job that is done; it appears when it is whole.  Where `output` is a
    folder, or is named as another kind of file, the job's name is heeded.  Raises CommandError."""
    path = _target(job, output)

    def told(written: int) -> None:
        progress(context, written / max(1, job.file_bytes), "Fetching")

    try:
        client.wait(fetch_export(client.link, job, path, told))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def progress(context: Context, share: float, what: str) -> None:
    """A line for a person who waits."""
    if sys.stderr.isatty() and not context.out.json:
        end = "\n" if share >= 1 else ""
        print(f"\r{what} {share * 100:5.1f} %", end=end, file=sys.stderr, flush=True)


def _target(job: ExportRecord, output: str) -> Path:
    path = Path(output)
    if path.is_dir():
        return path / Path(job.file_name).name
    suffix = Path(job.file_name).suffix
    if path.suffix.lower() != suffix:
        return path.with_name(path.name + suffix)
    return path
