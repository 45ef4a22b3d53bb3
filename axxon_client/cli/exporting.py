"""The command that saves footage to a file."""

from __future__ import annotations

import queue
import sys
from pathlib import Path
from typing import BinaryIO

from axxon_client.cli import times
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from axxon_client.net.channels import PulledChannel
from axxon_client.net.wire import ChannelMessage
from protocol.messages import ChannelNotice, Export, ExportProgress, MediaFrame

_FORMS = {".mkv": "mkv", ".mp4": "mp4", ".zip": "jpeg"}
# Nothing for that long: the server is lost or stuck.
_PATIENCE_S = 60.0


class _Receiver:
    """A channel's listener (network thread) for a blocking reader; credit bounds the queue."""

    def __init__(self) -> None:
        self.items: queue.SimpleQueue[MediaFrame | ChannelMessage | str] = queue.SimpleQueue()

    def reset(self) -> None:
        """Nothing was received before."""

    def media(self, frame: MediaFrame) -> None:
        self.items.put(frame)

    def message(self, message: ChannelMessage) -> None:
        self.items.put(message)

    def lost(self, reason: str) -> None:
        self.items.put(reason)


def export(context: Context) -> None:
    options = context.options
    path = Path(options.output)
    form = options.form or _FORMS.get(path.suffix.lower())
    if form is None:
        raise CommandError(f"{path}: say --form mkv|mp4|jpeg|png.", Exit.USAGE)
    with context.client() as client:
        camera = context.camera(client, options.camera)
        now_us = client.now_us()
        request = Export(
            camera.id,
            times.parse_time(options.begin, now_us),
            times.parse_time(options.end, now_us),
            form,
            not options.no_audio,
            times.parse_span(options.every) if options.every else 0,
        )
        if request.end_us <= request.begin_us:
            raise CommandError("--to must be later than --from.", Exit.USAGE)
        receiver = _Receiver()
        channel = client.wait(client.link.open_pulled(request, receiver))
        draft = path.with_name(path.name + ".part")
        try:
            with draft.open("wb") as file:
                written = _receive(context, client, channel, receiver, file)
            draft.replace(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        finally:
            draft.unlink(missing_ok=True)
        client.wait(channel.close())
    length = times.length(request.end_us - request.begin_us)
    context.out.value(
        {"camera": camera.id, "file": str(path), "bytes": written, "form": form},
        f"{path}: {camera.name} from {times.local(request.begin_us)}, {length}, "
        f"{written / 1e6:.1f} MB.",
    )


def _receive(
    context: Context,
    client: Client,
    channel: PulledChannel,
    receiver: _Receiver,
    file: BinaryIO,
) -> int:
    """Write all pieces.  Raises CommandError, OSError."""
    written = 0
    while True:
        try:
            item = receiver.items.get(timeout=_PATIENCE_S)
        except queue.Empty:
            raise CommandError("The server sends nothing any more.", Exit.UNREACHABLE) from None
        if isinstance(item, str):
            raise CommandError(f"The export was cut off: {item}", Exit.UNREACHABLE)
        if isinstance(item, MediaFrame):
            written += file.write(item.payload)
            client.network.call(channel.consumed, len(item.payload))
        elif isinstance(item, ExportProgress):
            _progress(context, item.share)
        elif isinstance(item, ChannelNotice) and item.what == "end":
            return written
        elif isinstance(item, ChannelNotice) and item.what in ("closed", "failed"):
            raise CommandError(f"The export failed: {item.text}")


def _progress(context: Context, share: float) -> None:
    if sys.stderr.isatty() and not context.out.json:
        end = "\n" if share >= 1 else ""
        print(f"\r{share * 100:5.1f} %", end=end, file=sys.stderr, flush=True)
