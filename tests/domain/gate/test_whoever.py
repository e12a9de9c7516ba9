"""For whom is the gate asked where nobody is named?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.gate.conflict import conflict_between
from callcenter.domain.gate.whoever import somebody
from callcenter.domain.people import Agent, CallbackState, Case
from callcenter.domain.plans.life import carries_out
from callcenter.domain.policies.attempts import Conflict, ConflictGroup
from domain.values import MONDAY_10_15, case

DESK, SALES, OTHER_SALES = "客户服务部", "理财一部", "理财二部"
CLERK, SELLER, RIVAL, MANAGER = (
    Agent("a1", "1001", "李娜", DESK, "PJSIP/1"),
    Agent("a2", "1002", "王强", SALES, "PJSIP/2"),
    Agent("a3", "1003", "赵敏", OTHER_SALES, "PJSIP/3"),
    Agent("a4", "1004", "周经理", DESK, "PJSIP/4"),
)
ALL_SALES = ConflictGroup(between=Conflict.ALL_SALES, sales_departments=(SALES, OTHER_SALES))


def of_customer(holder: str | None = None, **plan: Any) -> Case:
    """周经理's customer, of the first sales department."""
    usual = case(manager="周经理")
    held = (CallbackState.HANDED_OUT, MONDAY_10_15 + timedelta(minutes=5)) if holder else (CallbackState.WAITING, None)
    return replace(
        usual,
        customer=replace(usual.customer, department=SALES),
        plan=replace(usual.plan, **plan),
        callback=replace(usual.callback, state=held[0], leased_to=holder, leased_until=held[1]),
    )


@pytest.mark.parametrize(
    ("conflict", "agents", "found"),
    [
        (ConflictGroup(between=Conflict.OFF), (SELLER, CLERK), SELLER),
        (ConflictGroup(between=Conflict.SAME_PERSON), (MANAGER, SELLER, CLERK), SELLER),
        (ConflictGroup(between=Conflict.SAME_DEPARTMENT), (MANAGER, SELLER, RIVAL, CLERK), RIVAL),
        (ALL_SALES, (MANAGER, SELLER, RIVAL, CLERK), CLERK),
        (ALL_SALES, (SELLER, RIVAL), SELLER),
        (ALL_SALES, (), None),
    ],
)
def test_one_whom_the_conflict_of_interest_lets_if_there_is_one(
    conflict: ConflictGroup, agents: tuple[Agent, ...], found: Agent | None
) -> None:
    assert somebody(of_customer(), agents, conflict) == found


def test_the_one_who_has_it_unless_another_is_wanted() -> None:
    off = ConflictGroup(between=Conflict.OFF)
    assert somebody(of_customer("a2"), (CLERK, SELLER), ALL_SALES) == SELLER
    assert somebody(of_customer("a1"), (CLERK, SELLER), off, but_holder=True) == SELLER
    assert somebody(of_customer("a1"), (CLERK,), off, but_holder=True) == CLERK


def test_one_of_those_who_carry_out_the_plan() -> None:
    off = ConflictGroup(between=Conflict.OFF)
    assert somebody(of_customer(departments=(OTHER_SALES,)), (CLERK, RIVAL), off) == RIVAL
    assert somebody(of_customer(agent_ids=("gone",)), (CLERK, RIVAL), off) == CLERK, "the gate then says why not"


@given(
    agents=st.lists(st.sampled_from([CLERK, SELLER, RIVAL, MANAGER]), unique=True),
    level=st.sampled_from(Conflict),
    executors=st.lists(st.sampled_from([DESK, SALES, OTHER_SALES]), unique=True).map(tuple),
    holder=st.sampled_from([None, "a1", "a2"]),
)
def test_nobody_is_named_whom_the_rules_refuse_while_they_would_let_another(
    agents: list[Agent], level: Conflict, executors: tuple[str, ...], holder: str | None
) -> None:
    group = ALL_SALES.model_copy(update={"between": level})
    asked = of_customer(holder, departments=executors)
    found = somebody(asked, agents, group, but_holder=True)

    def fit(agent: Agent) -> bool:
        return carries_out(asked.plan, agent) and conflict_between(group, agent, asked.customer) is None

    assert (found is None) == (not agents)
    if found is not None and any(fit(each) and each.id != holder for each in agents):
        assert fit(found)
        assert found.id != holder
