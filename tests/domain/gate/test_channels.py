"""Which visits are not made by telephone, whoever asks?

rounds.plaza, class-3 complaints (N9-07): never. channel.realestate, class D and VIP (N6-08, N6-10): by message, until a
supervisor or the customer arranges a call.
"""

from datetime import timedelta

import pytest

from callcenter.domain.gate.gate import Permit, explain, may_dial
from callcenter.domain.people import Case, Channel
from callcenter.domain.refusal import Refusal, Rule
from domain.gate_facts import BY_MESSAGE, NO_CLASS_3, ON_SITE_FIRST, PLAZA, facts, of_class, of_matter, of_plan
from domain.values import MONDAY_10_15


@pytest.mark.parametrize(
    ("case", "forbidden"),
    [
        (of_matter(trigger="class_3_complaints"), True),
        (of_matter(purpose="Class-3 complaints"), True),
        (of_matter(purpose="ｃｌａｓｓ－３　ｃｏｍｐｌａｉｎｔｓ"), True),
        (of_matter(trigger="complaint_handled", purpose="Class 3 Complaints"), True),
        (of_plan(purpose="class-3 complaints"), True),
        (of_matter(trigger="class_2_complaints"), False),
        (of_matter(purpose="class-3 complaints, once settled"), False),
        (of_matter(trigger="", purpose=""), False),
    ],
)
def test_a_forbidden_matter_is_known_by_its_trigger_and_its_purpose_however_written(
    case: Case, forbidden: bool
) -> None:
    said = {verdict.rule: verdict.ok for verdict in explain(facts(policy=NO_CLASS_3, case=case), MONDAY_10_15)}
    assert said[Rule.PHONE_FORBIDDEN] is not forbidden
    later = facts(policy=PLAZA, case=case)
    assert (Rule.PHONE_FORBIDDEN in {each.rule for each in explain(later, MONDAY_10_15) if not each.ok}) is forbidden


@pytest.mark.parametrize(
    ("case", "called"),
    [
        (of_class("d"), False),
        (of_class("VIP"), False),
        (of_class("A"), True),
        (of_class(""), True),
        (of_class("D", round=2), True),
        (of_class("D", appointment_at=MONDAY_10_15 - timedelta(minutes=1)), True),
    ],
)
def test_a_class_that_is_visited_by_message_is_called_by_arrangement_alone(case: Case, called: bool) -> None:
    assert isinstance(may_dial(facts(policy=BY_MESSAGE, case=case), MONDAY_10_15), Permit) is called


@pytest.mark.parametrize(
    ("channel", "others", "called"),
    [
        (Channel.PHONE, (), True),
        (Channel.LETTER, (Channel.PHONE,), True),
        (Channel.SMS, (), False),
        (Channel.ONSITE, (Channel.LETTER, Channel.EMAIL), False),
    ],
)
def test_a_plan_is_dialled_if_the_telephone_is_one_of_its_methods(
    channel: Channel, others: tuple[Channel, ...], called: bool
) -> None:
    case = of_plan(channel=channel, other_channels=others)
    assert isinstance(may_dial(facts(case=case), MONDAY_10_15), Permit) is called


@pytest.mark.parametrize(("round_", "allowed"), [(1, False), (2, False), (3, True)])
def test_the_first_visits_of_the_plaza_may_be_made_by_telephone_and_a_stricter_house_may_say_no(
    round_: int, allowed: bool
) -> None:
    """N9-07 allows the telephone after the second visit, and forbids it for class-3 complaints alone."""
    assert isinstance(may_dial(facts(policy=PLAZA, case=of_matter(round=round_)), MONDAY_10_15), Permit)
    refused = may_dial(facts(policy=PLAZA, case=of_matter(round=round_, trigger="class_3_complaints")), MONDAY_10_15)
    assert isinstance(refused, Refusal)
    assert refused.source == "N9-07"
    house = may_dial(facts(policy=ON_SITE_FIRST, case=of_matter(round=round_)), MONDAY_10_15)
    assert isinstance(house, Permit) is allowed
