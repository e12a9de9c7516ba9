import re
import string
from datetime import UTC, datetime

import pytest

from callcenter.domain.gate.gate import RULES
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.words.reason_words import SHORT
from callcenter.domain.words.sentences import (
    END_REASONS,
    OUTCOMES,
    REFUSALS,
    Language,
    outcome_sentence,
    sentence,
)

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
