"""Example values for the rules; every test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.domain.attempt import Attempt
from callcenter.domain.gate.exclusions import Exclusion, ExclusionKind, Signature, Signer, completed
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import (
    Agent,
    Callback,
    CallbackState,
    Case,
    Channel,
    Customer,
    Plan,
    PlanState,
    VisitType,
)
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import Policy, load_policy

NUMBER = PhoneNumber("+8613800000001")

MONDAY_10_15 = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
"""In the first slot of the day in Shanghai, on an ordinary Monday of a year whose calendar is published."""

SIGNED = (
    Signature(Signer.POLICYHOLDER, "Zhang San"),
    Signature(Signer.SALESPERSON, "Wang Wei"),
    Signature(Signer.SALES_MANAGER, "Zhao Lei"),
)
"""A waiver's three signatures (C9-16)."""

HEADER = """
name = "example"
version = 7
effective_from = 2026-01-01
title = {zh = "例", en = "Example"}
"""


def policy(body: str = 'windows = "window.tongjiang"') -> Policy:
    return load_policy(HEADER + body)


def agent(
    identity: str = "a1", *, name: str = "Li Na", staff_number: str = "1001", department: str = "Service"
) -> Agent:
    return Agent(identity, staff_number, name, department, f"PJSIP/agent-{staff_number}")


def case(
    *,
    zone: str = "",
    state: CallbackState = CallbackState.WAITING,
    round_: int = 1,
    not_before: datetime | None = None,
    leased_to: str | None = None,
    leased_until: datetime | None = None,
    manager: str = "Wang Wei",
    department: str = "Sales",
    plan_state: PlanState = PlanState.RUNNING,
    language: str = "zh",
    appointment_at: datetime | None = None,
    own_hours: str = "",
    key_customer: bool = False,
    plan_zone: str = "Asia/Shanghai",
    number: PhoneNumber = NUMBER,
) -> Case:
    callback = Callback(
        id="c1",
        plan_id="p1",
        customer_id="k1",
        purpose="after signing",
        visit_type=VisitType.ROUTINE_NEW,
        state=state,
        due_at=MONDAY_10_15 + timedelta(days=5),
        priority=5,
        round=round_,
        created_at=MONDAY_10_15 - timedelta(days=1),
        not_before=not_before,
        leased_to=leased_to,
        leased_until=leased_until,
        appointment_at=appointment_at,
    )
    customer = Customer("k1", "Zhang San", "Acme", (number,), zone, language, manager, department)
    customer = replace(customer, own_hours=own_hours, key_customer=key_customer)
    plan = Plan(
        id="p1",
        name="Autumn",
        purpose="satisfaction",
        visit_type=VisitType.ROUTINE_NEW,
        channel=Channel.PHONE,
        policy="example",
        zone=plan_zone,
        trunk="trunk",
        state=plan_state,
    )
    return Case(callback, customer, plan)


def attempt(
    ordinal: int,
    outcome: Outcome | None,
    slot: str,
    *,
    started_at: datetime = MONDAY_10_15,
    round_: int = 1,
    end: EndReason | None = None,
    ended: bool = True,
) -> Attempt:
    return Attempt(
        id=f"t{ordinal}",
        callback_id="c1",
        agent_id="a1",
        number=NUMBER,
        round=round_,
        ordinal=ordinal,
        slot=slot,
        policy="example",
        policy_version=7,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=30) if ended and outcome is not None else None,
        outcome=outcome,
        end_reason=end,
    )


def exclusion(kind: ExclusionKind, identity: str = "e1", **changes: Any) -> Exclusion:
    """Of the customer in `case`, as it would be kept."""
    draft = Exclusion(
        id=identity,
        customer_id="k1",
        kind=kind,
        at=MONDAY_10_15,
        who="u1",
        login="he",
        reason="he said so",
        channels=frozenset({Channel.PHONE}) if kind is ExclusionKind.OPT_OUT else frozenset(),
        callback_id="c1" if kind is ExclusionKind.CANCELLED else None,
        number=NUMBER if kind is ExclusionKind.WRONG_NUMBER else None,
        signatures=SIGNED if kind is ExclusionKind.WAIVER else (),
    )
    kept = completed(replace(draft, **changes), (NUMBER,), MONDAY_10_15)
    assert isinstance(kept, Exclusion), kept
    return kept
