"""What is asked of a live call: by the command line, over the API, from a page."""

from callcenter.domain.calls.call import Call, CallState, may_hang_up
from callcenter.domain.calls.words import AgentJoinAsked, HangUpAsked
from callcenter.domain.people import Agent
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.service import Service


def live_call(service: Service, attempt_id: str) -> Call | None:
    return next((call for call in service.calls.live if call.attempt_id == attempt_id), None)


def hang_up(service: Service, attempt_id: str, reason: str) -> Refusal | None:
    """End the call. reason: needed while it rings, before the least ring time (C6-55)."""
    now, call = service.clock.now(), live_call(service, attempt_id)
    if call is None:
        return _not_live()
    if (refusal := may_hang_up(call, now, reason)) is not None:
        return refusal
    return None if service.calls.post(attempt_id, HangUpAsked(now, reason)) else _not_live()


async def join(service: Service, attempt_id: str, endpoint: str) -> Refusal | None:
    """Call an agent's phone into the talk; nothing but an agent's phone is ever called so."""
    if not await service.dialing.is_phone(endpoint):
        return Refusal(Rule.PHONE_UNKNOWN, detail={"endpoint": endpoint})
    event = AgentJoinAsked(service.clock.now(), endpoint)
    return None if service.calls.post(attempt_id, event) else _not_live()


async def ring_back(service: Service, attempt_id: str, agent: Agent) -> Refusal | None:
    """Call the phone that this agent chose into his call: its page was loaded anew, or he chose another."""
    if (refusal := service.handsets.refusal(agent)) is not None:
        return refusal
    call = live_call(service, attempt_id)
    if call is None or call.state not in {CallState.AGENT_RINGING, CallState.DIALLING, CallState.TALKING}:
        return Refusal(Rule.CALL_NOT_RINGING, detail={"state": call.state if call else "not live"})
    event = AgentJoinAsked(service.clock.now(), service.handsets.endpoint_of(agent))
    return None if service.calls.post(attempt_id, event) else _not_live()


def _not_live() -> Refusal:
    return Refusal(Rule.CALL_NOT_RINGING, detail={"state": "not live"})
