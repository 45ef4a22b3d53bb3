"""Commands on the journal and the alarms."""

from __future__ import annotations

import queue
import time

from attrs import evolve

from axxon_client.cli import names, times
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from axxon_client.net.states import LinkPhase, LinkState
from protocol.messages import (
    AlarmPage,
    Done,
    EvaluateAlarm,
    EventNotice,
    JournalPage,
    Message,
    QueryAlarms,
    QueryJournal,
    TakeAlarm,
)
from protocol.types import AlarmState, EventRecord, Severity

_PAGE = 1000  # the protocol's bound of one answer
# Events that come faster than they can be printed wait here.
_MAX_WAITING = 10_000


def events(context: Context) -> None:
    options = context.options
    with context.client() as client:
        objects = context.tree(client) if options.object else []
        query = QueryJournal(
            begin_us=context.time(client, options.begin),
            end_us=context.time(client, options.end),
            types=options.type,
            objects=[names.find(objects, wanted).id for wanted in options.object],
            severities=[Severity(word) for word in options.severity],
            phrase=options.text,
        )
        if options.follow:
            _follow(context, client, query)
            return
        found = _pages(client, query, options.limit)
    head = ("time", "severity", "type", "object", "phase", "text", "user")
    context.out.rows(found, head, [_row(event) for event in reversed(found)])


def _pages(client: Client, query: QueryJournal, limit: int) -> list[EventRecord]:
    """Newest first."""
    found: list[EventRecord] = []
    more = True
    while more and len(found) < limit:
        before = found[-1].id if found else None
        asked = evolve(query, before_id=before, limit=min(_PAGE, limit - len(found)))
        page = client.ask(asked, JournalPage)
        found += page.events
        more = page.more and bool(page.events)
    return found


def _follow(context: Context, client: Client, query: QueryJournal) -> None:
    """Print what happens until the time is over, or Ctrl-C."""
    waiting: queue.Queue[EventRecord | LinkState] = queue.Queue(_MAX_WAITING)

    def put(item: EventRecord | LinkState) -> None:
        if not waiting.full():
            waiting.put_nowait(item)

    def on_notice(message: Message, payload: bytes) -> None:
        if isinstance(message, EventNotice) and _wanted(message.event, query):
            put(message.event)

    client.link.on_notice = on_notice
    client.link.on_state = put
    client.wait(client.link.subscribe(["events"]))
    end = time.monotonic() + context.options.seconds if context.options.seconds else None
    while True:
        left = end - time.monotonic() if end is not None else None
        if left is not None and left <= 0:
            return
        try:
            item = waiting.get(timeout=left)
        except queue.Empty:
            return
        if isinstance(item, EventRecord):
            time_text, severity, kind, name, phase, text, user = _row(item)
            shown = f"{time_text}  {severity:8} {kind:20} {name:16} {phase:7} {text} {user}"
            context.out.line(item, shown.rstrip())
        elif item.phase is LinkPhase.REFUSED:
            raise CommandError(item.reason, Exit.UNREACHABLE)
        elif item.reason:
            context.out.say(f"{item.reason} Trying again.")


def _wanted(event: EventRecord, query: QueryJournal) -> bool:
    """As the server's search does."""
    return (
        (not query.types or event.type.startswith(tuple(query.types)))
        and (not query.objects or event.object_id in query.objects)
        and (not query.severities or event.severity in query.severities)
        and query.phrase.casefold() in event.text.casefold()
    )


def _row(event: EventRecord) -> tuple[str, str, str, str, str, str, str]:
    phase = "" if event.phase == "instant" else event.phase.value
    return (
        times.local(event.time_us),
        event.severity.value,
        event.type,
        event.object_name,
        phase,
        event.text,
        event.user,
    )


def alarms(context: Context) -> None:
    options = context.options
    with context.client() as client:
        if options.evaluate:
            _evaluate(context, client)
            return
        objects = context.tree(client) if options.camera else []
        query = QueryAlarms(
            begin_us=context.time(client, options.begin),
            end_us=context.time(client, options.end),
            cameras=[names.find(objects, wanted).id for wanted in options.camera],
            states=[AlarmState(word) for word in options.state],
            limit=min(options.limit, _PAGE),
        )
        page = client.ask(query, AlarmPage)
    rows = [
        (
            times.local(alarm.begin_us),
            times.length(alarm.end_us - alarm.begin_us) if alarm.end_us else "going on",
            alarm.state.value,
            alarm.camera_name,
            alarm.kind,
            alarm.taken_by or alarm.evaluated_by,
            alarm.comment,
            alarm.id,
        )
        for alarm in page.alarms
    ]
    head = ("begin", "lasted", "state", "camera", "kind", "by", "comment", "id")
    context.out.rows(page.alarms, head, rows)


def _evaluate(context: Context, client: Client) -> None:
    options = context.options
    if not options.verdict:
        raise CommandError("Say what it was: --verdict confirmed|suspicious|false.", Exit.USAGE)
    client.ask(TakeAlarm(options.evaluate), Done)
    verdict = AlarmState(options.verdict)
    client.ask(EvaluateAlarm(options.evaluate, verdict, options.comment), Done)
    context.out.value(
        {"alarm": options.evaluate, "state": verdict}, f"{options.evaluate}: {verdict.value}."
    )
