"""A call told in sentences, as it happens."""

from datetime import datetime
from pathlib import Path
from typing import Any

from callcenter.cli.output import console, local

NOT_ANSWERED_CODE = 4
REFUSED_CODE = 3

_EVENTS = {
    "Started": "agent's phone is called",
    "AgentUp": "agent is on the line; the customer's channel is made, not yet dialled",
    "CustomerCreated": "two listeners hang on the customer's channel",
    "Ringing": "customer's phone rings",
    "Progress": "early media from the network (ring-back or announcement)",
    "Answered": "customer answered: talking",
    "HangUpAsked": "hang-up asked by the agent",
    "PauseAsked": "the recording is paused: silence is written",
    "ResumeAsked": "the recording goes on",
    "AgentJoinAsked": "a new agent's leg is called",
    "LegJoined": "the new agent's leg is in the talk",
    "SwitchLost": "Asterisk was restarted",
    "Surveyed": "adopted after a lost connection",
}


class Narrator:
    """Prints each update as one line with its time; remembers how the call ended."""

    def __init__(self, zone: str, archive: Path) -> None:
        self._zone = zone
        self._archive = archive
        self._state = ""
        self._outcome = ""
        self._ended = False
        self.exit_code = 0
        self.broken_off = True

    def hear(self, update: dict[str, Any], *, silent: bool) -> None:
        line = self._line(update)
        if line and not silent:
            at = update.get("at")
            console.print(f"{self._clock(at)}  {line}", markup=False, soft_wrap=True)

    def _clock(self, at: str | None) -> str:
        if at is None:
            return " " * 12
        moment = datetime.fromisoformat(at)
        return f"{local(moment, self._zone)[11:]}.{moment.microsecond // 1000:03}"

    def _line(self, update: dict[str, Any]) -> str:
        match update["kind"]:
            case "refused":
                self.exit_code, self.broken_off = REFUSED_CODE, False
                return f"refused by {update['rule']} ({update['source']}): {update['message']}"
            case "nothing":
                self.exit_code, self.broken_off = REFUSED_CODE, False
                return str(update["message"])
            case "handed_out":
                return f"handed out: {update['callback']} {update['customer']} {update['number']} - {update['purpose']}"
            case "attempt":
                return f"attempt {update['attempt']} committed: dial {update['ordinal']} of {update['number']}"
            case "call":
                return self._call(update)
            case "alarm":
                return f"ALARM {update['alarm']}: {update['detail']}"
            case "closed":
                fill = (
                    f"; fill in: callcenter logs close {update['attempt']} …" if update["follows"] == "wrap_up" else ""
                )
                return f"visit log opened; what follows for the callback: {update['follows']}{fill}"
            case "recording":
                return self._recording(update)
            case other:
                return str(other)

    def _call(self, update: dict[str, Any]) -> str:
        state, before = update["state"], self._state
        self._state = state
        if update["outcome"] and not self._outcome:
            self._outcome = update["outcome"]
            self.exit_code = 0 if self._outcome == "answered" else NOT_ANSWERED_CODE
            cause = f", cause {update['cause']}" if update["cause"] is not None else ""
            sip = f", SIP {update['sip']}" if update["sip"] is not None else ""
            return (
                f"{_EVENTS.get(update['event'], 'call is over')}: {self._outcome} ({update['end_reason']}{cause}{sip})"
            )
        if state == "dialling" and before != "dialling":
            return f"recorder runs, both files stand; customer is dialled (rings at least {update['ring_seconds']} s)"
        if state == "ended" and not self._ended:
            self._ended = True
            return "everything is given back to Asterisk"
        if update["event"] == "Answered":
            return f"customer answered: talking (to end it: callcenter hang-up {update['attempt']})"
        return _EVENTS.get(update["event"], "") if before != state or update["event"] in _EVENTS else ""

    def _recording(self, update: dict[str, Any]) -> str:
        match update["state"]:
            case "stored":
                return f"recording stored: {self._archive / update['detail']}"
            case "verified":
                self.broken_off = False
                return "recording verified: its bytes are read back, its hash is right"
            case "missing":
                self.broken_off = False
                return f"no recording: {update['detail']}"
            case other:
                return f"recording {other}"
