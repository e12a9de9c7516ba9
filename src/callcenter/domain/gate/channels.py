"""The gate's rules about the way of the visit: is this one made by telephone at all?"""

import unicodedata
from datetime import datetime

from callcenter.domain.gate.facts import DialFacts, RuleFunction
from callcenter.domain.people import Case, Channel
from callcenter.domain.policies.visits import same_word
from callcenter.domain.refusal import Refusal, Rule, Strength


def _plan_not_by_phone(facts: DialFacts, _now: datetime) -> Refusal | None:
    """The method is an element of the plan (C6-34), and several may be combined (C6-37)."""
    plan = facts.case.plan
    if Channel.PHONE in {plan.channel, *plan.other_channels}:
        return None
    return Refusal(Rule.PLAN_NOT_BY_PHONE, "C6-34, C6-37", detail={"plan": plan.name, "channel": plan.channel.value})


def _phone_forbidden(facts: DialFacts, _now: datetime) -> Refusal | None:
    rounds = facts.policy.rounds
    forbidden = {_plain(each): each for each in rounds.phone_forbidden_for}
    found = next((forbidden[each] for each in matters_of(facts.case) if each in forbidden), None)
    if found is None:
        return None
    return Refusal(Rule.PHONE_FORBIDDEN, rounds.source_of("phone_forbidden_for"), detail={"matter": found})


def _class_by_another_channel(facts: DialFacts, _now: datetime) -> Refusal | None:
    """Until somebody arranges the call (N6-10): a supervisor, by a new round, or the customer, by an appointment."""
    group, callback = facts.policy.channel, facts.case.callback
    known = same_word(group.by_class, facts.case.customer.customer_class)
    if known is None or group.by_class[known] == Channel.PHONE:
        return None
    if callback.round > 1 or callback.appointment_at is not None:
        return None
    detail = {"class": known, "channel": group.by_class[known]}
    return Refusal(Rule.CLASS_NOT_BY_PHONE, group.source_of(f"by_class.{known}"), Strength.OVERRIDE, detail=detail)


def matters_of(case: Case) -> tuple[str, ...]:
    """What the callback is about, however it is written: its trigger, its purpose, its plan's."""
    words = (case.callback.trigger, case.callback.purpose, case.plan.purpose)
    return tuple(plain for plain in map(_plain, words) if plain)


def _plain(text: str) -> str:
    """`Class-3 complaints` and `class_3_complaints` are one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


RULES_CHANNELS: tuple[tuple[Rule, RuleFunction], ...] = (
    (Rule.PLAN_NOT_BY_PHONE, _plan_not_by_phone),
    (Rule.PHONE_FORBIDDEN, _phone_forbidden),
    (Rule.CLASS_NOT_BY_PHONE, _class_by_another_channel),
)
