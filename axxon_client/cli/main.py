"""Dispatch: options to a command, errors to a sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from axxon_client.cli import (
    adding,
    devices,
    exporting,
    exports,
    keeping,
    looking,
    manage,
    metadata,
    records,
    verify,
    watch,
)
from axxon_client.cli.context import Context
from axxon_client.cli.parser import make_parser
from axxon_client.cli.problems import CommandError, Exit

COMMANDS: dict[str, Callable[[Context], None]] = {
    "login": manage.login,
    "logout": manage.logout,
    "passwd": manage.passwd,
    "status": manage.status,
    "tree": manage.tree,
    "add-camera": manage.add_camera,
    "add": adding.add,
    "set": manage.set_properties,
    "remove": manage.remove,
    "control": manage.control,
    "discover": devices.discover,
    "describe": devices.describe,
    "stream-settings": devices.stream_settings,
    "ptz": devices.ptz,
    "io": devices.io,
    "talk": devices.talk,
    "live": watch.live,
    "play": watch.play,
    "snapshot": watch.snapshot,
    "export": exporting.export,
    "exports": exports.exports,
    "verify": verify.verify,
    "coverage": keeping.coverage,
    "protect": keeping.protect,
    "unprotect": keeping.unprotect,
    "protected": keeping.protected,
    "archives": keeping.archives,
    "plan": keeping.plan,
    "attach": keeping.attach,
    "detach": keeping.detach,
    "find": keeping.find,
    "backtest": metadata.backtest,
    "metadata": metadata.metadata,
    "timeline": looking.timeline,
    "pictures": looking.pictures,
    "events": records.events,
    "alarms": records.alarms,
}


# Options whose values may begin with a minus sign, which argparse takes for another option.
_SIGNED = frozenset({"--from", "--to", "--at", "--speed"})


def join_signed(arguments: Sequence[str]) -> list[str]:
    """`--from -10m` as `--from=-10m`."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in _SIGNED and argument[:1] == "-" and argument[1:2].isdigit():
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code (`Exit`)."""
    options = make_parser().parse_args(
        join_signed(sys.argv[1:] if arguments is None else arguments)
    )
    try:
        COMMANDS[options.command](Context(options))
    except CommandError as error:
        print(f"axxonctl: {error}", file=sys.stderr)
        return int(error.code)
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has ended, as `head` does
        sys.stderr.close()
        return int(Exit.FAILED)
    return int(Exit.OK)
