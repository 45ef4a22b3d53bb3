"""The catalogue of messages of wire version 1, a module a topic.

A request names its reply class in `REPLY`.  Who may send it: `RIGHT` (None = any log-in; for the
two messages before log-in, see `states`).  Handlers in the server and callers in the client are
written against these classes; nothing else crosses the wire.  `NAME` is what stands on the wire.
"""

from protocol.messages.archive import (
    Archives as Archives,
)
from protocol.messages.archive import (
    Coverage as Coverage,
)
from protocol.messages.archive import (
    FindNext as FindNext,
)
from protocol.messages.archive import (
    Found as Found,
)
from protocol.messages.archive import (
    GetArchives as GetArchives,
)
from protocol.messages.archive import (
    GetCoverage as GetCoverage,
)
from protocol.messages.archive import (
    GetPicture as GetPicture,
)
from protocol.messages.archive import (
    GetPictures as GetPictures,
)
from protocol.messages.archive import (
    GetProtections as GetProtections,
)
from protocol.messages.archive import (
    GetTimeLine as GetTimeLine,
)
from protocol.messages.archive import (
    GetTimeLines as GetTimeLines,
)
from protocol.messages.archive import (
    Picture as Picture,
)
from protocol.messages.archive import (
    Pictures as Pictures,
)
from protocol.messages.archive import (
    Protect as Protect,
)
from protocol.messages.archive import (
    Protections as Protections,
)
from protocol.messages.archive import (
    TimeLine as TimeLine,
)
from protocol.messages.archive import (
    TimeLines as TimeLines,
)
from protocol.messages.archive import (
    Unprotect as Unprotect,
)
from protocol.messages.base import (
    PROTOCOL_VERSION as PROTOCOL_VERSION,
)
from protocol.messages.base import (
    Done as Done,
)
from protocol.messages.base import (
    Message as Message,
)
from protocol.messages.base import (
    Request as Request,
)
from protocol.messages.channels import (
    ChannelNotice as ChannelNotice,
)
from protocol.messages.channels import (
    CloseChannel as CloseChannel,
)
from protocol.messages.channels import (
    Credit as Credit,
)
from protocol.messages.channels import (
    DetectionNotice as DetectionNotice,
)
from protocol.messages.channels import (
    FormatNotice as FormatNotice,
)
from protocol.messages.channels import (
    MediaFrame as MediaFrame,
)
from protocol.messages.channels import (
    Opened as Opened,
)
from protocol.messages.channels import (
    OpenLive as OpenLive,
)
from protocol.messages.channels import (
    OpenPlayback as OpenPlayback,
)
from protocol.messages.channels import (
    SeekPlayback as SeekPlayback,
)
from protocol.messages.detectors import (
    ChangePreview as ChangePreview,
)
from protocol.messages.detectors import (
    OpenPreview as OpenPreview,
)
from protocol.messages.detectors import (
    PreviewNotice as PreviewNotice,
)
from protocol.messages.devices import (
    AddDevices as AddDevices,
)
from protocol.messages.devices import (
    ClockSet as ClockSet,
)
from protocol.messages.devices import (
    DescribeDevice as DescribeDevice,
)
from protocol.messages.devices import (
    DeviceDescribed as DeviceDescribed,
)
from protocol.messages.devices import (
    DeviceStateNotice as DeviceStateNotice,
)
from protocol.messages.devices import (
    DeviceTried as DeviceTried,
)
from protocol.messages.devices import (
    Discover as Discover,
)
from protocol.messages.devices import (
    FoundNotice as FoundNotice,
)
from protocol.messages.devices import (
    SetDeviceClock as SetDeviceClock,
)
from protocol.messages.devices import (
    SetStream as SetStream,
)
from protocol.messages.devices import (
    Snapshot as Snapshot,
)
from protocol.messages.devices import (
    StreamSet as StreamSet,
)
from protocol.messages.devices import (
    TakeSnapshot as TakeSnapshot,
)
from protocol.messages.devices import (
    TryDevice as TryDevice,
)
from protocol.messages.exports import (
    CancelExport as CancelExport,
)
from protocol.messages.exports import (
    DeleteExport as DeleteExport,
)
from protocol.messages.exports import (
    Export as Export,
)
from protocol.messages.exports import (
    ExportJobs as ExportJobs,
)
from protocol.messages.exports import (
    ExportNotice as ExportNotice,
)
from protocol.messages.exports import (
    ExportProgress as ExportProgress,
)
from protocol.messages.exports import (
    ExportStarted as ExportStarted,
)
from protocol.messages.exports import (
    FetchExport as FetchExport,
)
from protocol.messages.exports import (
    ListExports as ListExports,
)
from protocol.messages.exports import (
    StartExport as StartExport,
)
from protocol.messages.io import (
    IoNotice as IoNotice,
)
from protocol.messages.io import (
    OpenTalk as OpenTalk,
)
from protocol.messages.io import (
    SwitchRelay as SwitchRelay,
)
from protocol.messages.io import (
    TalkOpened as TalkOpened,
)
from protocol.messages.io import (
    TalkSamples as TalkSamples,
)
from protocol.messages.journal import (
    AlarmPage as AlarmPage,
)
from protocol.messages.journal import (
    ControlCamera as ControlCamera,
)
from protocol.messages.journal import (
    EvaluateAlarm as EvaluateAlarm,
)
from protocol.messages.journal import (
    JournalPage as JournalPage,
)
from protocol.messages.journal import (
    QueryAlarms as QueryAlarms,
)
from protocol.messages.journal import (
    QueryJournal as QueryJournal,
)
from protocol.messages.journal import (
    TakeAlarm as TakeAlarm,
)
from protocol.messages.metadata import (
    BackTest as BackTest,
)
from protocol.messages.metadata import (
    BackTested as BackTested,
)
from protocol.messages.metadata import (
    BackTestProgress as BackTestProgress,
)
from protocol.messages.metadata import (
    CancelBackTest as CancelBackTest,
)
from protocol.messages.metadata import (
    GetMetadata as GetMetadata,
)
from protocol.messages.metadata import (
    Metadata as Metadata,
)
from protocol.messages.metadata import (
    StoredCamera as StoredCamera,
)
from protocol.messages.metadata import (
    TrialDay as TrialDay,
)
from protocol.messages.metadata import (
    TrialEvent as TrialEvent,
)
from protocol.messages.metadata import (
    TrialResult as TrialResult,
)
from protocol.messages.notices import (
    AlarmNotice as AlarmNotice,
)
from protocol.messages.notices import (
    EventNotice as EventNotice,
)
from protocol.messages.notices import (
    StatusNotice as StatusNotice,
)
from protocol.messages.notices import (
    Subscribe as Subscribe,
)
from protocol.messages.notices import (
    SystemNotice as SystemNotice,
)
from protocol.messages.notices import (
    TreeChanged as TreeChanged,
)
from protocol.messages.ptz import (
    GetPtz as GetPtz,
)
from protocol.messages.ptz import (
    GoHome as GoHome,
)
from protocol.messages.ptz import (
    GoPreset as GoPreset,
)
from protocol.messages.ptz import (
    GoPtz as GoPtz,
)
from protocol.messages.ptz import (
    MovePtz as MovePtz,
)
from protocol.messages.ptz import (
    Patrol as Patrol,
)
from protocol.messages.ptz import (
    PresetSet as PresetSet,
)
from protocol.messages.ptz import (
    PtzNotice as PtzNotice,
)
from protocol.messages.ptz import (
    PtzState as PtzState,
)
from protocol.messages.ptz import (
    RemovePreset as RemovePreset,
)
from protocol.messages.ptz import (
    SetLens as SetLens,
)
from protocol.messages.ptz import (
    SetPreset as SetPreset,
)
from protocol.messages.ptz import (
    ShiftPtz as ShiftPtz,
)
from protocol.messages.ptz import (
    StopPtz as StopPtz,
)
from protocol.messages.ptz import (
    TakePtz as TakePtz,
)
from protocol.messages.server import (
    GetStatus as GetStatus,
)
from protocol.messages.server import (
    LoadStep as LoadStep,
)
from protocol.messages.server import (
    ServerStatus as ServerStatus,
)
from protocol.messages.session import (
    ChangePassword as ChangePassword,
)
from protocol.messages.session import (
    Hello as Hello,
)
from protocol.messages.session import (
    Login as Login,
)
from protocol.messages.session import (
    LoginReply as LoginReply,
)
from protocol.messages.session import (
    Ping as Ping,
)
from protocol.messages.tree import (
    Change as Change,
)
from protocol.messages.tree import (
    Changed as Changed,
)
from protocol.messages.tree import (
    ChangeTree as ChangeTree,
)
from protocol.messages.tree import (
    DeviceTested as DeviceTested,
)
from protocol.messages.tree import (
    GetSchema as GetSchema,
)
from protocol.messages.tree import (
    GetTree as GetTree,
)
from protocol.messages.tree import (
    Schema as Schema,
)
from protocol.messages.tree import (
    TestDevice as TestDevice,
)
from protocol.messages.tree import (
    TestedStream as TestedStream,
)
from protocol.messages.tree import (
    Tree as Tree,
)
