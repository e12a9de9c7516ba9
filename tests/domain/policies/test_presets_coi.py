"""Who may call whom under each preset (K16), and that a stricter level never lets through what a weaker one refuses.

Under coi.liaoning nobody of a sales department calls anybody (C9-12), and the salesperson does not make the visit on
site (C9-05); under coi.tongjiang nobody of the department concerned calls its customers (C6-08); under coi.open those
who sold may call (N1-01).
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.gate.conflict import barred, conflict_between, folded
from callcenter.domain.gate.gate import may_dial
from callcenter.domain.policies.attempts import Conflict, ConflictGroup
from callcenter.domain.refusal import Refusal, Rule, Strength
from domain.gate_facts import facts
from domain.values import MONDAY_10_15, agent, case, policy

SALES = "Telesales"
PEOPLE = {
    "manager": agent(name="Wang Wei", department="Field"),
    "manager by number": agent(staff_number="2002", department="Field"),
    "his department": agent(department="sales"),
    "other sales": agent(department="tele sales"),
    "service": agent(department="Service"),
}
CUSTOMERS = {
    "manager": ("Wang Wei", "Sales"),
    "manager by number": ("2002", "Sales"),
    "his department": ("Wang Wei", "Sales"),
    "other sales": ("Wang Wei", "Sales"),
    "service": ("Wang Wei", "Sales"),
}
REFUSED: dict[str, dict[str, Conflict | None]] = {
    "coi.open": dict.fromkeys(PEOPLE),
    "coi.tongjiang": {
        "manager": Conflict.SAME_PERSON,
        "manager by number": Conflict.SAME_PERSON,
        "his department": Conflict.SAME_DEPARTMENT,
        "other sales": None,
        "service": None,
    },
    "coi.liaoning": {
        "manager": Conflict.SAME_PERSON,
        "manager by number": Conflict.SAME_PERSON,
        "his department": Conflict.SAME_DEPARTMENT,
        "other sales": Conflict.ALL_SALES,
        "service": None,
    },
}


def group(preset: str) -> ConflictGroup:
    return policy(
        f'windows = "window.always"\nconflict = {{preset = "{preset}", sales_departments = ["{SALES}"]}}'
    ).conflict


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("preset", REFUSED)
def test_who_may_call_under_each_preset(preset: str, person: str) -> None:
    manager, department = CUSTOMERS[person]
    whole = policy(f'windows = "window.always"\nconflict = {{preset = "{preset}", sales_departments = ["{SALES}"]}}')
    asked = facts(policy=whole, agent=PEOPLE[person], case=case(manager=manager, department=department))
    answer, level = may_dial(asked, MONDAY_10_15), REFUSED[preset][person]
    assert conflict_between(whole.conflict, PEOPLE[person], asked.case.customer) is level
    if level is None:
        assert not isinstance(answer, Refusal)
        return
    assert isinstance(answer, Refusal)
    assert (answer.rule, answer.strength) == (Rule.CONFLICT_OF_INTEREST, Strength.HARD)
    assert answer.source == whole.conflict.source_of("between")
    assert answer.detail == {"between": level.value}


@pytest.mark.parametrize(
    ("preset", "values", "sources"),
    [
        (
            "coi.liaoning",
            {"between": Conflict.ALL_SALES, "strength": Strength.HARD, "onsite": Conflict.SAME_PERSON},
            {"between": "C9-12", "strength": "C9-12", "onsite": "C9-05"},
        ),
        (
            "coi.tongjiang",
            {"between": Conflict.SAME_DEPARTMENT, "strength": Strength.HARD, "onsite": Conflict.OFF},
            {"between": "C6-08", "strength": "C6-08", "onsite": "product"},
        ),
        ("coi.open", {"between": Conflict.OFF, "onsite": Conflict.OFF}, {"between": "N1-01", "onsite": "product"}),
    ],
)
def test_each_preset_has_its_values_and_their_sources(
    preset: str, values: dict[str, object], sources: dict[str, str]
) -> None:
    found = policy(f'windows = "window.always"\nconflict = "{preset}"').conflict
    assert {name: getattr(found, name) for name in values} == values
    assert {name: found.source_of(name) for name in sources} == sources


def test_on_site_the_salesperson_himself_does_not_go_and_his_colleague_may() -> None:
    """C9-05."""
    liaoning = group("coi.liaoning")
    customer = case(manager="Wang Wei", department="Sales").customer
    assert conflict_between(liaoning, PEOPLE["manager"], customer, liaoning.onsite) is Conflict.SAME_PERSON
    assert conflict_between(liaoning, PEOPLE["his department"], customer, liaoning.onsite) is None


def test_without_a_list_of_sales_departments_the_customers_own_still_counts() -> None:
    found = policy('windows = "window.always"\nconflict = "coi.liaoning"').conflict
    customer = case(department="Sales").customer
    assert conflict_between(found, PEOPLE["his department"], customer) is Conflict.SAME_DEPARTMENT
    assert conflict_between(found, PEOPLE["other sales"], customer) is None


NAMES = st.sampled_from(["", " ", "Li Na", "li　na", "1001", "Wang Wei", "Sales", "SALES", "Service", "Telesales"])


@given(NAMES, NAMES, NAMES, NAMES, st.lists(NAMES, max_size=2))
def test_a_stricter_level_refuses_whatever_a_weaker_one_does(
    name: str, own: str, manager: str, department: str, sales: list[str]
) -> None:
    somebody = agent(name=name, department=own)
    customer = case(manager=manager, department=department).customer
    found = [
        conflict_between(ConflictGroup(between=level, sales_departments=tuple(sales)), somebody, customer)
        for level in Conflict
    ]
    assert found[0] is None
    for weaker, stricter in pairwise(found):
        assert weaker is None or stricter is weaker
    same = {folded(name), folded("1001")} - {""}
    assert (found[1] is not None) == (folded(manager) in same)
    near = bool(folded(own)) and folded(own) == folded(department)
    assert (found[2] is not None) == (found[1] is not None or near)
    sells = bool(folded(own)) and folded(own) in {folded(each) for each in sales}
    assert (found[3] is not None) == (found[2] is not None or sells)
    whole = barred(ConflictGroup(between=Conflict.ALL_SALES, sales_departments=tuple(sales)), somebody)
    assert whole.bars(manager, department) is found[3]
