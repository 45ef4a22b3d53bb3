"""Receives the file of an export job."""

from __future__ import annotations

import queue
import sys
from pathlib import Path
from typing import BinaryIO

from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from axxon_client.net.channels import PulledChannel
from axxon_client.net.wire import ChannelMessage
from protocol.messages import ChannelNotice, ExportProgress, FetchExport, MediaFrame
from protocol.types import ExportRecord

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


def fetch(context: Context, client: Client, job: ExportRecord, output: str) -> Path:
    """Save the file of a job that is done; it appears when it is whole.  Where `output` is a
    folder, or is named as another kind of file, the job's name is heeded.  Raises CommandError."""
    path = _target(job, output)
    draft = path.with_name(path.name + ".part")
    receiver = _Receiver()
    channel = client.wait(client.link.open_pulled(FetchExport(job.id), receiver))
    try:
        with draft.open("wb") as file:
            written = _receive(context, client, channel, receiver, file)
        if written != job.file_bytes:
            raise CommandError(f"{written} of {job.file_bytes} bytes came.")
        draft.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
        client.wait(channel.close())
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


def _receive(
    context: Context,
    client: Client,
    channel: PulledChannel,
    receiver: _Receiver,
    file: BinaryIO,
) -> int:
    """Write all pieces.  Raises CommandError, OSError."""
    written, size = 0, 1
    while True:
        try:
            item = receiver.items.get(timeout=_PATIENCE_S)
        except queue.Empty:
            raise CommandError("The server sends nothing any more.", Exit.UNREACHABLE) from None
        if isinstance(item, str):
            raise CommandError(f"The transfer was cut off: {item}", Exit.UNREACHABLE)
        if isinstance(item, MediaFrame):
            written += file.write(item.payload)
            client.network.call(channel.consumed, len(item.payload))
            progress(context, written / max(size, written), "Fetching")
        elif isinstance(item, ExportProgress):
            size = max(1, item.file_bytes)
        elif isinstance(item, ChannelNotice) and item.what == "end":
            return written
        elif isinstance(item, ChannelNotice) and item.what == "closed":
            raise CommandError(f"The transfer failed: {item.text}")
