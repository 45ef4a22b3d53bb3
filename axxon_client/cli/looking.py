"""Commands that look into the archive: the time line as rows, pictures of a period."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from axxon_client.cli import times
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from axxon_client.video.picture import decode_picture, to_jpeg
from protocol.messages import GetPictures, GetTimeLine, Pictures, TimeLine
from protocol.types import PictureAt

_DETAIL_US = 1_000_000


def timeline(context: Context) -> None:
    """A row a stretch: footage, gaps and why, detectors, alarms."""
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        begin, end = context.time(client, options.begin), context.time(client, options.end)
        assert begin is not None
        end = end if end is not None else client.now_us()
        line = client.ask(GetTimeLine(camera.id, begin, end, _DETAIL_US), TimeLine)
    spans = [span for span in line.spans if not options.kind or span.kind in options.kind]
    rows = [
        (
            span.kind,
            times.local(span.begin_us),
            times.local(span.end_us),
            times.length(span.end_us - span.begin_us),
            span.reason,
        )
        for span in spans
    ]
    context.out.rows(spans, ("what", "from", "to", "length", "why"), rows)


def pictures(context: Context) -> None:
    """Key frames spread evenly over the footage of a period, as files named by their time."""
    options = context.options
    folder = Path(options.output)
    with context.client() as client:
        camera = context.camera(client, options.camera)
        begin, end = context.time(client, options.begin), context.time(client, options.end)
        assert begin is not None
        assert end is not None
        request = GetPictures(camera.id, begin, end, options.count)
        reply, payload = client.ask_payload(request, Pictures)
    if not reply.pictures:
        raise CommandError(f"{camera.name} has no footage in that period.", Exit.FAILED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        saved = list(_save(folder, camera.name, reply.pictures, payload))
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
    rows = [(times.local(time_us), str(path)) for time_us, path in saved]
    values = [{"time_us": time_us, "file": str(path)} for time_us, path in saved]
    context.out.rows(values, ("time", "file"), rows)


def _save(
    folder: Path, name: str, found: list[PictureAt], payload: bytes
) -> Iterator[tuple[int, Path]]:
    at = 0
    for one in found:
        picture = decode_picture(one.format, payload[at : at + one.bytes], one.time_us)
        at += one.bytes
        if picture is not None:
            stem = "".join(char if char.isalnum() else "-" for char in name)
            stamp = str(times.iso(one.time_us)).replace(":", "")
            path = folder / f"{stem}_{stamp}.jpg"
            path.write_bytes(to_jpeg(picture))
            yield one.time_us, path
