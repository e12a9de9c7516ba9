"""Scripts to try, small ones by hand and any by chance."""

from typing import Any

from hypothesis import strategies as st

from callcenter.domain.scripts.question import Answers, Condition, Kind, Question, RedFlag, Value
from callcenter.domain.scripts.script import Check, Identity, Mode, Script, Section

OPTIONS = ("是", "否", "a b", "4")
FLAG: dict[str, Any] = {"kind": "bad", "title": "Bad", "department": "Compliance"}


def script(*questions: Question, mode: Mode = Mode.STRICT, identity: Identity | None = None, **values: Any) -> Script:
    given: dict[str, Any] = {"opening": ("{institution} {agent} {staff_number} {purpose}",), "convenient": "now?"}
    return Script(
        name="trial",
        version=1,
        title="Trial",
        institution="Acme",
        mode=mode,
        identity=identity,
        sections=(Section(title="All", questions=questions),) if questions else (),
        **(given | values),
    )


def asked(key: str, kind: Kind = Kind.YES_NO, **values: Any) -> Question:
    if kind in {Kind.CHOICE, Kind.CHOICES}:
        values = {"options": OPTIONS} | values
    return Question(id=key, text=f"{key}?", kind=kind, **values)


def identity(many: int = 3, must_match: int = 2) -> Identity:
    checks = tuple(Check(id=f"c{number}", text="?", against="the file") for number in range(many))
    return Identity(checks=checks, must_match=must_match)


def values_for(question: Question) -> st.SearchStrategy[Value]:
    """Answers that fit this question."""
    match question.kind:
        case Kind.YES_NO:
            return st.booleans()
        case Kind.CHOICE:
            return st.sampled_from(question.options)
        case Kind.CHOICES:
            return st.sets(st.sampled_from(question.options), min_size=1).map(
                lambda chosen: tuple(each for each in question.options if each in chosen)
            )
        case Kind.RATING:
            return st.integers(1, question.steps)
        case Kind.NUMBER:
            return st.integers(-50, 50)
        case Kind.DATE:
            return st.dates().map(lambda day: day.isoformat()).filter(lambda day: "1900" <= day[:4] <= "2199")
        case Kind.TEXT:
            return st.text(min_size=1, max_size=20).filter(lambda text: bool(text.strip()))


def passing(question: Question) -> dict[str, Any]:
    """A test that some answer to this question passes."""
    match question.kind:
        case Kind.YES_NO:
            return {"equals": True}
        case Kind.CHOICE:
            return {"differs": question.options[0]}
        case Kind.CHOICES:
            return {"contains": question.options[0]}
        case Kind.RATING:
            return {"at_most": 2}
        case Kind.NUMBER:
            return {"at_least": 0}
        case Kind.DATE:
            return {"differs": "2026-01-01"}
        case Kind.TEXT:
            return {"contains": "a"}


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Up to seven questions of any kind, each asked always or after some answer to earlier ones."""
    questions: list[Question] = []
    for number in range(draw(st.integers(0, 7))):
        kind = draw(st.sampled_from(Kind))
        earlier = draw(st.lists(st.sampled_from(questions), max_size=2, unique=True)) if questions else []
        question = asked(f"q{number}", kind, required=draw(st.booleans()))
        flags = (RedFlag(**FLAG, **passing(question)),) if draw(st.booleans()) else ()
        only_if = tuple(Condition(question=each.id, **passing(each)) for each in earlier)
        questions.append(question.model_copy(update={"only_if": only_if, "red_flags": flags}))
    return script(*questions, mode=draw(st.sampled_from(Mode)))


@st.composite
def answered(draw: st.DrawFn) -> tuple[Script, Answers]:
    made = draw(scripts())
    return made, {question.id: draw(values_for(question)) for question in made.questions if draw(st.booleans())}
