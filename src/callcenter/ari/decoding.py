"""What did Asterisk say? One text frame becomes a typed event, or is kept as it came; it is never lost."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from callcenter.ari.generated import AnyEvent


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """type: Asterisk's name for it, empty where it has none. raw: the frame. problem: why it is not typed."""

    type: str
    raw: str
    problem: str


_EVENTS: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent, strict=False)


def decode(frame: str) -> AnyEvent | UnknownEvent:
    try:
        return _EVENTS.decode(frame)
    except msgspec.MsgspecError as error:
        return UnknownEvent(_type_of(frame), frame, str(error))


def _type_of(frame: str) -> str:
    try:
        told: Any = msgspec.json.decode(frame)
    except msgspec.MsgspecError:
        return ""
    return str(told.get("type", "")) if isinstance(told, dict) else ""


def instant(text: str | None) -> datetime | None:
    """Asterisk's date (`2026-11-22T18:19:09.401+0000`) in UTC; None for none, or for one that cannot be read."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None
