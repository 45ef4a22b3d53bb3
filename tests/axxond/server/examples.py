"""One sound example of every request."""

from __future__ import annotations

from protocol import messages as m
from protocol.types import AlarmState
from tests.fakes.system import START_US

EXAMPLES: dict[type[m.Request], m.Request] = {
    m.GetTree: m.GetTree(),
    m.GetSchema: m.GetSchema(),
    m.ChangeTree: m.ChangeTree([m.Change("cam1", name="Door")]),
    m.TestDevice: m.TestDevice({"url": "rtsp://192.0.2.1/"}),
    m.Subscribe: m.Subscribe(["tree"]),
    m.OpenLive: m.OpenLive("cam1"),
    m.OpenPlayback: m.OpenPlayback("cam1", START_US),
    m.SeekPlayback: m.SeekPlayback(999_999, START_US),
    m.CloseChannel: m.CloseChannel(999_999),
    m.GetTimeLine: m.GetTimeLine("cam1", 0, 1),
    m.GetPicture: m.GetPicture("cam1", START_US),
    m.GetTimeLines: m.GetTimeLines(["cam1", "cam2"], 0, 1),
    m.GetPictures: m.GetPictures("cam1", START_US, START_US + 1),
    m.FindNext: m.FindNext("cam1", START_US),
    m.GetCoverage: m.GetCoverage("cam1", START_US, START_US + 1),
    m.Protect: m.Protect("cam1", START_US, START_US + 1, "theft"),
    m.Unprotect: m.Unprotect("p0"),
    m.GetProtections: m.GetProtections(),
    m.GetArchives: m.GetArchives(),
    m.Export: m.Export("cam1", 0, 1),
    m.StartExport: m.StartExport(["cam1"], 0, 1),
    m.ListExports: m.ListExports(),
    m.CancelExport: m.CancelExport("none"),
    m.DeleteExport: m.DeleteExport("none"),
    m.FetchExport: m.FetchExport("none"),
    m.QueryJournal: m.QueryJournal(),
    m.QueryAlarms: m.QueryAlarms(),
    m.TakeAlarm: m.TakeAlarm("alarm1"),
    m.EvaluateAlarm: m.EvaluateAlarm("alarm1", AlarmState.FALSE),
    m.ControlCamera: m.ControlCamera("cam1", "arm"),
    m.GetStatus: m.GetStatus(),
    m.ChangePassword: m.ChangePassword("new-secret", user="somebody"),
    m.Ping: m.Ping(),
    m.Login: m.Login("admin", "wrong"),
}
