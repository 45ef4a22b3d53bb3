"""The command that checks an evidence bundle."""

from __future__ import annotations

from pathlib import Path

from attrs import asdict

from axxon_client.cli import times
from axxon_client.cli.bundle import Report, Verdict, check_bundle, normal_key
from axxon_client.cli.context import Context
from axxon_client.cli.exporting import ask_password
from axxon_client.cli.problems import CommandError, Exit
from protocol.evidence import Manifest


def verify(context: Context) -> None:
    """Raises CommandError when the bundle is not what was signed."""
    options = context.options
    if options.key and len(normal_key(options.key)) != 64:
        raise CommandError("--key takes the whole fingerprint, 64 digits.", Exit.USAGE)
    password = ask_password(context) if options.encrypted else ""
    path = Path(options.bundle)
    try:
        report = check_bundle(path, options.key, password)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    _show(context, path, report)
    if not report.intact:
        raise CommandError(f"{path} is NOT what the server signed.")


def _show(context: Context, path: Path, report: Report) -> None:
    manifest = report.manifest
    if context.out.json:
        found = {
            "bundle": str(path),
            "intact": report.intact,
            "key": report.key,
            "findings": [asdict(one) for one in report.findings],
            "manifest": asdict(manifest) if manifest is not None else None,
        }
        context.out.value(found, "")
        return
    if manifest is not None:
        context.out.value(None, _words(path, manifest))
    rows = [(one.verdict.value, one.what, one.text) for one in report.findings]
    context.out.rows([], ("", "what", "found"), rows)
    if report.intact and any(one.verdict is Verdict.OPEN for one in report.findings):
        context.out.say("Intact as far as it was checked: see the rows with a question mark.")
    elif report.intact:
        context.out.say("Intact: all of it is what the server signed.")


def _words(path: Path, manifest: Manifest) -> str:
    length = times.length(manifest.end_us - manifest.begin_us)
    head = (
        f"{path}: {manifest.server_name} ({manifest.server}), "
        f"{times.local(manifest.begin_us)}, {length}; "
        f"made {times.local(manifest.made_us)} by {manifest.user}"
    )
    if manifest.comment:
        head += f": {manifest.comment}"
    return "\n  ".join([head, *manifest.changes])
