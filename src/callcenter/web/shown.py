"""Engine values as plain JSON values: what the control channel, and whoever follows a call, is shown."""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.gate.gate import Verdict
from callcenter.domain.people import Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.recording import Pause
from callcenter.domain.refusal import Refusal
from callcenter.domain.words.sentences import Language, sentence
from callcenter.engine.asking import Explanation
from callcenter.engine.feed import AlarmRaised, CallClosed, CallMoved, RecordingMoved, ReturnMoved, Update
from callcenter.engine.service import Service

Shown = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def show_number(number: PhoneNumber, *, whole: bool) -> str:
    return number.e164 if whole else number.masked


def show_refusal(refusal: Refusal, zone: str = "UTC", language: Language = Language.EN) -> Shown:
    return {
        "rule": refusal.rule,
        "source": refusal.source,
        "strength": refusal.strength,
        "opens_at": instant(refusal.opens_at),
        "message": sentence(refusal, language, zone),
    }


def show_case(case: Case) -> Shown:
    callback, customer = case.callback, case.customer
    return {
        "callback": callback.id,
        "plan": case.plan.name,
        "customer": customer.name,
        "organisation": customer.organisation,
        "number": customer.numbers[0].masked if customer.numbers else None,
        "zone": zone_name(case),
        "language": customer.language,
        "manager": customer.manager,
        "purpose": callback.purpose or case.plan.purpose,
        "visit_type": callback.visit_type,
        "state": callback.state,
        "due_at": instant(callback.due_at),
        "not_before": instant(callback.not_before),
        "priority": callback.priority,
        "round": callback.round,
        "with_agent": callback.leased_to,
        "exhausted_reason": callback.exhausted_reason,
    }


def show_attempt(attempt: Attempt) -> Shown:
    return {
        "attempt": attempt.id,
        "callback": attempt.callback_id,
        "agent": attempt.agent_id,
        "number": attempt.number.masked,
        "round": attempt.round,
        "ordinal": attempt.ordinal,
        "slot": attempt.slot,
        "policy": f"{attempt.policy} v{attempt.policy_version}",
        "started_at": instant(attempt.started_at),
        "ended_at": instant(attempt.ended_at),
        "outcome": attempt.outcome,
        "end_reason": attempt.end_reason,
        "caller_id": attempt.caller_id,
        "direction": attempt.direction,
    }


def show_call(call: Call) -> Shown:
    return {
        "attempt": call.attempt_id,
        "state": call.state,
        "dialled_at": instant(call.dialled_at),
        "ringing_at": instant(call.ringing_at),
        "progress_at": instant(call.progress_at),
        "answered_at": instant(call.answered_at),
        "ended_at": instant(call.ended_at),
        "outcome": call.outcome,
        "end_reason": call.end_reason,
        "cause": call.cause,
        "sip": call.sip,
        "segments": call.segment,
        "ring_seconds": call.terms.ring_seconds,
        "hang_up_reason": call.hang_up_reason,
        "paused": call.pause is not None,
        "pauses": [show_pause(pause) for pause in call.pauses],
    }


def show_pause(pause: Pause) -> Shown:
    """Who asked and why is told where the recording is."""
    return {
        "began_at": instant(pause.began_at),
        "ended_at": instant(pause.ended_at),
        "ended_by": pause.ended_by,
    }


def show_verdict(verdict: Verdict, zone: str, language: Language = Language.EN) -> Shown:
    refusal = show_refusal(verdict.refusal, zone, language) if verdict.refusal else None
    return {"rule": verdict.rule, "ok": verdict.ok, "refusal": refusal}


def show_explanation(explanation: Explanation, language: Language = Language.EN) -> Shown:
    zone = zone_name(explanation.case)
    policy = explanation.policy
    return {
        "case": show_case(explanation.case),
        "policy": f"{policy.name} v{policy.version}" if policy else None,
        "callable_now": explanation.refusal is None,
        "refusal": show_refusal(explanation.refusal, zone, language) if explanation.refusal else None,
        "possible_at": instant(explanation.possible_at),
        "number": explanation.number.masked if explanation.number else None,
        "number_why": explanation.choice.why if explanation.choice else None,
        "next_numbers": [each.masked for each in explanation.choice.following] if explanation.choice else [],
        "verdicts": [show_verdict(verdict, zone, language) for verdict in explanation.verdicts],
    }


def show_update(update: Update) -> Shown:
    match update:
        case CallMoved(call=call, event=event):
            return {"kind": "call", "at": instant(event.at), "event": type(event).__name__, **show_call(call)}
        case AlarmRaised():
            return _flat("alarm", update.at, update.attempt_id, {"alarm": update.kind, "detail": update.detail})
        case RecordingMoved():
            return _flat("recording", update.at, update.attempt_id, {"state": update.state, "detail": update.detail})
        case CallClosed():
            return _flat("closed", update.at, update.attempt_id, {"follows": update.follows})
        case ReturnMoved():
            return {"kind": "return", "at": instant(update.at), "return": update.return_id, "state": update.state}


def show_status(service: Service) -> Shown:
    until = service.health.recorder_refuses_until(service.clock.now())
    return {
        "node": service.node,
        "version": version("callcenter"),
        "switch_in_sight": service.calls.sighted,
        "calls": len(service.calls.live),
        "stopping": service.health.stopping,
        "archive_trouble": service.health.archive_trouble,
        "recorder_refuses_until": instant(until),
    }


def _flat(kind: str, at: datetime, attempt_id: str, more: Mapping[str, Any]) -> Shown:
    return {"kind": kind, "at": instant(at), "attempt": attempt_id, **more}
