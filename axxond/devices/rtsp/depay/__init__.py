"""One depacketizer a codec; `choose` finds the one for an SDP format.

Parts: `port` (what a depacketizer is), `units` (access units of H.264 and H.265), `h264`, `h265`,
`mjpeg`, `mpeg4`, `aac`, `latm`, `sound`.  All pure, called on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable

from axxond.devices.rtsp.depay.aac import AacGeneric
from axxond.devices.rtsp.depay.h264 import H264
from axxond.devices.rtsp.depay.h265 import H265
from axxond.devices.rtsp.depay.latm import AacLatm
from axxond.devices.rtsp.depay.mjpeg import Mjpeg
from axxond.devices.rtsp.depay.mpeg4 import Mpeg4
from axxond.devices.rtsp.depay.port import Depacketizer, Emit
from axxond.devices.rtsp.depay.sound import Opus, Samples, opus_format
from axxond.devices.rtsp.sdp import PayloadFormat
from protocol.types import AudioFormat, Codec

_Maker = Callable[[PayloadFormat, Emit], Depacketizer]

_MAX_CHANNELS = 8


def _samples(codec: Codec, bits: int) -> _Maker:
    def make(offer: PayloadFormat, emit: Emit) -> Depacketizer:
        channels = min(offer.channels, _MAX_CHANNELS)
        return Samples(AudioFormat(codec, offer.clock_rate, channels, bits), emit)

    return make


def _opus(offer: PayloadFormat, emit: Emit) -> Depacketizer:
    stereo = offer.parameters.get("sprop-stereo", "1" if offer.channels == 2 else "0")
    return Opus(opus_format(2 if stereo == "1" else 1), emit)


_MAKERS: dict[tuple[str, str], _Maker] = {
    ("video", "H264"): lambda offer, emit: H264(offer.parameters, emit),
    ("video", "H265"): lambda offer, emit: H265(offer.parameters, emit),
    ("video", "HEVC"): lambda offer, emit: H265(offer.parameters, emit),
    ("video", "JPEG"): lambda offer, emit: Mjpeg(offer.size, emit),
    ("video", "MP4V-ES"): lambda offer, emit: Mpeg4(offer.parameters, emit),
    ("audio", "MP4A-LATM"): lambda offer, emit: AacLatm(offer.parameters, offer.clock_rate, emit),
    ("audio", "MPEG4-GENERIC"): lambda offer, emit: AacGeneric(
        offer.parameters, offer.clock_rate, emit
    ),
    ("audio", "PCMU"): _samples(Codec.PCMU, 8),
    ("audio", "PCMA"): _samples(Codec.PCMA, 8),
    ("audio", "L16"): _samples(Codec.L16, 16),
    ("audio", "G726-16"): _samples(Codec.G726, 2),
    ("audio", "G726-24"): _samples(Codec.G726, 3),
    ("audio", "G726-32"): _samples(Codec.G726, 4),
    ("audio", "G726-40"): _samples(Codec.G726, 5),
    ("audio", "OPUS"): _opus,
}


def is_known(kind: str, offer: PayloadFormat) -> bool:
    return (kind, offer.encoding) in _MAKERS


def choose(kind: str, offer: PayloadFormat, emit: Emit) -> Depacketizer:
    """Raises ValueError when the format is not known or its parameters make no sense."""
    maker = _MAKERS.get((kind, offer.encoding))
    if maker is None:
        raise ValueError(f"{kind} as {offer.encoding}")
    return maker(offer, emit)
