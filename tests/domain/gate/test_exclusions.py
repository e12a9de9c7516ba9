"""Who must not be called: what each kind needs, what it forbids, until when; no reason and no appointment helps."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from callcenter.domain.gate.exclusions import (
    Exclusion,
    ExclusionKind,
    Lifting,
    Signature,
    Signer,
    Unfit,
    against,
    completed,
    open_channels,
)
from callcenter.domain.gate.gate import Permit, explain, may_dial, next_possible
from callcenter.domain.gate.restraints import Restraints
from callcenter.domain.intake.blocklists import Broken, broken, is_heading, number_column, number_in
from callcenter.domain.people import Channel
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.words.sentences import Language, sentence
from domain.gate_facts import facts
from domain.values import MONDAY_10_15, NUMBER, SIGNED, case, exclusion

OTHER = PhoneNumber("+8613800000002")
KIND = ExclusionKind
DAY = timedelta(days=1)


def gate(*exclusions: Exclusion, number: PhoneNumber = NUMBER) -> Permit | Refusal:
    return may_dial(facts(number=number, restraints=Restraints(exclusions)), MONDAY_10_15)


@pytest.mark.parametrize(
    ("kind", "rule", "source"),
    [
        (KIND.OPT_OUT, Rule.OPT_OUT, "C6-22"),
        (KIND.REFUSED, Rule.OPT_OUT, "C6-22"),
        (KIND.WAIVER, Rule.CASE_WITHDRAWN, "C9-16"),
        (KIND.CANCELLED, Rule.CASE_WITHDRAWN, "C9-10"),
        (KIND.DECEASED, Rule.CASE_WITHDRAWN, "product"),
        (KIND.WRONG_NUMBER, Rule.NUMBER_WRONG, "product"),
    ],
)
def test_each_kind_is_refused_for_good_with_the_rule_it_comes_from(kind: KIND, rule: Rule, source: str) -> None:
    refusal = gate(exclusion(kind))
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.source, refusal.strength) == (rule, source, Strength.HARD)
    assert refusal.opens_at is None
    assert not re.search("[a-z]", sentence(refusal, Language.ZH))
    assert "_" not in sentence(refusal)


@pytest.mark.parametrize("kind", list(KIND))
def test_neither_a_reason_nor_an_appointment_goes_round_it(kind: KIND) -> None:
    agreed = case()
    agreed = replace(agreed, callback=replace(agreed.callback, appointment_at=MONDAY_10_15))
    reasons = dict.fromkeys(Rule, "the customer asked for it")
    asked = facts(case=agreed, restraints=Restraints((exclusion(kind),)), overrides=reasons)
    assert isinstance(may_dial(asked, MONDAY_10_15), Refusal)
    assert next_possible(asked, MONDAY_10_15) is None


@pytest.mark.parametrize("kind", list(KIND))
def test_what_is_lifted_forbids_nothing_more(kind: KIND) -> None:
    lifted = replace(exclusion(kind), lifted=Lifting(MONDAY_10_15, "u1", "he", "entered by mistake"))
    assert isinstance(gate(lifted), Permit)


@pytest.mark.parametrize("kind", list(KIND))
def test_what_has_ended_forbids_nothing_more(kind: KIND) -> None:
    for until, holds in ((MONDAY_10_15, False), (MONDAY_10_15 + DAY, True), (None, True)):
        assert isinstance(gate(replace(exclusion(kind), until=until)), Refusal) is holds


def test_what_withdraws_the_visit_speaks_first_then_what_lasts_longest() -> None:
    waiver = exclusion(KIND.WAIVER, "w")
    until = [exclusion(KIND.OPT_OUT, str(days), until=MONDAY_10_15 + days * DAY) for days in (1, 2)]
    for_good = exclusion(KIND.REFUSED, "r")
    expected = (waiver, for_good, until[1], until[0])
    for order in permutations(expected):
        assert against(order, "c1", Channel.PHONE, MONDAY_10_15) == expected


def test_an_opt_out_until_a_day_opens_on_it() -> None:
    until = MONDAY_10_15 + DAY
    asked = facts(restraints=Restraints((exclusion(KIND.OPT_OUT, until=until),)))
    refusal = may_dial(asked, MONDAY_10_15)
    assert isinstance(refusal, Refusal)
    assert refusal.opens_at == until
    assert isinstance(may_dial(asked, until), Permit)


def test_of_several_opt_outs_the_last_to_end_speaks() -> None:
    soon, late = (exclusion(KIND.OPT_OUT, until=MONDAY_10_15 + days * DAY) for days in (1, 3))
    for order in ((soon, late), (late, soon)):
        refusal = gate(*order)
        assert isinstance(refusal, Refusal)
        assert refusal.opens_at == late.until
    for order in ((soon, exclusion(KIND.REFUSED)), (exclusion(KIND.REFUSED), soon)):
        refusal = gate(*order)
        assert isinstance(refusal, Refusal)
        assert refusal.opens_at is None


def test_an_opt_out_of_another_channel_lets_the_phone_ring() -> None:
    assert isinstance(gate(exclusion(KIND.OPT_OUT, channels=frozenset({Channel.SMS, Channel.LETTER}))), Permit)


def test_who_refuses_the_phone_may_be_visited_by_other_channels() -> None:
    """C6-22: by text message or e-mail."""
    left = open_channels([exclusion(KIND.REFUSED)], "c1", MONDAY_10_15)
    assert left == (Channel.SMS, Channel.EMAIL, Channel.LETTER, Channel.ONSITE)


def test_a_channel_is_open_again_when_the_opt_out_ends() -> None:
    opted_out = exclusion(KIND.OPT_OUT, until=MONDAY_10_15 + DAY)
    assert Channel.PHONE not in open_channels([opted_out], "c1", MONDAY_10_15)
    assert open_channels([opted_out], "c1", MONDAY_10_15 + DAY) == tuple(Channel)


@pytest.mark.parametrize(
    ("kind", "channels"),
    [
        (KIND.OPT_OUT, {Channel.SMS}),
        (KIND.REFUSED, {Channel.PHONE}),
        (KIND.WRONG_NUMBER, set()),
        (KIND.WAIVER, set(Channel)),
        (KIND.CANCELLED, set(Channel)),
        (KIND.DECEASED, set(Channel)),
    ],
)
def test_only_an_opt_out_chooses_its_channels(kind: KIND, channels: set[Channel]) -> None:
    assert exclusion(kind, channels=frozenset({Channel.SMS})).channels == channels


@pytest.mark.parametrize("kind", [KIND.WAIVER, KIND.CANCELLED, KIND.DECEASED])
def test_a_visit_that_is_withdrawn_is_made_by_no_channel(kind: KIND) -> None:
    assert open_channels([exclusion(kind)], "c1", MONDAY_10_15) == ()


def test_a_cancelled_contract_leaves_the_customers_other_callbacks() -> None:
    assert isinstance(gate(exclusion(KIND.CANCELLED, callback_id="c2")), Permit)
    assert isinstance(gate(exclusion(KIND.WAIVER, callback_id="c2")), Permit)
    assert isinstance(gate(exclusion(KIND.WAIVER, callback_id="c1")), Refusal)


def test_a_wrong_number_leaves_the_customers_other_numbers() -> None:
    wrong = exclusion(KIND.WRONG_NUMBER)
    assert isinstance(gate(wrong, number=OTHER), Permit)
    restraints = Restraints((wrong,))
    assert [restraints.keep_from(number, MONDAY_10_15) for number in (NUMBER, OTHER)] == [True, False]
    assert Restraints((), {OTHER: ("own",)}).keep_from(OTHER, MONDAY_10_15)


def test_a_blocked_number_is_refused_with_its_lists() -> None:
    asked = facts(restraints=Restraints(blocked={NUMBER: ("own", "regulator")}))
    (refusal,) = [each.refusal for each in explain(asked, MONDAY_10_15) if each.refusal]
    assert (refusal.rule, refusal.strength) == (Rule.NUMBER_BLOCKED, Strength.HARD)
    assert refusal.detail["lists"] == "own, regulator"
    assert NUMBER.e164 not in sentence(refusal)
    assert isinstance(may_dial(facts(number=OTHER, restraints=asked.restraints), MONDAY_10_15), Permit)


SAME_TWICE = (*SIGNED[:2], Signature(Signer.SALES_MANAGER, " wang　WEI"))
DRAFT = exclusion(KIND.DECEASED)


@pytest.mark.parametrize(
    ("changes", "unfit"),
    [
        ({"reason": " "}, Unfit.REASON_LACKING),
        ({"until": MONDAY_10_15 + DAY}, Unfit.UNTIL_NOT_TAKEN),
        ({"kind": KIND.OPT_OUT, "channels": frozenset()}, Unfit.CHANNELS_LACKING),
        ({"kind": KIND.OPT_OUT, "until": MONDAY_10_15}, Unfit.UNTIL_PAST),
        ({"kind": KIND.WAIVER}, Unfit.SIGNATURES_LACKING),
        ({"kind": KIND.WAIVER, "signatures": SIGNED[:2]}, Unfit.SIGNATURES_LACKING),
        ({"kind": KIND.WAIVER, "signatures": (*SIGNED, SIGNED[0])}, Unfit.SIGNATURES_LACKING),
        (
            {"kind": KIND.WAIVER, "signatures": (*SIGNED[:2], Signature(Signer.SALES_MANAGER, " "))},
            Unfit.SIGNATURES_LACKING,
        ),
        ({"kind": KIND.WAIVER, "signatures": SAME_TWICE}, Unfit.SIGNERS_NOT_DISTINCT),
        ({"kind": KIND.CANCELLED}, Unfit.CALLBACK_LACKING),
        ({"kind": KIND.WRONG_NUMBER}, Unfit.NUMBER_LACKING),
        ({"kind": KIND.WRONG_NUMBER, "number": OTHER}, Unfit.NUMBER_NOT_THEIRS),
    ],
)
def test_what_lacks_something_is_not_entered(changes: dict[str, object], unfit: Unfit) -> None:
    draft = replace(DRAFT, **changes)  # type: ignore[arg-type]  # the table's values are of many kinds
    assert completed(draft, (NUMBER,), MONDAY_10_15) is unfit


@pytest.mark.parametrize(
    ("rows", "bad", "why"),
    [(0, 0, Broken.NO_NUMBER), (5, 5, Broken.NO_NUMBER), (10, 6, Broken.MOSTLY_BAD), (10, 5, None), (1, 0, None)],
)
def test_a_file_without_numbers_or_mostly_without_is_no_list(rows: int, bad: int, why: Broken | None) -> None:
    assert broken(rows, bad) is why


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800000001", "+8613800000001"),
        ("+8613800000001", "+8613800000001"),
        (" '138-0000-0001'", "+8613800000001"),
        (13800000001, "+8613800000001"),
        ("010-12345678", "+861012345678"),
        ("+442079460000", "+442079460000"),
        ("12", None),
        ("李雷", None),
        (None, None),
    ],
)
def test_numbers_of_a_list_are_read_however_they_are_written(written: str | int | None, number: str | None) -> None:
    assert number_in(written, "CN") == number


def test_a_mobile_number_without_country_code_is_of_the_region_that_is_asked_for() -> None:
    assert number_in("13800000001", "DE") != "+8613800000001"


def test_the_column_of_the_numbers_is_told_by_what_stands_in_it() -> None:
    rows = [("姓名", "电话"), ("李雷", "13800000001"), ("2026", "13800000002")]
    assert number_column(rows, "CN") == 1
    assert number_column([], "CN") == 0
    assert [is_heading(each) for each in ("电话", "13800000001", None)] == [True, False, True]
