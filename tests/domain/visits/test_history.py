"""Who may read what was there with a customer before."""

from dataclasses import replace

import pytest

from callcenter.domain.access import Account, Role
from callcenter.domain.people import CallbackState
from callcenter.domain.visits.history import may_read_history
from domain.values import MONDAY_10_15, agent, case, policy

LI = agent("a1")
QUICK = policy('windows = "window.always"\nconflict = "coi.tongjiang"')


def account(*roles: Role, agent_id: str | None = None) -> Account:
    return Account("x", "x", "x", frozenset(roles), agent_id, "", MONDAY_10_15)


MINE = account(Role.AGENT, agent_id="a1")


@pytest.mark.parametrize("state", CallbackState)
@pytest.mark.parametrize("holder", [None, "a1", "a2"])
def test_an_agent_reads_of_what_is_in_his_hand_and_of_what_waits(state: CallbackState, holder: str | None) -> None:
    expected = holder == "a1" or (holder is None and state is CallbackState.WAITING)
    assert may_read_history(MINE, LI, case(state=state, leased_to=holder), QUICK) is expected


def test_of_what_waits_he_reads_only_what_may_come_to_him() -> None:
    waits = case()
    for plan, expected in (
        (replace(waits.plan, agent_ids=("a2",)), False),
        (replace(waits.plan, departments=("Sales",)), False),
        (replace(waits.plan, agent_ids=("a1", "a2")), True),
        (replace(waits.plan, departments=("service",)), True),
    ):
        assert may_read_history(MINE, LI, replace(waits, plan=plan), QUICK) is expected
    for whose, expected in ((case(manager="Li Na"), False), (case(department="Service"), False), (waits, True)):
        assert may_read_history(MINE, LI, whose, QUICK) is expected
    again = replace(waits, callback=replace(waits.callback, not_by="a1"))
    assert not may_read_history(MINE, LI, again, QUICK)
    assert may_read_history(MINE, LI, replace(again, callback=replace(again.callback, not_by="a2")), QUICK)
    assert not may_read_history(MINE, LI, waits, None)


@pytest.mark.parametrize("state", CallbackState)
def test_who_reads_visits_reads_all_and_who_is_no_agent_nothing(state: CallbackState) -> None:
    held = case(state=state, leased_to="a2")
    for role in (Role.SUPERVISOR, Role.COMPLIANCE, Role.RECORDS_HEAD):
        assert may_read_history(account(role), None, held, None)
    for nobody in (account(Role.ADMIN), account(Role.AGENT), account(Role.AGENT, agent_id="a2")):
        assert not may_read_history(nobody, None, case(state=state), QUICK)
        assert not may_read_history(nobody, LI, case(state=state), QUICK)
