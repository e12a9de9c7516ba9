"""When may one be dialled that was put off under an older version of the policy?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.dials.replanning import Parked, Replan, replanned
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.windows import Opening, opening_at
from domain import values
from domain.values import MONDAY_10_15

NOW = MONDAY_10_15
TOMORROW = NOW + timedelta(days=1)
EVENINGS = '[windows]\nintervals = ["18:00-20:00"]\n[attempts]\nmin_gap_minutes = 0\n'
ALWAYS = '[windows]\nintervals = ["00:00-24:00"]\n[attempts]\nmin_gap_minutes = 60\nchange_time = "none"\n'
TONIGHT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def parked(*, put_off: bool = False, dialled: bool = False, appointment: datetime | None = None) -> Parked:
    case = values.case(not_before=TOMORROW)
    case = replace(case, callback=replace(case.callback, appointment_at=appointment))
    dials = (values.attempt(1, Outcome.NO_ANSWER, "2026-11-23/10:00-11:00"),) if dialled else ()
    return Parked(case, put_off, dials)


@pytest.mark.parametrize(
    ("given_parked", "expected"),
    [
        (parked(put_off=True), TONIGHT),
        (parked(dialled=True), TONIGHT),
        (parked(), TOMORROW),
        (parked(dialled=True, appointment=TOMORROW), TOMORROW),
        (parked(put_off=True, appointment=NOW - timedelta(hours=1)), TONIGHT),
        (parked(put_off=True, appointment=TOMORROW), TOMORROW),
    ],
    ids=["by the gate", "after a dial", "by people", "by the customer", "a missed appointment", "one that is to come"],
)
def test_only_what_a_rule_reckoned_is_reckoned_anew(given_parked: Parked, expected: datetime) -> None:
    assert replanned(given_parked, values.policy(EVENINGS), NOW) == expected


def test_an_appointment_that_is_due_now_waits_no_longer() -> None:
    assert replanned(parked(put_off=True, appointment=NOW), values.policy(), NOW) is None


def test_an_earlier_round_says_nothing_of_this_one() -> None:
    """A supervisor gave a new round from tomorrow on: that stands."""
    case = values.case(round_=2, not_before=TOMORROW)
    assert replanned(
        Parked(case, False, (values.attempt(1, Outcome.NO_ANSWER, "2026-11-23/10:00-11:00"),)),
        values.policy(EVENINGS),
        NOW,
    ) == (TOMORROW)


def test_what_may_be_dialled_now_is_ready_at_once() -> None:
    assert replanned(parked(put_off=True), values.policy(ALWAYS), NOW) is None


def test_the_new_gap_is_kept() -> None:
    attempt = values.attempt(1, Outcome.NO_ANSWER, "2026-11-23/10:00-11:00")
    ended = attempt.ended_at or attempt.started_at
    found = replanned(parked(dialled=True), values.policy(ALWAYS), ended + timedelta(minutes=1))
    assert found == ended + timedelta(minutes=60)


def test_without_an_opening_the_gate_has_the_word() -> None:
    case = values.case(zone="Nowhere/Land", not_before=TOMORROW)
    assert replanned(Parked(case, True, ()), values.policy(EVENINGS), NOW) is None


@pytest.mark.parametrize(
    ("name", "version", "same"), [("example", 7, True), ("other", 7, False), ("example", 8, False)]
)
def test_a_replanning_is_of_one_version_of_one_policy(name: str, version: int, *, same: bool) -> None:
    assert Replan("p1", name, version, NOW).is_for(values.policy(ALWAYS)) is same


@given(
    minutes=st.integers(0, 60 * 24 * 14),
    body=st.sampled_from([EVENINGS, ALWAYS, 'windows = "window.tongjiang"']),
    zone=st.sampled_from(["", "America/New_York", "Asia/Kolkata", "Europe/Berlin"]),
)
def test_a_time_reckoned_anew_is_the_first_that_is_open(minutes: int, body: str, zone: str) -> None:
    policy, now = values.policy(body), NOW + timedelta(minutes=minutes)
    case = values.case(zone=zone, not_before=now + timedelta(days=99))
    found = replanned(Parked(case, True, ()), policy, now) or now
    assert is_open(policy, case, found)
    before = now
    while before < found:
        assert not is_open(policy, case, before)
        before += timedelta(minutes=30)


def is_open(policy: Policy, case: Case, at: datetime) -> bool:
    zone = case.customer.zone or case.plan.zone
    return isinstance(opening_at(policy.windows.hours, policy.calendar.days, zone, at), Opening)
