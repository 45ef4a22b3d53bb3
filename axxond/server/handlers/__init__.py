"""What answers each request, one module a topic.

A handler is called with the session, whose user is logged in and has the message's right, and the
request; it hands back the reply, or the reply and its payload.  It may raise ProtocolError and any
AxxonError (`server.errors` maps them).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from axxond.server.handlers import (
    archive,
    channels,
    control,
    detectors,
    devices,
    exports,
    journal,
    keeping,
    login,
    metadata,
    subscriptions,
    tree,
)
from protocol import messages as m

Answer = m.Message | tuple[m.Message, bytes]
Handler = Callable[[Any, Any], Awaitable[Answer]]

# `Ping` is answered by the protocol itself.
HANDLERS: dict[type[m.Request], Handler] = {
    m.Login: login.login,
    m.ChangePassword: login.change_password,
    m.GetTree: tree.get_tree,
    m.GetSchema: tree.get_schema,
    m.ChangeTree: tree.change_tree,
    m.TestDevice: tree.test_device,
    m.Subscribe: subscriptions.subscribe,
    m.OpenLive: channels.open_live,
    m.OpenPlayback: channels.open_playback,
    m.SeekPlayback: channels.seek_playback,
    m.OpenPreview: detectors.open_preview,
    m.ChangePreview: detectors.change_preview,
    m.CloseChannel: channels.close_channel,
    m.BackTest: metadata.back_test,
    m.CancelBackTest: metadata.cancel,
    m.GetMetadata: metadata.get_metadata,
    m.Export: exports.export,
    m.StartExport: exports.start,
    m.ListExports: exports.list_exports,
    m.CancelExport: exports.cancel,
    m.DeleteExport: exports.delete,
    m.FetchExport: exports.fetch,
    m.GetTimeLine: archive.get_time_line,
    m.GetTimeLines: archive.get_time_lines,
    m.GetPicture: archive.get_picture,
    m.GetPictures: archive.get_pictures,
    m.FindNext: archive.find_next,
    m.GetCoverage: keeping.get_coverage,
    m.Protect: keeping.protect,
    m.Unprotect: keeping.unprotect,
    m.GetProtections: keeping.get_protections,
    m.GetArchives: keeping.get_archives,
    m.QueryJournal: journal.query_journal,
    m.QueryAlarms: journal.query_alarms,
    m.TakeAlarm: journal.take_alarm,
    m.EvaluateAlarm: journal.evaluate_alarm,
    m.ControlCamera: control.control_camera,
    m.GetStatus: control.get_status,
    m.DescribeDevice: devices.describe,
    m.SetStream: devices.set_stream,
    m.SetDeviceClock: devices.set_clock,
    m.TakeSnapshot: devices.snapshot,
    m.Discover: devices.discover,
    m.TryDevice: devices.try_device,
    m.AddDevices: devices.add,
    m.SwitchRelay: devices.switch_relay,
    m.OpenTalk: devices.open_talk,
    m.GetPtz: devices.get_ptz,
    m.MovePtz: devices.steer,
    m.StopPtz: devices.steer,
    m.GoPtz: devices.steer,
    m.ShiftPtz: devices.steer,
    m.GoPreset: devices.steer,
    m.SetPreset: devices.steer,
    m.RemovePreset: devices.steer,
    m.GoHome: devices.steer,
    m.Patrol: devices.steer,
    m.SetLens: devices.steer,
    m.TakePtz: devices.steer,
}
