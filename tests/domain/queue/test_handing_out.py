"""In which line a callback stands, and whom else a conflict of interest keeps from the agent."""

from dataclasses import replace

import pytest

from callcenter.domain.people import Customer
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.attempts import Conflict
from callcenter.domain.queue.handing_out import ONE_BY_ONE, Hours, KeptFrom, clock_of, hours_of, kept_from
from callcenter.domain.refusal import Refusal, Rule
from domain.values import case

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
MOBILE, BEIJING_LINE = PhoneNumber("+8613800000001"), PhoneNumber("+861058888888")
BERLIN_LINE, OF_NO_PLACE = PhoneNumber("+4930123456"), PhoneNumber("+18005550123")


def customer(*numbers: PhoneNumber, zone: str = "", own_hours: str = "", key_customer: bool = False) -> Customer:
    who = case(zone=zone, own_hours=own_hours, key_customer=key_customer).customer
    return replace(who, numbers=numbers)


@pytest.mark.parametrize(
    ("who", "clock"),
    [
        (customer(), ""),
        (customer(zone=BERLIN), BERLIN),
        (customer(OF_NO_PLACE), ""),
        (customer(MOBILE), SHANGHAI),
        (customer(MOBILE, zone=BERLIN), BERLIN),
        (customer(MOBILE, BEIJING_LINE), SHANGHAI),
        (customer(MOBILE, BERLIN_LINE), ONE_BY_ONE),
        (customer(BERLIN_LINE, MOBILE), ONE_BY_ONE),
        (customer(BEIJING_LINE, zone=BERLIN), ONE_BY_ONE),
        (customer(MOBILE, own_hours="every_day 19:00-20:00"), ONE_BY_ONE),
        (customer(MOBILE, key_customer=True), ONE_BY_ONE),
    ],
    ids=[
        "nothing is known",
        "record",
        "number that stands nowhere",
        "number",
        "record and mobile",
        "numbers of one zone",
        "numbers of two zones",
        "numbers of two zones, the other first",
        "record and line disagree",
        "own hours",
        "key customer",
    ],
)
def test_a_customer_has_the_clock_of_a_line_only_where_one_zone_says_all(who: Customer, clock: str) -> None:
    assert clock_of(who) == clock


def test_a_line_is_of_a_policy_a_plans_zone_and_a_clock() -> None:
    usual = case(plan_zone=BERLIN)
    found = hours_of(replace(usual, callback=replace(usual.callback, clock=SHANGHAI)))
    assert found == Hours(policy="example", plan_zone=BERLIN, clock=SHANGHAI)
    assert found.zone == SHANGHAI
    assert hours_of(usual).zone == BERLIN


@pytest.mark.parametrize(
    ("between", "kept"),
    [
        (Conflict.SAME_PERSON, KeptFrom("example", manager="Wang Wei")),
        (Conflict.SAME_DEPARTMENT, KeptFrom("example", department="Sales")),
        (Conflict.ALL_SALES, KeptFrom("example")),
        (Conflict.OFF, None),
    ],
)
def test_a_conflict_keeps_all_customers_from_the_agent_of_whom_the_same_holds(
    between: Conflict, kept: KeptFrom | None
) -> None:
    asked = case(manager="Wang Wei", department="Sales")
    conflict = Refusal(Rule.CONFLICT_OF_INTEREST, detail={"between": between.value})
    assert kept_from(conflict, asked) == kept
    other = replace(conflict, rule=Rule.OPT_OUT)
    assert kept_from(other, asked) is None


def test_a_conflict_that_does_not_say_with_whom_keeps_nobody_else() -> None:
    assert kept_from(Refusal(Rule.CONFLICT_OF_INTEREST), case()) is None
