"""Presets beside each other, and an institution's own values over them."""

import pytest

from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.spans import parse_span
from domain.values import policy

ALWAYS = 'windows = "window.always"\n'


def mistake(body: str) -> str:
    with pytest.raises(PolicyError) as caught:
        policy(ALWAYS + body)
    (found,) = caught.value.mistakes
    return found


def found(body: str) -> Policy:
    return policy(ALWAYS + body)


def test_several_presets_stand_beside_each_other_with_their_sources() -> None:
    due = found('due = ["due.tongjiang_new", "due.repair_shop"]').due
    assert set(due.rules) == {"signing", "paid_repair", "warranty", "registration"}
    assert (due.source_of("rules.signing.first_by"), due.source_of("rules.warranty.first_by")) == ("C6-25", "C2-03")


def test_what_two_presets_say_alike_has_both_sources() -> None:
    review = found('review = ["review.company", "review.community"]').review
    assert (review.report_by, review.source_of("report_by")) == (parse_span("1 day"), "N1-24, C1-09")
    assert review.source_of("log_by") == "N1-22"


def test_presets_that_contradict_are_told_with_the_place() -> None:
    told = mistake('due = ["due.plaza", "due.yayuan"]')
    assert told == (
        "due: due.yayuan says otherwise than the presets before it: "
        "rules.complaint_handled.coverage_percent, rules.complaint_handled.first_by, rules.repair_done.first_by"
    )


def test_an_own_value_within_a_rule_leaves_the_rest_of_the_rule() -> None:
    due = found('[due]\npreset = "due.tongjiang_new"\n[due.rules.signing]\nfirst_by = "3 working days"').due
    rule = due.rules["signing"]
    assert (rule.first_by, rule.completed_by) == (parse_span("3 working days"), parse_span("1 month"))
    assert due.source_of("rules.signing.first_by") == "policy"
    assert due.source_of("rules.signing.completed_by") == "C6-32"


def test_an_own_value_takes_the_source_of_the_whole_table_it_lies_in() -> None:
    cadence = found('[cadence]\npreset = "cadence.rehab"\n[cadence.classes.any]\nevery = "5 days"').cadence
    assert cadence.source_of("classes.any.every") == "policy"
    assert cadence.source_of("classes.any.also.home") == "policy"


def test_a_source_of_a_table_holds_for_what_is_in_it() -> None:
    cadence = found('cadence = "cadence.rehab"').cadence
    assert {cadence.source_of(path) for path in cadence.paths()} == {"C4-03"}
    assert cadence.source_of("ahead_days") == "product"
    assert cadence.source_of("classes") == "policy"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            'due = ["due.plaza", "sla.travel"]',
            "due: needs a table of values or the name of a preset due.…, not 'sla.tr",
        ),
        ("due = []", "due: needs a table of values or the name of a preset due.…, not []"),
        ('due = ["due.plaza", "due.none"]', "due: there is no preset 'due.none'"),
        (
            'due = {rules = {signing = {first_by = "soon"}}}',
            "due.rules.signing.first_by: a span of time is written like",
        ),
        ('due = {rules = {signing = {first_by = "5 hours"}}}', "due.rules.signing.first_by: this is counted in days"),
        ('due = {rules = {signing = {every = "same day"}}}', "due.rules.signing.every: nothing repeats every same day"),
        ('due = {rules = {signing = {until = "visited"}}}', "due.rules.signing: until ends what comes again"),
        ('due = {rules = {"On Signing" = {}}}', "due.rules.On Signing"),
        ('due = {rules = {signing = {}}, source = {"rules.sale" = "C6-25"}}', "due: a source is given for what is not"),
        ('due = {month = "30 days"}', "due.month: input should be 'same_day' or 'calendar_end'"),
        ("kpi = {satisfaction_bands_percent = [50, 70]}", "kpi: satisfaction_bands_percent: the highest comes first"),
        ('kpi = {indicators = {rate = {over = "success"}}}', "kpi.indicators.rate: a share needs both"),
        ("script = {strict = true, adaptable = true}", "script: a script is strict or adaptable, not both"),
        ("cadence = {ahead_days = -1}", "cadence.ahead_days: "),
    ],
)
def test_a_mistake_is_a_sentence_that_names_its_place(body: str, told: str) -> None:
    assert mistake(body).startswith(told)
