"""Facts for the gate, and for each rule those that it alone refuses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import RULES
from callcenter.domain.gate.restraints import Restraints
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, Case, Channel, PlanState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.refusal import Rule
from domain.values import MONDAY_10_15, NUMBER, agent, attempt, case, exclusion, policy

MORNING, AFTERNOON = "2026-11-23/10:00-11:00", "2026-11-23/14:00-16:00"
TONGJIANG = policy(
    'windows = "window.tongjiang"\nattempts = "attempts.tongjiang"\n'
    'evidence = "evidence.phone"\nconflict = "coi.tongjiang"'
)
HARD_WINDOW = policy('windows = {intervals = ["10:00-11:00", "14:00-16:00"], days = "workdays"}')
PLAZA = policy(
    'windows = "window.tongjiang"\nevidence = "evidence.phone"\nconflict = "coi.tongjiang"\nrounds = "rounds.plaza"'
)
NO_CLASS_3 = policy('windows = "window.tongjiang"\nrounds = {phone_forbidden_for = ["class-3 complaints"]}')
BY_MESSAGE = policy('windows = "window.tongjiang"\nchannel = "channel.realestate"')
ON_SITE_FIRST = policy('windows = "window.tongjiang"\nrounds = {phone_allowed_after = 2}')
CAPPED = policy('windows = "window.tongjiang"\ncaps = {number_24h = {most = 1}, customer_lifetime = {most = 1}}')
ON_LABOUR_THANKSGIVING = policy('windows = "window.tongjiang"\ncalendar = {country = "JP"}')
GATE_RULES = {rule for rule, _ in RULES}
ABROAD = PhoneNumber("+447400123456")
NOON = MONDAY_10_15 + timedelta(hours=2)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def facts(**changes: Any) -> DialFacts:
    usual = DialFacts(
        case=case(),
        policy=TONGJIANG,
        agent=agent(),
        number=NUMBER,
        attempts=(),
        number_live=False,
        agent_busy=False,
        disk_free_bytes=2_000_000_000,
        disk_mark_bytes=1_000_000_000,
        recorder_healthy=True,
        switch_connected=True,
        stopping=False,
    )
    changed = replace(usual, **changes)
    if changed.number is None or "case" in changes:
        return changed
    own = replace(changed.case.customer, numbers=(changed.number,))
    return replace(changed, case=replace(changed.case, customer=own))


def of_plan(**changes: Any) -> Case:
    usual = case()
    return replace(usual, plan=replace(usual.plan, **changes))


def of_matter(**changes: Any) -> Case:
    usual = case()
    return replace(usual, callback=replace(usual.callback, **changes))


def of_class(name: str, **changes: Any) -> Case:
    usual = of_matter(**changes)
    return replace(usual, customer=replace(usual.customer, customer_class=name))


AGAINST: list[tuple[Rule, Callable[[], DialFacts]]] = [
    (Rule.SERVICE_STOPPING, lambda: facts(stopping=True)),
    (Rule.SWITCH_DOWN, lambda: facts(switch_connected=False)),
    (Rule.RECORDER_DOWN, lambda: facts(recorder_healthy=False)),
    (Rule.DISK_FULL, lambda: facts(disk_free_bytes=999_999_999)),
    (Rule.AGENT_UNKNOWN, lambda: facts(agent=None)),
    (Rule.AGENT_BUSY, lambda: facts(agent_busy=True)),
    (Rule.AGENT_ON_BREAK, lambda: facts(agent_on_break=True)),
    (Rule.PLAN_NOT_RUNNING, lambda: facts(case=case(plan_state=PlanState.PAUSED))),
    (Rule.PLAN_NOT_BEGUN, lambda: facts(case=of_plan(starts_on=date(2026, 11, 24)))),
    (Rule.PLAN_OVER, lambda: facts(case=of_plan(ends_on=date(2026, 11, 22)))),
    (Rule.AGENT_NOT_OF_PLAN, lambda: facts(case=of_plan(agent_ids=("a2",), departments=("Sales",)))),
    (Rule.CALLBACK_NOT_WAITING, lambda: facts(case=case(state=CallbackState.WRAP_UP))),
    (
        Rule.CALLBACK_WITH_ANOTHER_AGENT,
        lambda: facts(
            case=case(state=CallbackState.HANDED_OUT, leased_to="a2", leased_until=MONDAY_10_15 + timedelta(minutes=1))
        ),
    ),
    (Rule.CALLBACK_EXHAUSTED, lambda: facts(case=case(state=CallbackState.EXHAUSTED))),
    (Rule.CONFLICT_OF_INTEREST, lambda: facts(case=case(manager="Li Na"))),
    (Rule.SECOND_VISIT, lambda: facts(case=of_matter(not_by="a1"))),
    (Rule.PHONE_NOT_YET, lambda: facts(policy=ON_SITE_FIRST)),
    (Rule.PLAN_NOT_BY_PHONE, lambda: facts(case=of_plan(channel=Channel.LETTER, other_channels=(Channel.ONSITE,)))),
    (Rule.PHONE_FORBIDDEN, lambda: facts(policy=NO_CLASS_3, case=of_matter(trigger="class_3_complaints"))),
    (Rule.CLASS_NOT_BY_PHONE, lambda: facts(policy=BY_MESSAGE, case=of_class("D"))),
    (Rule.NUMBER_MISSING, lambda: facts(number=None)),
    (Rule.NUMBER_OF_SOMEBODY_ELSE, lambda: facts(case=case(), number=PhoneNumber("+8613900000009"))),
    (Rule.NUMBER_EMERGENCY, lambda: facts(number=PhoneNumber("+86110"))),
    (Rule.NUMBER_MALFORMED, lambda: facts(number=PhoneNumber("+8695588"))),
    (Rule.NUMBER_PREMIUM, lambda: facts(number=PhoneNumber("+8616812345678"))),
    (Rule.NUMBER_PREFIX, lambda: facts(number=ABROAD, case=case(zone="Asia/Shanghai", number=ABROAD))),
    (Rule.NUMBER_LIVE, lambda: facts(number_live=True)),
    (Rule.CASE_WITHDRAWN, lambda: facts(restraints=Restraints((exclusion(ExclusionKind.DECEASED),)))),
    (Rule.OPT_OUT, lambda: facts(restraints=Restraints((exclusion(ExclusionKind.REFUSED),)))),
    (Rule.NUMBER_WRONG, lambda: facts(restraints=Restraints((exclusion(ExclusionKind.WRONG_NUMBER),)))),
    (Rule.NUMBER_BLOCKED, lambda: facts(restraints=Restraints(blocked={NUMBER: ("regulator",)}))),
    (Rule.CAP_NUMBER, lambda: facts(policy=CAPPED, restraints=Restraints(counted=CountedDials((MONDAY_10_15,), ())))),
    (Rule.CAP_CUSTOMER, lambda: facts(policy=CAPPED, restraints=Restraints(counted=CountedDials((), (MONDAY_10_15,))))),
    (Rule.ZONE_UNKNOWN, lambda: facts(case=case(zone="Mars/Olympus"))),
    (Rule.WINDOW_UNSET, lambda: facts(policy=policy('windows = "window.liaoning"'))),
    (
        Rule.CLOSING_DAY,
        lambda: facts(policy=TONGJIANG.with_house_closed({MONDAY_10_15.date()})),
    ),
    (Rule.PUBLIC_HOLIDAY, lambda: facts(policy=ON_LABOUR_THANKSGIVING)),
    (Rule.WINDOW_CLOSED, lambda: facts(case=case(zone="Europe/Berlin"))),
    (Rule.APPOINTMENT_LATER, lambda: facts(case=case(appointment_at=MONDAY_10_15 + timedelta(minutes=1)))),
    (Rule.CALLBACK_NOT_YET, lambda: facts(case=case(not_before=MONDAY_10_15 + timedelta(minutes=1)))),
    (
        Rule.SLOT_USED,
        lambda: facts(
            attempts=[attempt(1, Outcome.NO_ANSWER, MORNING, started_at=MONDAY_10_15 - timedelta(minutes=40))]
        ),
    ),
]
