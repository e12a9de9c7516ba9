"""What does this event of Asterisk mean for a call? Pure; None for what means nothing to us.

Read with care: a call's leg ends with ChannelDestroyed, not with StasisEnd, except for a snoop, of which Asterisk
tells only the StasisEnd. The cause of a ChannelHangupRequest is no cause where it is `soft`: that is our own request
on its way. Ringing, progress and answer are told twice, as Dial and as ChannelStateChange, in either order.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from callcenter.ari import generated as ari
from callcenter.ari.decoding import UnknownEvent, instant
from callcenter.ari.naming import Naming, Place
from callcenter.domain.calls.telephony import CallNews, PhoneNews
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    NOTICE,
    AgentUp,
    Answered,
    BridgeGone,
    CallEvent,
    CustomerCreated,
    HangupRequested,
    LegGone,
    NoticeSaid,
    Progress,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    Ringing,
    Sight,
    SnoopUp,
    is_agent,
    is_recorder,
    is_snoop,
)

SIP_STATUS = range(100, 700)
ONLINE = "online"


def channel_sight(state: str) -> Sight:
    """Up is Up; whatever rings or is being dialled is RINGING; the rest has only been created."""
    if state == "Up":
        return Sight.UP
    return Sight.RINGING if state in {"Ring", "Ringing", "Dialing", "Dialing Offhook", "Busy"} else Sight.DOWN


def endpoint_name(endpoint: ari.Endpoint) -> str:
    """As it is dialled: `PJSIP/agent-1001`."""
    return f"{endpoint.technology}/{endpoint.resource}"


def translate(event: ari.AnyEvent | UnknownEvent, naming: Naming, now: datetime) -> CallNews | PhoneNews | None:
    """now: for the rare event without a readable time of its own."""
    if isinstance(event, UnknownEvent):
        return None
    at = instant(event.timestamp) or now
    if isinstance(event, ari.EndpointStateChange):
        return PhoneNews(at, endpoint_name(event.endpoint), reachable=event.endpoint.state == ONLINE)
    row = _ROWS.get(type(event))
    if row is None:
        return None
    name_of, meaning = row
    place = naming.place(name_of(event))
    told = meaning(event, place, at) if place is not None else None
    return CallNews(place.attempt_id, told) if place is not None and told is not None else None


def _entered(_: ari.StasisStart, place: Place, at: datetime) -> CallEvent | None:
    if place.part == CUSTOMER:
        return CustomerCreated(at)
    if is_agent(place.part):
        return AgentUp(at, place.part)
    return SnoopUp(at, place.part) if is_snoop(place.part) else None


def _left(_: ari.StasisEnd, place: Place, at: datetime) -> CallEvent | None:
    return LegGone(at, place.part) if is_snoop(place.part) else None


def _state(event: ari.ChannelStateChange, place: Place, at: datetime) -> CallEvent | None:
    if place.part != CUSTOMER:
        return None
    meanings: dict[Sight, CallEvent] = {Sight.UP: Answered(at), Sight.RINGING: Ringing(at)}
    return meanings.get(channel_sight(event.channel.state))


def _dial(event: ari.Dial, place: Place, at: datetime) -> CallEvent | None:
    if place.part != CUSTOMER:
        return None
    # What ends a dial is told by ChannelDestroyed, with its cause; 403 and 404 are NOANSWER here.
    meanings: dict[str, CallEvent] = {
        "RINGING": Ringing(at),
        "PROGRESS": Progress(at),
        "ANSWER": Answered(at),
    }
    return meanings.get(event.dialstatus)


def _hangup_request(event: ari.ChannelHangupRequest, place: Place, at: datetime) -> CallEvent | None:
    if event.soft or not (place.part == CUSTOMER or is_agent(place.part)):
        return None
    return HangupRequested(at, place.part)


def _destroyed(event: ari.ChannelDestroyed, place: Place, at: datetime) -> CallEvent | None:
    sip = event.tech_cause if event.tech_cause in SIP_STATUS else None
    return LegGone(at, place.part, event.cause, sip)


def _bridge_destroyed(_: ari.BridgeDestroyed, place: Place, at: datetime) -> CallEvent | None:
    return BridgeGone(at) if place.part == BRIDGE else None


def _recording(event: Any, place: Place, at: datetime) -> CallEvent | None:
    if not is_recorder(place.part):
        return None
    match event:
        case ari.RecordingStarted():
            return RecordingStarted(at, place.part)
        case ari.RecordingFinished():
            return RecordingFinished(at, place.part)
        case _:
            return RecordingFailed(at, place.part, event.recording.cause or "")


def _said(event: ari.PlaybackFinished, place: Place, at: datetime) -> CallEvent | None:
    return NoticeSaid(at, event.playback.state == "done") if place.part == NOTICE else None


def _channel_id(event: Any) -> str:
    return str(event.channel.id)


def _peer_id(event: Any) -> str:
    return str(event.peer.id)


def _bridge_id(event: Any) -> str:
    return str(event.bridge.id)


def _recording_name(event: Any) -> str:
    return str(event.recording.name)


def _playback_id(event: Any) -> str:
    return str(event.playback.id)


Row = tuple[Callable[[Any], str], Callable[[Any, Place, datetime], CallEvent | None]]

_ROWS: Mapping[type, Row] = {
    ari.StasisStart: (_channel_id, _entered),
    ari.StasisEnd: (_channel_id, _left),
    ari.ChannelStateChange: (_channel_id, _state),
    ari.ChannelHangupRequest: (_channel_id, _hangup_request),
    ari.ChannelDestroyed: (_channel_id, _destroyed),
    ari.Dial: (_peer_id, _dial),
    ari.BridgeDestroyed: (_bridge_id, _bridge_destroyed),
    ari.PlaybackFinished: (_playback_id, _said),
    ari.RecordingStarted: (_recording_name, _recording),
    ari.RecordingFinished: (_recording_name, _recording),
    ari.RecordingFailed: (_recording_name, _recording),
}
