"""The commands and their options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from axxon_client.cli import times

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_EPILOG = """\
exit codes: 0 done, 1 refused or failed, 2 usage, 3 no connection or certificate not trusted,
4 log-in, 5 no such object or several of that name, 130 interrupted.

Times: """


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="axxonctl",
        description="Video surveillance from a shell.",
        epilog=_EPILOG + times.HELP + ".",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _account(commands)
    _manage(commands)
    _devices(commands)
    _watch(commands)
    _exports(commands)
    _records(commands)
    _keeping(commands)
    _metadata(commands)
    return parser


def _command(commands: Commands, name: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.add_argument("--json", action="store_true", help="for scripts")
    command.add_argument(
        "--server", metavar="HOST[:PORT]", help="another server than the last logged in to"
    )
    command.add_argument(
        "--yes", action="store_true", help="trust an unknown server's certificate without asking"
    )
    return command


def _account(commands: Commands) -> None:
    login = _command(commands, "login", "Log in, and remember the server for later commands.")
    login.add_argument("host", metavar="HOST[:PORT]")
    login.add_argument("--user", default="admin", help="user name (admin)")
    login.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    login.add_argument(
        "--no-save",
        action="store_true",
        help="do not store the password; later commands take it from AXXON_PASSWORD or ask",
    )
    _command(commands, "logout", "Forget the server and its stored password.")
    passwd = _command(commands, "passwd", "Change a password (one's own by default).")
    passwd.add_argument("--user", default="", help="another user (needs the right users)")
    passwd.add_argument(
        "--password-stdin", action="store_true", help="read the new password from standard input"
    )


def _manage(commands: Commands) -> None:
    status = _command(commands, "status", "The server and its cameras.")
    status.add_argument(
        "--timing", action="store_true", help="cameras' clocks, their drift, the network's jitter"
    )
    tree = _command(commands, "tree", "All objects.")
    tree.add_argument("object", nargs="?", help="only this one with all its properties")
    add = _command(commands, "add-camera", "Test a camera's address and add it, recorded.")
    add.add_argument("name")
    add.add_argument("url", help="rtsp://HOST[:PORT]/PATH, without user and password")
    add.add_argument("--low-url", default="", help="of its low-quality stream")
    add.add_argument("--user", default="", help="as set in the camera")
    add.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the camera's password from standard input",
    )
    add.add_argument(
        "--no-test", action="store_true", help="add it even if it cannot be reached now"
    )
    add.add_argument("--no-record", action="store_true", help="do not record it")
    add = _command(commands, "add", "Add any object: an archive, a volume, a recording, a user …")
    add.add_argument("kind", metavar="KIND", help="archive, volume, recording, detector, user …")
    add.add_argument("name")
    add.add_argument("values", nargs="*", metavar="PROPERTY=VALUE")
    add.add_argument("--below", default="", metavar="OBJECT", help="what it belongs to")
    add.add_argument(
        "--password-stdin", action="store_true", help="read its password from standard input"
    )
    change = _command(commands, "set", "Change properties of an object.")
    change.add_argument("object")
    change.add_argument("values", nargs="+", metavar="PROPERTY=VALUE", help="name=… renames it")
    remove = _command(commands, "remove", "Remove an object and what belongs to it.")
    remove.add_argument("object")
    remove.add_argument("--force", action="store_true", help="do not ask")
    control = _command(commands, "control", "Arm, disarm, record a camera, or raise an alarm.")
    control.add_argument("camera")
    control.add_argument("action", choices=["arm", "disarm", "record", "stop-record", "alarm"])


def _devices(commands: Commands) -> None:
    discover = _command(commands, "discover", "Look for cameras in the server's network.")
    discover.add_argument("--seconds", type=float, default=10.0, help="how long (10)")
    describe = _command(commands, "describe", "What a device says that it can do.")
    describe.add_argument("device")
    describe.add_argument("--fresh", action="store_true", help="ask it again")
    setting = _command(commands, "stream-settings", "How a device encodes; or change it.")
    setting.add_argument("device")
    setting.add_argument("stream", nargs="?", default="", help="its token, as listed")
    setting.add_argument(
        "values", nargs="*", metavar="NAME=VALUE", help="codec, size, fps, kbps, gop, quality"
    )
    ptz = _command(commands, "ptz", "Steer a camera.")
    ptz.add_argument("camera")
    ptz.add_argument(
        "action",
        choices=[
            *("show", "move", "stop", "go", "home"),
            *("preset", "set-preset", "remove-preset", "patrol"),
        ],
    )
    ptz.add_argument("values", nargs="*", help="move, go: PAN TILT [ZOOM]; a preset; on, off")
    ptz.add_argument("--seconds", type=float, default=1.0, help="how long a move lasts (1)")
    io = _command(commands, "io", "States of sensors and relays; or switch a relay.")
    io.add_argument("relay", nargs="?", default="")
    io.add_argument("state", nargs="?", choices=["on", "off"], default="on")
    io.add_argument("--seconds", type=float, default=0.0, help="back after so long")
    talk = _command(commands, "talk", "Say a WAV file (16 bit, mono) at a camera.")
    talk.add_argument("camera")
    talk.add_argument("file")


def _watch(commands: Commands) -> None:
    live = _command(commands, "live", "Receive and decode live video; show statistics.")
    live.add_argument("camera")
    live.add_argument("--stats", action="store_true", help="a line a second")
    live.add_argument("--seconds", type=float, default=10.0, help="how long (10)")
    live.add_argument("--low", action="store_true", help="the low-quality stream")
    live.add_argument("--audio", action="store_true", help="with sound")
    play = _command(commands, "play", "Play back from the archive; show statistics.")
    play.add_argument("camera")
    play.add_argument("--from", dest="begin", required=True, metavar="TIME")
    play.add_argument("--speed", type=float, default=1.0, help="-16 to 16 (1)")
    play.add_argument("--seconds", type=float, default=10.0, help="how long (10)")
    play.add_argument("--audio", action="store_true", help="with sound")
    snapshot = _command(commands, "snapshot", "Save a picture: the newest, or of a time.")
    snapshot.add_argument("camera")
    snapshot.add_argument("--at", metavar="TIME", help="from the archive, at or before that time")
    snapshot.add_argument("-o", "--output", required=True, metavar="FILE", help=".jpg or .png")


def _exports(commands: Commands) -> None:
    export = _command(commands, "export", "Save footage of one or several cameras to a file.")
    export.add_argument("cameras", nargs="+", metavar="CAMERA")
    export.add_argument("--from", dest="begin", required=True, metavar="TIME")
    export.add_argument("--to", dest="end", required=True, metavar="TIME")
    export.add_argument(
        "--form",
        choices=["mkv", "mp4", "jpeg", "png", "pdf"],
        help="mkv: as recorded; mp4: exactly the period; pictures; pdf: contact sheet (by the "
        "file's name)",
    )
    export.add_argument(
        "--every", default="", metavar="TIME", help="jpeg, png, pdf: one picture every …"
    )
    export.add_argument("--no-audio", action="store_true")
    export.add_argument(
        "--stamp", action="store_true", help="burn time and camera name into the picture"
    )
    export.add_argument(
        "--mask",
        action="append",
        default=[],
        metavar="CAMERA=X,Y;X,Y;X,Y",
        help="hide this polygon, in shares of the picture's sides; may be repeated",
    )
    export.add_argument("--pixelate", action="store_true", help="masks: pixelate, not black")
    export.add_argument(
        "--evidence",
        action="store_true",
        help="a zip with ledger, journal and signed hashes; check it with axxonctl verify",
    )
    export.add_argument(
        "--encrypt",
        action="store_true",
        help="a zip with a password (AES-256), from AXXON_EXPORT_PASSWORD or asked for",
    )
    export.add_argument("--comment", default="", help="what it is for")
    export.add_argument(
        "--no-wait", action="store_true", help="leave it to the server; see axxonctl exports"
    )
    export.add_argument("--keep", action="store_true", help="keep the file on the server, too")
    export.add_argument("-o", "--output", default="", metavar="FILE", help="or a folder")
    exports = _command(commands, "exports", "Exports of the server: list, fetch, cancel, delete.")
    exports.add_argument("job", nargs="?", default="", help="the id's beginning is enough")
    what = exports.add_mutually_exclusive_group()
    what.add_argument("--fetch", action="store_true", help="with -o")
    what.add_argument("--cancel", action="store_true")
    what.add_argument("--delete", action="store_true")
    exports.add_argument("-o", "--output", default="", metavar="FILE", help="or a folder")
    verify = commands.add_parser(
        "verify",
        help="Check an evidence bundle; needs no server.",
        description="Check an evidence bundle; needs no server.",
    )
    verify.add_argument("bundle", metavar="BUNDLE")
    verify.add_argument(
        "--key", default="", metavar="FINGERPRINT", help="as axxonctl status shows it"
    )
    verify.add_argument(
        "--encrypted",
        action="store_true",
        help="open it with the password from AXXON_EXPORT_PASSWORD or asked for",
    )
    verify.add_argument("--json", action="store_true", help="for scripts")


def _records(commands: Commands) -> None:
    events = _command(commands, "events", "Search the journal, or follow it.")
    events.add_argument("--follow", action="store_true", help="go on with what happens")
    events.add_argument("--from", dest="begin", metavar="TIME")
    events.add_argument("--to", dest="end", metavar="TIME")
    events.add_argument("--type", action="append", default=[], help="or its beginning: camera.")
    events.add_argument("--object", action="append", default=[], help="name or id")
    events.add_argument(
        "--severity", action="append", default=[], choices=["info", "warning", "error", "alarm"]
    )
    events.add_argument("--text", default="", help="a phrase")
    events.add_argument("--limit", type=int, default=50, help="the newest so many (50)")
    events.add_argument("--seconds", type=float, help="follow so long")
    alarms = _command(commands, "alarms", "List alarms; take and evaluate them.")
    alarms.add_argument("--from", dest="begin", metavar="TIME")
    alarms.add_argument("--to", dest="end", metavar="TIME")
    alarms.add_argument("--camera", action="append", default=[])
    alarms.add_argument(
        "--state",
        action="append",
        default=[],
        choices=["pending", "confirmed", "suspicious", "false", "unclassified"],
    )
    alarms.add_argument("--limit", type=int, default=50, help="the newest so many (50)")
    alarms.add_argument("--evaluate", metavar="ALARM", help="with --verdict")
    alarms.add_argument("--verdict", choices=["confirmed", "suspicious", "false"])
    alarms.add_argument("--comment", default="")


def _keeping(commands: Commands) -> None:
    text = "Of every second: recorded, not wanted, or lost and why; a row a day."
    coverage = _command(commands, "coverage", text)
    coverage.add_argument("camera")
    coverage.add_argument("--from", dest="begin", default="-7d", metavar="TIME", help="(-7d)")
    coverage.add_argument("--to", dest="end", metavar="TIME", help="(now)")
    coverage.add_argument("--archive", default="", help="of this one alone")
    protect = _command(commands, "protect", "Keep footage from being deleted.")
    protect.add_argument("camera")
    protect.add_argument("--from", dest="begin", required=True, metavar="TIME")
    protect.add_argument("--to", dest="end", required=True, metavar="TIME")
    protect.add_argument("--reason", required=True, help="why, for the journal")
    protect.add_argument("--archive", default="", help="in this one alone")
    unprotect = _command(commands, "unprotect", "Let protected footage go again.")
    unprotect.add_argument("protection", help="its id, as `protected` shows it")
    _command(commands, "protected", "List what is protected, why and by whom.")
    archives = _command(commands, "archives", "The archives and their volumes.")
    archives.add_argument("--cameras", action="store_true", help="whose footage they hold")
    _command(commands, "plan", "How many days each camera's footage will stay.")
    attach = _command(commands, "attach", "Read an archive's folder that was recorded elsewhere.")
    attach.add_argument("folder", help="on the server")
    attach.add_argument("--name", default="Attached", help="what to call it (Attached)")
    detach = _command(commands, "detach", "Forget an attached archive; its folder stays.")
    detach.add_argument("archive")
    line = _command(commands, "timeline", "Footage, gaps and why, detectors, alarms: a row each.")
    line.add_argument("camera")
    line.add_argument("--from", dest="begin", default="-1d", metavar="TIME", help="(-1d)")
    line.add_argument("--to", dest="end", metavar="TIME", help="(now)")
    line.add_argument(
        "--kind", action="append", choices=["footage", "gap", "detector", "alarm"], help="only"
    )
    pictures = _command(commands, "pictures", "Pictures spread evenly over a period, as files.")
    pictures.add_argument("camera")
    pictures.add_argument("--from", dest="begin", required=True, metavar="TIME")
    pictures.add_argument("--to", dest="end", required=True, metavar="TIME")
    pictures.add_argument("--count", type=int, default=12, help="1 to 64 (12)")
    pictures.add_argument("-o", "--output", required=True, metavar="FOLDER")
    find = _command(commands, "find", "The next recording or alarm after a time.")
    find.add_argument("camera")
    find.add_argument("--at", required=True, metavar="TIME")
    find.add_argument("--back", action="store_true", help="the last one before it")
    find.add_argument("--what", default="recording", choices=["recording", "alarm"])


def _metadata(commands: Commands) -> None:
    text = "How often a detector would have fired with other settings, beside its present ones."
    backtest = _command(commands, "backtest", text)
    backtest.add_argument("camera")
    backtest.add_argument("detector", help="name or id")
    backtest.add_argument("--from", dest="begin", default="-7d", metavar="TIME", help="(-7d)")
    backtest.add_argument("--to", dest="end", metavar="TIME", help="(now)")
    backtest.add_argument(
        "--set", nargs="+", default=[], metavar="PROPERTY=VALUE", help="the settings to try"
    )
    _command(commands, "metadata", "Of which cameras there is metadata, and since when.")
