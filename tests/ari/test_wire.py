"""What each event of Asterisk means for a call."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.ari.decoding import decode
from callcenter.ari.generated import AnyEvent
from callcenter.ari.naming import Naming
from callcenter.ari.wire import channel_sight, translate
from callcenter.domain.calls.telephony import CallNews, PhoneNews
from callcenter.domain.calls.words import (
    AgentUp,
    Answered,
    BridgeGone,
    CallEvent,
    CustomerCreated,
    HangupRequested,
    LegGone,
    Progress,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    Ringing,
    Sight,
    SnoopUp,
)

NAMING = Naming("callcenter")
NOW = datetime.now(UTC)
AT = NOW.replace(microsecond=401_000) - timedelta(hours=1)


def channel(part: str, state: str = "Up") -> dict[str, Any]:
    return {"id": f"callcenter-7-{part}", "name": "PJSIP/x", "state": state}


def recording(part: str, **more: object) -> dict[str, Any]:
    return {"name": f"callcenter-7-{part}", "state": "recording", **more}


def told(type_: str, **fields: object) -> CallNews | PhoneNews | None:
    shift = AT.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.401+0000")
    event = decode(json.dumps({"type": type_, "timestamp": shift, "application": "callcenter", **fields}))
    assert isinstance(event, AnyEvent)
    return translate(event, NAMING, NOW)


@pytest.mark.parametrize(
    ("type_", "fields", "meaning"),
    [
        ("StasisStart", {"channel": channel("a1")}, AgentUp(AT, "a1")),
        ("StasisStart", {"channel": channel("c", "Down")}, CustomerCreated(AT)),
        ("StasisStart", {"channel": channel("si1")}, SnoopUp(AT, "si1")),
        ("StasisEnd", {"channel": channel("so1")}, LegGone(AT, "so1")),
        ("ChannelStateChange", {"channel": channel("c", "Ringing")}, Ringing(AT)),
        ("ChannelStateChange", {"channel": channel("c")}, Answered(AT)),
        ("Dial", {"peer": channel("c"), "dialstatus": "RINGING"}, Ringing(AT)),
        ("Dial", {"peer": channel("c"), "dialstatus": "PROGRESS"}, Progress(AT)),
        ("Dial", {"peer": channel("c"), "dialstatus": "ANSWER"}, Answered(AT)),
        ("ChannelHangupRequest", {"channel": channel("c"), "cause": 16}, HangupRequested(AT, "c")),
        ("ChannelHangupRequest", {"channel": channel("a2")}, HangupRequested(AT, "a2")),
        (
            "ChannelDestroyed",
            {"channel": channel("c"), "cause": 17, "cause_txt": "User busy", "tech_cause": 486},
            LegGone(AT, "c", 17, 486),
        ),
        ("ChannelDestroyed", {"channel": channel("a1"), "cause": 16, "cause_txt": ""}, LegGone(AT, "a1", 16, None)),
        ("ChannelDestroyed", {"channel": channel("c"), "cause": 0, "tech_cause": 0}, LegGone(AT, "c", 0, None)),
        ("BridgeDestroyed", {"bridge": {"id": "callcenter-7-b"}}, BridgeGone(AT)),
        ("RecordingStarted", {"recording": recording("ri1")}, RecordingStarted(AT, "ri1")),
        ("RecordingFinished", {"recording": recording("ro1", duration=7)}, RecordingFinished(AT, "ro1")),
        (
            "RecordingFailed",
            {"recording": recording("ro1", cause="in bridge")},
            RecordingFailed(AT, "ro1", "in bridge"),
        ),
        ("RecordingFailed", {"recording": recording("ro1")}, RecordingFailed(AT, "ro1", "")),
    ],
)
def test_an_event_means_this(type_: str, fields: dict[str, Any], meaning: CallEvent) -> None:
    assert told(type_, **fields) == CallNews("7", meaning)


@pytest.mark.parametrize(
    ("type_", "fields"),
    [
        ("StasisEnd", {"channel": channel("c")}),
        ("StasisEnd", {"channel": channel("a1")}),
        ("ChannelStateChange", {"channel": channel("a1")}),
        ("ChannelStateChange", {"channel": channel("c", "Down")}),
        ("Dial", {"peer": channel("a1"), "dialstatus": "ANSWER"}),
        ("Dial", {"peer": channel("c"), "dialstatus": ""}),
        ("Dial", {"peer": channel("c"), "dialstatus": "NOANSWER"}),
        ("ChannelHangupRequest", {"channel": channel("c"), "cause": 32, "soft": True}),
        ("ChannelHangupRequest", {"channel": channel("si1"), "cause": 16}),
        ("ChannelDestroyed", {"channel": {"id": "callcenter-7-c;2", "name": "Local/x", "state": "Up"}, "cause": 16}),
        ("ChannelDestroyed", {"channel": {"id": "1732.5", "name": "PJSIP/x", "state": "Up"}, "cause": 16}),
        ("RecordingFinished", {"recording": {"name": "greeting", "state": "done"}}),
        ("ChannelEnteredBridge", {"bridge": {"id": "callcenter-7-b"}, "channel": channel("c")}),
        ("ChannelCreated", {"channel": channel("c")}),
    ],
)
def test_an_event_means_nothing_to_a_call(type_: str, fields: dict[str, Any]) -> None:
    assert told(type_, **fields) is None


@pytest.mark.parametrize(("state", "reachable"), [("online", True), ("offline", False), ("unknown", False)])
def test_an_endpoints_state_tells_of_the_phone(state: str, reachable: bool) -> None:
    endpoint = {"technology": "PJSIP", "resource": "agent-1001", "state": state, "channel_ids": []}

    assert told("EndpointStateChange", endpoint=endpoint) == PhoneNews(AT, "PJSIP/agent-1001", reachable)


@pytest.mark.parametrize("odd", [None, "", "yesterday", "2026-11-22T18:19:09.401"])
def test_an_event_without_a_readable_time_happened_now(odd: str | None) -> None:
    event = decode(json.dumps({"type": "StasisStart", "timestamp": odd, "channel": channel("a1")}))

    assert translate(event, NAMING, NOW) == CallNews("7", AgentUp(NOW, "a1"))


@pytest.mark.parametrize(
    ("state", "sight"),
    [
        ("Down", Sight.DOWN),
        ("Rsrved", Sight.DOWN),
        ("Ring", Sight.RINGING),
        ("Ringing", Sight.RINGING),
        ("Up", Sight.UP),
    ],
)
def test_a_channels_state_is_one_of_three(state: str, sight: Sight) -> None:
    assert channel_sight(state) is sight
