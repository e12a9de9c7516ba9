"""Scripts as people write them: what is a mistake, what is advised, what changes from version to version."""

import pytest
from hypothesis import given

from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.written import written
from callcenter.domain.scripts.advice import Advice, advice
from callcenter.domain.scripts.examples import EXAMPLES, UnknownExampleError, example_text
from callcenter.domain.scripts.filling import example, filling
from callcenter.domain.scripts.question import Condition, Kind
from callcenter.domain.scripts.script import Script, load_script, places
from callcenter.domain.scripts.versions import ChangeKind, as_version, differences
from callcenter.domain.words.script_words import advice_words, script_mistake
from callcenter.domain.words.sentences import Language
from domain.script_values import asked, script, scripts
from domain.values import agent, case

BANK = example_text("bank")
HEAD = 'name = "a"\nversion = 1\ntitle = "A"\ninstitution = "I"\nopening = ["x"]\n'
ONE = '[[sections]]\ntitle = "S"\n[[sections.questions]]\nid = "q"\ntext = "?"\n'


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_right_and_nothing_is_advised(name: str) -> None:
    loaded = load_script(example_text(name))
    assert (loaded.name, loaded.trade, advice(loaded)) == (name, name, ())
    assert all(question.red_flags or not question.required or question.kind for question in loaded.questions)
    assert any(question.red_flags for question in loaded.questions)


def test_an_unknown_example_is_told() -> None:
    with pytest.raises(UnknownExampleError):
        example_text("../bank")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("x =", "this is not TOML"),
        (HEAD + "colour = 1", "colour: is not a known key"),
        (HEAD.replace("[", "").replace("]", ""), "opening: input should be a valid"),
        (HEAD + ONE + 'kind = "choice"', "sections.0.questions.0: a choice needs 2 to 20 options"),
        (HEAD + ONE + 'kind = "choice"\noptions = ["a", "a"]', "sections.0.questions.0: the same option stands there"),
        (HEAD + ONE + 'kind = "text"\noptions = ["a", "b"]', "only a choice has options, not text"),
        (HEAD + ONE + 'kind = "text"\nscale = 3', "only a rating has a scale, not text"),
        (HEAD + ONE + 'kind = "rating"\nleast = 3', "only a number has least and most, not rating"),
        (HEAD + ONE + 'kind = "number"\nleast = 3\nmost = 2', "most is less than least"),
        (HEAD + ONE + 'kind = "text"\nonly_if = [{question = "q", equals = "a"}]', "q: only_if must name an earlier"),
        (HEAD + ONE + 'kind = "text"\nonly_if = [{question = "z", equals = "a"}]', "q: only_if must name an earlier"),
        (HEAD + ONE + 'kind = "text"\n' + ONE.replace('"S"', '"T"') + 'kind = "text"', "q: this id stands there twice"),
        (HEAD.replace('"x"', '"{agnt}"'), "unknown placeholders: agnt"),
        (HEAD.replace('"x"', '"{agent"'), "a brace is left open"),
        (HEAD.replace('"x"', '"{agent!r}"'), "a placeholder is written like {agent}"),
        (HEAD.replace('"x"', '"{agent.name}"'), "unknown placeholders: agent.name"),
        (
            HEAD + '[identity]\nmust_match = 2\nchecks = [{id = "a", text = "?", against = "b"}]',
            "identity: must_match is 2",
        ),
        (
            HEAD + '[identity]\nmust_match = 1\nchecks = [{id = "a", text = "{customer}?", against = "b"}]',
            "an identity question must not read out the answer: customer",
        ),
    ],
)
def test_a_mistake_is_named_in_both_languages(text: str, mistake: str) -> None:
    with pytest.raises(PolicyError) as raised:
        load_script(text)
    told = [each for each in raised.value.mistakes if mistake in each]
    assert told, raised.value.mistakes
    assert any("\u4e00" <= letter <= "\u9fff" for letter in script_mistake(told[0], Language.ZH))
    assert script_mistake(told[0], Language.EN) == told[0]


@pytest.mark.parametrize(
    ("flag", "mistake"),
    [
        ("equals = 1", "q is answered true or false"),
        ("at_least = 1", "at_least and at_most are for numbers, and q is yes_no"),
        ('contains = "a"', "contains is for choices and text, and q is yes_no"),
        ("equals = true, differs = true", "exactly one of"),
    ],
)
def test_a_red_flag_that_no_answer_can_raise_is_a_mistake(flag: str, mistake: str) -> None:
    text = f'kind = "yes_no"\nred_flags = [{{{flag}, kind = "k", title = "t", department = "d"}}]'
    with pytest.raises(PolicyError, match=mistake):
        load_script(HEAD + ONE + text)


def test_all_mistakes_between_questions_are_told_at_once() -> None:
    text = BANK.replace('question = "satisfaction"', 'question = "wish"').replace("{agent}", "{agnt}")
    with pytest.raises(PolicyError) as raised:
        load_script(text)
    assert len(raised.value.mistakes) == 2


@given(scripts())
def test_no_question_can_stand_behind_itself(tried: Script) -> None:
    order = [question.id for question in tried.questions]
    for place, question in enumerate(tried.questions):
        assert all(order.index(each.question) < place for each in question.only_if)
    assert Script.model_validate_json(tried.model_dump_json(exclude_none=True)) == tried
    assert written(tried)["name"] == tried.name


@pytest.mark.parametrize(
    ("many", "behind", "expected"),
    [
        (5, 0, []),
        (6, 0, [Advice.TOO_MANY]),
        (5, 1, [Advice.MAYBE_TOO_MANY]),
        (4, 1, []),
    ],
)
def test_more_than_five_questions_are_worth_a_thought(many: int, behind: int, expected: list[Advice]) -> None:
    always = [asked(f"q{number}") for number in range(many)]
    after = [asked(f"w{number}", only_if=(Condition(question="q0", equals=True),)) for number in range(behind)]
    found = [each for each in advice(script(*always, *after)) if each.advice is not Advice.NO_IDENTITY]
    assert [each.advice for each in found] == expected
    for each in found:
        assert "5" in advice_words(each, Language.EN)
        assert "5" in advice_words(each, Language.ZH)


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        ("{institution} {agent} {staff_number} {purpose}", []),
        ("{agent} {institution} {staff_number} {purpose}", [Advice.OPENING_ORDER]),
        ("{purpose}: {institution} {agent} {staff_number}", [Advice.OPENING_ORDER]),
        ("{institution} {agent}", [Advice.OPENING_LACKS]),
    ],
)
def test_an_opening_tells_institution_self_and_number_in_order(opening: str, expected: list[Advice]) -> None:
    found = advice(script(opening=(opening,)))
    assert [each.advice for each in found if each.advice is not Advice.NO_IDENTITY] == expected
    assert all(advice_words(each, language) for each in found for language in Language)


def test_nobody_asked_who_he_is_and_whether_it_suits_is_worth_a_thought() -> None:
    found = {each.advice for each in advice(script(convenient=None))}
    assert found == {Advice.NOT_ASKED_CONVENIENT, Advice.NO_IDENTITY}


def test_words_are_filled_in_and_what_is_not_known_is_named() -> None:
    tried = script()
    fill = filling(tried, agent(), case())
    assert fill("{institution}: {agent} ({staff_number}), {purpose}; {{x}}") == "Acme: Li Na (1001), after signing; {x}"
    assert fill("{customer}, {organisation}, {manager}, {plan}").startswith("Zhang San, Acme, ")
    assert example(tried)("{customer} {institution}") == "王芳 Acme"
    assert example(script(language="en"))("{customer}") == "Wang Fang"
    assert places("a {agent} b {plan}") == ("agent", "plan")


def test_a_name_with_braces_stays_a_name() -> None:
    tried = script()
    named = agent(name="{customer}")
    assert filling(tried, named, case())("{agent}") == "{customer}"


def test_the_next_version_begins_with_the_last_ones_words() -> None:
    text = as_version(BANK, 7)
    assert load_script(text).version == 7
    assert text.replace("version = 7", "version = 1") == BANK


def test_two_versions_differ_in_what_was_changed() -> None:
    before = load_script(BANK)
    after = load_script(
        BANK.replace('id = "wish"', 'id = "wishes"')
        .replace("required = true", "required = false", 1)
        .replace("再见", "")
    )
    found = {(each.kind, each.what): each for each in differences(before, after)}
    assert set(found) == {
        (ChangeKind.CHANGED, "closing"),
        (ChangeKind.REMOVED, "wish"),
        (ChangeKind.ADDED, "wishes"),
        (ChangeKind.CHANGED, "satisfaction"),
    }
    assert found[ChangeKind.CHANGED, "satisfaction"].names == ("required",)


@given(scripts(), scripts())
def test_only_the_same_script_has_no_differences(one: Script, other: Script) -> None:
    assert (differences(one, other) == ()) is (one == other)


def test_a_moved_question_is_told() -> None:
    before, after = script(asked("a"), asked("b", Kind.TEXT)), script(asked("b", Kind.TEXT), asked("a"))
    (change,) = differences(before, after)
    assert (change.kind, change.before, change.after) == (ChangeKind.MOVED, "a, b", "b, a")
