"""What stands on scripts: the scripts themselves, the sheet beside a call, problem cases, corrections."""

from callcenter.app.books import Books
from callcenter.engine.correcting import Correcting, CorrectingParts
from callcenter.engine.ports import Clock
from callcenter.engine.problem_cases import CaseParts, ProblemCases
from callcenter.engine.questioning import Questioning, QuestioningParts
from callcenter.engine.scripting import Scripting, ScriptingParts


def scripting(books: Books, clock: Clock) -> Scripting:
    return Scripting(ScriptingParts(books.scripts, books.people, books.audit, clock))


def problem_cases(books: Books, clock: Clock) -> ProblemCases:
    return ProblemCases(CaseParts(books.problem_cases, books.callbacks, books.policies, books.audit, clock))


def questioning(books: Books, clock: Clock) -> Questioning:
    parts = QuestioningParts(
        scripts=books.scripts,
        answers=books.answers,
        cases=problem_cases(books, clock),
        attempts=books.attempts,
        callbacks=books.callbacks,
        logs=books.logs,
        people=books.people,
        audit=books.audit,
        clock=clock,
    )
    return Questioning(parts)


def correcting(books: Books, clock: Clock) -> Correcting:
    return Correcting(CorrectingParts(books.corrections, books.attempts, books.callbacks, books.audit, clock))
