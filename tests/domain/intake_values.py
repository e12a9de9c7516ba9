"""Rows, layouts and terms for tests of the intake."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from callcenter.domain.intake.headings import find_layout
from callcenter.domain.intake.ids import CaseIds
from callcenter.domain.intake.problems import Problem
from callcenter.domain.intake.row import Cell, IntakeTerms, Layout, Rejected, SourceRow, Understood
from callcenter.domain.intake.rows import understand
from callcenter.domain.people import Channel, Plan, PlanState, VisitType
from callcenter.domain.phone import DialRules

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
"""Already the 23rd in Shanghai."""

PLAN = Plan(
    "p-1",
    "年度回访",
    "满意度",
    VisitType.SPECIAL,
    Channel.PHONE,
    "always_open",
    "Asia/Shanghai",
    "t",
    PlanState.RUNNING,
)
TERMS = IntakeTerms(CaseIds(b"k" * 32), PLAN, "CN", NOW, date(2026, 11, 28), "zh", DialRules())


def layout_of(*headings: str, delimited: bool = False) -> Layout:
    return find_layout([SourceRow(1, headings)], delimited=delimited)


def said_of(
    headings: Sequence[str], *cells: Cell, line: int = 2, delimited: bool = False, terms: IntakeTerms = TERMS
) -> Understood | Rejected:
    return understand(SourceRow(line, cells), layout_of(*headings, delimited=delimited), terms)


def taken(headings: Sequence[str], *cells: Cell, line: int = 2, terms: IntakeTerms = TERMS) -> Understood:
    said = said_of(headings, *cells, line=line, terms=terms)
    assert isinstance(said, Understood), said
    return said


def problems_of(headings: Sequence[str], *cells: Cell, delimited: bool = False) -> list[tuple[Problem, str]]:
    said = said_of(headings, *cells, delimited=delimited)
    problems = said.problems if isinstance(said, Rejected) else said.remarks
    return [(problem.problem, problem.column) for problem in problems]
