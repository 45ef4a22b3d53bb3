"""What a person orders to be exported: choices, what is wrong with them, how large.  Pure."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from axxon_client.model import words
from axxon_client.model.words import DAY_US, US
from protocol.messages import StartExport
from protocol.types import ExportMask, ExportRecord, ExportState

FILMS = frozenset({"mkv", "mp4"})
PICTURES = frozenset({"jpeg", "png"})
MAX_SPAN_US = 31 * DAY_US  # the server refuses more
MIN_PASSWORD = 4
SHEET_PICTURES = 24  # of a contact sheet without a distance
_PIXELATE, _BLACK = "pixelate", "black"

Polygon = list[list[float]]


@frozen
class ExportDraft:
    """As it stands in the form.  `masks` by camera; `every_us` 0: each picture (of a contact
    sheet: 24 in all)."""

    cameras: tuple[str, ...] = ()
    begin_us: int = 0
    end_us: int = 0
    form: str = "mkv"
    audio: bool = True
    every_us: int = 0
    stamp: bool = False
    masks: Mapping[str, list[Polygon]] = field(factory=dict)
    pixelate: bool = False
    evidence: bool = False
    password: str = field(default="", repr=False)
    protect: bool = False  # with a password
    comment: str = ""

    @property
    def span_us(self) -> int:
        return self.end_us - self.begin_us

    def order(self) -> StartExport:
        how = _PIXELATE if self.pixelate else _BLACK
        return StartExport(
            list(self.cameras),
            self.begin_us,
            self.end_us,
            self.form,
            self.audio,
            0 if self.form in FILMS else self.every_us,
            self.stamp,
            [
                ExportMask(camera, polygons, how)
                for camera, polygons in self.masks.items()
                if polygons and camera in self.cameras
            ],
            self.evidence,
            self.password if self.protect else "",
            self.comment.strip(),
        )


def problem(draft: ExportDraft, now_us: int) -> tuple[str, str] | None:
    """(field, sentence) of the first thing that must be mended; None: it can be ordered."""
    if not draft.cameras:
        return "cameras", words.tr("Choose at least one camera.")
    if draft.span_us <= 0:
        return "period", words.tr("The end must be later than the beginning.")
    if draft.span_us > MAX_SPAN_US:
        return "period", words.tr("At most 31 days can be exported at once.")
    if draft.begin_us >= now_us:
        return "period", words.tr("This period has not begun yet.")
    if draft.protect and len(draft.password) < MIN_PASSWORD:
        return "password", words.tr("Use at least {0} characters.").format(MIN_PASSWORD)
    return None


def estimate(draft: ExportDraft, rates_bps: Mapping[str, int]) -> str:
    """About how much it will be, in words; "" when nobody knows.

    `rates_bps`: what each camera sends now.  Films only: they are copied as they are.
    """
    if draft.form in PICTURES or draft.form == "pdf":
        return _pictures(draft)
    known = [rates_bps[camera] for camera in draft.cameras if rates_bps.get(camera)]
    if not known or len(known) < len(draft.cameras):
        return ""
    size = sum(known) / 8 * draft.span_us / US
    return words.tr("about {0}").format(words.size(round(size)))


def _pictures(draft: ExportDraft) -> str:
    if draft.form == "pdf" and not draft.every_us:
        count = SHEET_PICTURES
    elif not draft.every_us:
        return words.tr("every picture")
    else:
        count = -(-draft.span_us // draft.every_us)
    return words.tr("about {0} pictures").format(count * len(draft.cameras))


def ended(job: ExportRecord) -> bool:
    return job.state in (ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED)


def summary(job: ExportRecord) -> str:
    """Whose footage: `1 Entrance`, `1 Entrance and 3 more`."""
    names = job.camera_names or job.cameras
    if len(names) <= 1:
        return names[0] if names else "?"
    return words.tr("{0} and {1} more").format(names[0], len(names) - 1)


def form_name(form: str) -> str:
    known = {
        "mkv": words.tr("MKV video"),
        "mp4": words.tr("MP4 video"),
        "jpeg": words.tr("JPEG pictures"),
        "png": words.tr("PNG pictures"),
        "pdf": words.tr("Contact sheet"),
    }
    return known.get(form, form)


def form_help(form: str) -> str:
    """A sentence for a person who has to choose."""
    known = {
        "mkv": words.tr("Exactly as the camera sent it, quick. Plays in VLC and most players."),
        "mp4": words.tr("Plays everywhere, also on phones. Cut exactly to the period."),
        "jpeg": words.tr("Single pictures in a zip, small files."),
        "png": words.tr("Single pictures in a zip, without any loss; large files."),
        "pdf": words.tr("A page of small pictures to print or to send."),
    }
    return known.get(form, "")


def notes(job: ExportRecord) -> list[str]:
    """What was done to the footage, for a list."""
    told = [
        (job.evidence, words.tr("evidence")),
        (job.encrypted, words.tr("password")),
        (job.stamp, words.tr("time burnt in")),
        (job.masked, words.tr("areas hidden")),
    ]
    return [text for holds, text in told if holds]


def state_text(job: ExportRecord) -> str:
    """What is going on with a job, for a person."""
    if job.state is ExportState.WAITING:
        return words.tr("Waiting for its turn")
    if job.state is ExportState.RUNNING:
        return words.tr("Exporting… {0} %").format(round(job.share * 100))
    if job.state is ExportState.FAILED:
        return job.text or words.tr("It failed.")
    if job.state is ExportState.CANCELLED:
        return words.tr("Cancelled")
    size = words.size(job.file_bytes)
    return f"{words.tr('Ready')} · {size}" + (f" · {job.text}" if job.text else "")
