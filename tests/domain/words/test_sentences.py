import re
import string
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.gate.gate import RULES, explain
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState, PlanState
from callcenter.domain.phone import MalformedNumberError, parse_number
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.words.reason_words import SHORT
from callcenter.domain.words.rule_names import RULE_NAMES
from callcenter.domain.words.sentences import (
    END_REASONS,
    OUTCOMES,
    REFUSALS,
    Language,
    number_sentence,
    outcome_sentence,
    sentence,
)
from domain.gate_facts import facts
from domain.values import MONDAY_10_15, case

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_sentence_in_both_languages(rule: Rule) -> None:
    english, chinese = (sentence(Refusal(rule), language) for language in Language)
    assert english.endswith(".")
    assert not CHINESE.search(english)
    assert chinese.endswith("。")
    assert CHINESE.search(chinese)
    assert names(REFUSALS[rule][0]) == names(REFUSALS[rule][1])


@pytest.mark.parametrize("words", [*OUTCOMES.values(), *END_REASONS.values()])
def test_words_are_in_both_languages(words: tuple[str, str]) -> None:
    english, chinese = words
    assert english
    assert not CHINESE.search(english)
    assert CHINESE.search(chinese)


def test_every_outcome_and_end_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(END_REASONS) == set(EndReason)


def test_details_are_filled_in_and_braces_in_them_are_harmless() -> None:
    refusal = Refusal(Rule.PLAN_NOT_RUNNING, detail={"plan": "{state} {0}", "state": "paused"})
    assert sentence(refusal) == "The plan {state} {0} is paused, so nothing of it is dialled."


def test_a_detail_that_is_missing_shows_as_a_question_mark() -> None:
    assert "(?)" in sentence(Refusal(Rule.CALENDAR_UNKNOWN, detail={"year": "2099"}))


def test_the_next_opening_is_told_in_local_time() -> None:
    opens_at = datetime(2026, 11, 23, 2, tzinfo=UTC)
    refusal = Refusal(Rule.WINDOW_CLOSED, opens_at=opens_at)
    assert sentence(refusal, Language.EN, "Asia/Shanghai") == (
        "It is outside the customer's calling hours. Possible from 2026-11-23 10:00 (Asia/Shanghai)."
    )
    assert sentence(refusal, Language.ZH, "Asia/Shanghai") == (
        "现在不在该客户的回访时段内。可拨打时间：2026-11-23 10:00（Asia/Shanghai）起。"
    )
    assert "2026-11-23 02:00 (UTC)" in sentence(refusal, Language.EN, "Mars/Olympus")


@pytest.mark.parametrize("strength", Strength)
def test_a_way_round_is_told_where_there_is_one(strength: Strength) -> None:
    for language, words in ((Language.EN, "With a reason"), (Language.ZH, "说明原因后")):
        told = words in sentence(Refusal(Rule.WINDOW_CLOSED, strength=strength), language)
        assert told is (strength is not Strength.HARD)


def test_how_a_dial_ended_is_said_in_a_few_words() -> None:
    assert outcome_sentence(Outcome.BUSY, None) == "busy"
    assert outcome_sentence(Outcome.NO_ANSWER, EndReason.RING_TIMEOUT) == "not answered; it rang long enough"
    assert outcome_sentence(Outcome.INVALID_NUMBER, EndReason.NETWORK, Language.ZH) == "空号，网络结束呼叫"


def test_every_rule_of_the_gate_has_short_words_for_plans() -> None:
    of_each_click = {Rule.SERVICE_STOPPING, Rule.SWITCH_DOWN, Rule.RECORDER_DOWN, Rule.DISK_FULL}
    of_each_click |= {Rule.AGENT_BUSY, Rule.AGENT_ON_BREAK}
    assert {rule for rule, _ in RULES} - set(SHORT) == of_each_click


@pytest.mark.parametrize("reason", ExhaustedReason)
def test_what_ended_a_round_is_told_and_no_count_of_dials_where_they_did_not(reason: ExhaustedReason) -> None:
    stopped = case(state=CallbackState.EXHAUSTED)
    stopped = replace(stopped, callback=replace(stopped.callback, exhausted_reason=reason))
    (refusal,) = [each.refusal for each in explain(facts(case=stopped), MONDAY_10_15) if not each.ok]
    assert refusal is not None
    counted = reason is ExhaustedReason.DIALS_USED_UP
    assert ("0 of 3 dials" in sentence(refusal)) is counted
    assert ("已拨0次" in sentence(refusal, Language.ZH)) is counted
    assert "?" not in sentence(refusal)
    assert reason.value not in sentence(Refusal(Rule.CALLBACK_EXHAUSTED, detail={"why": reason.value}), Language.ZH)


@pytest.mark.parametrize("state", [*PlanState, *CallbackState])
def test_a_state_is_never_told_by_the_word_of_the_database(state: PlanState | CallbackState) -> None:
    for rule in (Rule.PLAN_NOT_RUNNING, Rule.CALLBACK_NOT_WAITING):
        refusal = Refusal(rule, detail={"plan": "秋", "state": state.value})
        assert state.value not in sentence(refusal, Language.ZH)
        assert "_" not in sentence(refusal)


@pytest.mark.parametrize(
    "written", ["12345", "138000000011", "1380000000", "0", "", "abc", "+99912345678", "020 123-4 x5"]
)
def test_why_something_is_no_number_is_told_in_chinese_too(written: str) -> None:
    with pytest.raises(MalformedNumberError) as raised:
        parse_number(written, "CN")
    assert not CHINESE.search(number_sentence(raised.value, Language.EN))
    assert CHINESE.search(number_sentence(raised.value, Language.ZH))
    refusal = Refusal(Rule.NUMBER_MALFORMED, detail={"number": "1", "reason": str(raised.value)})
    assert str(raised.value) in sentence(refusal)
    assert str(raised.value) not in sentence(refusal, Language.ZH)


def test_every_rule_of_the_gate_has_a_name_in_both_languages() -> None:
    assert set(RULE_NAMES) == {rule for rule, _ in RULES}
    for english, chinese in RULE_NAMES.values():
        assert not CHINESE.search(english)
        assert CHINESE.search(chinese)
