"""The gate's rules about the installation and who dials: service, switch, recorder, disk, agent."""

from datetime import datetime

from callcenter.domain.gate.facts import DialFacts, RuleFunction
from callcenter.domain.refusal import Refusal, Rule

_MEGABYTE = 1_000_000


def _service_stopping(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.SERVICE_STOPPING) if facts.stopping else None


def _switch_down(facts: DialFacts, _now: datetime) -> Refusal | None:
    return None if facts.switch_connected else Refusal(Rule.SWITCH_DOWN)


def _recorder_down(facts: DialFacts, _now: datetime) -> Refusal | None:
    if facts.recorder_healthy:
        return None
    return Refusal(Rule.RECORDER_DOWN, facts.policy.evidence.source_of("recording"))


def _disk_full(facts: DialFacts, _now: datetime) -> Refusal | None:
    return disk_full(facts.disk_free_bytes, facts.disk_mark_bytes)


def disk_full(free_bytes: int, mark_bytes: int) -> Refusal | None:
    """Has the archive less room than it must have?"""
    if free_bytes >= mark_bytes:
        return None
    return Refusal(
        Rule.DISK_FULL, detail={"free_mb": str(free_bytes // _MEGABYTE), "mark_mb": str(mark_bytes // _MEGABYTE)}
    )


def _agent_unknown(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.AGENT_UNKNOWN) if facts.agent is None else None


def _agent_busy(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.AGENT_BUSY) if facts.agent_busy else None


def _agent_on_break(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.AGENT_ON_BREAK) if facts.agent_on_break else None


RULES_HERE: tuple[tuple[Rule, RuleFunction], ...] = (
    (Rule.SERVICE_STOPPING, _service_stopping),
    (Rule.SWITCH_DOWN, _switch_down),
    (Rule.RECORDER_DOWN, _recorder_down),
    (Rule.DISK_FULL, _disk_full),
    (Rule.AGENT_UNKNOWN, _agent_unknown),
    (Rule.AGENT_BUSY, _agent_busy),
    (Rule.AGENT_ON_BREAK, _agent_on_break),
)
