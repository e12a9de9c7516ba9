"""What does a row say? A customer and a callback, or everything that is wrong with it."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from callcenter.domain.intake.cells import (
    LONGEST,
    LONGEST_PURPOSE,
    BadCellError,
    due_day,
    end_of_day,
    key_text,
    language,
    own_hours,
    phone_numbers,
    plain_text,
    priority,
    text_of,
    time_zone,
    visit_type,
    yes_or_no,
)
from callcenter.domain.intake.headings import column_name
from callcenter.domain.intake.problems import Problem, RowProblem
from callcenter.domain.intake.row import (
    NEEDED,
    Cell,
    Column,
    Field,
    IntakeTerms,
    Layout,
    Rejected,
    SourceRow,
    Understood,
)
from callcenter.domain.intake.triggers import LONGEST_WORD, Caused, caused, class_of
from callcenter.domain.people import Callback, CallbackState, Customer, Plan
from callcenter.domain.phone import PhoneNumber, may_dial_number
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import zone_of
from callcenter.domain.words.sentences import Language, sentence

ValueT = TypeVar("ValueT")

_COMPARED: Mapping[Field, str] = {
    Field.NAME: "name",
    Field.NUMBER: "numbers",
    Field.ORGANISATION: "organisation",
    Field.ZONE: "zone",
    Field.LANGUAGE: "language",
    Field.MANAGER: "manager",
    Field.DEPARTMENT: "department",
    Field.CUSTOMER_CLASS: "customer_class",
    Field.DISLIKES_CALLS: "dislikes_calls",
    Field.OWN_HOURS: "own_hours",
    Field.KEY_CUSTOMER: "key_customer",
    Field.JOB_TITLE: "job_title",
    Field.PRODUCT: "product",
    Field.NEEDS: "needs",
}
"""Fields of the customer."""

_COMPARED_IN_CALLBACK: Mapping[Field, str] = {
    Field.PURPOSE: "purpose",
    Field.VISIT_TYPE: "visit_type",
    Field.DUE: "due_at",
    Field.PRIORITY: "priority",
    Field.TRIGGER: "trigger",
    Field.TRIGGERED: "triggered_at",
}


def is_blank(row: SourceRow, layout: Layout) -> bool:
    """Nothing stands in any column that is read."""
    if row.broken is not None:
        return False
    return not any(text_of(row.cells[column.index]) for column in layout.used if column.index < len(row.cells))


def understand(row: SourceRow, layout: Layout, terms: IntakeTerms) -> Understood | Rejected:
    """The row's customer and callback, WAITING; or all its problems."""
    return _Reading(row, layout, terms).result()


def differences(row: Understood, customer: Customer | None, callback: Callback | None) -> tuple[Field, ...]:
    """What the row says otherwise than what is known already, by fields that the row itself fills."""
    found = [
        field
        for field, name in _COMPARED.items()
        if customer is not None and field in row.given and getattr(row.customer, name) != getattr(customer, name)
    ]
    found += [
        field
        for field, name in _COMPARED_IN_CALLBACK.items()
        if callback is not None and field in row.given and getattr(row.callback, name) != getattr(callback, name)
    ]
    return tuple(found)


class _Reading:
    """One row, read column by column; problems add up."""

    def __init__(self, row: SourceRow, layout: Layout, terms: IntakeTerms) -> None:
        self._row = row
        self._layout = layout
        self._terms = terms
        self._problems: list[RowProblem] = []
        self._given: set[Field] = set()
        self._columns = {column.field: column for column in layout.used if column.field is not None}

    def result(self) -> Understood | Rejected:
        self._check_width()
        found = None if self._row.broken else self._read()
        errors = [problem for problem in self._problems if not problem.remark]
        if found is None or errors:
            return Rejected(self._row.line, tuple(errors))
        customer, callback = found
        remarks = tuple(problem for problem in self._problems if problem.remark)
        return Understood(self._row.line, customer, callback, frozenset(self._given), remarks)

    def _check_width(self) -> None:
        if self._row.broken is not None:
            self._problems.append(self._row.broken)
            return
        headed = {column.index for column in self._layout.columns}
        extra = [index for index, cell in enumerate(self._row.cells) if index not in headed and cell and text_of(cell)]
        width = max(headed) + 1
        if self._layout.delimited and any(index >= width for index in extra):
            count = {"count": str(len(self._row.cells)), "most": str(width)}
            self._problems.append(RowProblem(Problem.CELLS_TOO_MANY, detail=count))
            return
        self._problems += [
            RowProblem(Problem.CELL_UNREAD, detail={"column": f"{column_name(index)}{self._row.line}"})
            for index in extra
        ]

    def _read(self) -> tuple[Customer, Callback] | None:
        terms, plan = self._terms, self._terms.plan
        name = self._text(Field.NAME)
        numbers = self._numbers()
        organisation = self._text(Field.ORGANISATION)
        own_number = self._value(Field.CUSTOMER_ID, key_text) or ""
        external = self._value(Field.EXTERNAL_ID, key_text) or ""
        purpose = self._text(Field.PURPOSE, LONGEST_PURPOSE)
        zone = self._value(Field.ZONE, time_zone) or ""
        spoken = self._value(Field.LANGUAGE, language) or terms.language
        kind = self._value(Field.VISIT_TYPE, visit_type) or plan.visit_type
        rank = self._value(Field.PRIORITY, priority) or 0
        manager, department = self._text(Field.MANAGER), self._text(Field.DEPARTMENT)
        self._check_plan(plan)
        # The plan's own zone is checked when the plan is made.
        local = zone_of(plan.zone)
        if isinstance(local, Refusal):
            self._problems.append(RowProblem(Problem.ZONE_WRONG, detail={"value": plan.zone}))
            return None
        today = terms.now.astimezone(local).date()
        day = self._value(Field.DUE, lambda cell: due_day(cell, today))
        if day is not None and day < today:
            column = self._columns[Field.DUE].heading
            self._problems.append(RowProblem(Problem.DATE_PAST, column, {"value": day.isoformat()}))
        cause = self._cause(zone, local, today, day)
        customer_class = class_of(terms.policy, self._text(Field.CUSTOMER_CLASS, LONGEST_WORD))
        if not name or not numbers:
            return None
        customer = Customer(
            id=terms.ids.customer(own_number, name, numbers[0]),
            name=name,
            organisation=organisation,
            numbers=tuple(numbers),
            zone=zone,
            language=spoken,
            manager=manager,
            department=department,
            customer_class=customer_class,
            dislikes_calls=self._value(Field.DISLIKES_CALLS, yes_or_no) or False,
            own_hours=self._value(Field.OWN_HOURS, own_hours) or "",
            key_customer=self._value(Field.KEY_CUSTOMER, yes_or_no) or False,
            job_title=self._text(Field.JOB_TITLE),
            product=self._text(Field.PRODUCT),
            needs=self._text(Field.NEEDS, LONGEST_PURPOSE),
        )
        callback = Callback(
            id=terms.ids.callback(plan.id, external, own_number, numbers[0], name, purpose),
            plan_id=plan.id,
            customer_id=customer.id,
            purpose=purpose,
            visit_type=kind,
            state=CallbackState.WAITING,
            due_at=cause.due_at or end_of_day(day or terms.due, local),
            priority=rank,
            round=1,
            created_at=terms.now,
            not_before=cause.not_before,
            trigger=cause.trigger,
            triggered_at=cause.triggered_at,
        )
        return customer, callback

    def _cause(self, zone: str, local: ZoneInfo, today: date, due: date | None) -> Caused:
        """What caused the callback, and when it is due by that, counted where the customer lives."""
        word = self._text(Field.TRIGGER, LONGEST_WORD)
        day = self._value(Field.TRIGGERED, lambda cell: due_day(cell, today))
        told = {
            field: self._columns[field].heading for field in (Field.TRIGGER, Field.TRIGGERED) if field in self._given
        }
        if day is not None and not word:
            self._problems.append(RowProblem(Problem.TRIGGER_LACKING, told[Field.TRIGGERED]))
        if word and day is None and due is None:
            self._problems.append(RowProblem(Problem.TRIGGER_DATE_LACKING, told[Field.TRIGGER], {"value": word}))
        there = zone_of(zone) if zone else local
        terms = self._terms
        where = local if isinstance(there, Refusal) else there
        found = caused(terms.policy, terms.plan.policy, word, day, where, compute=due is None)
        if found.refusal is not None:
            self._refuse(Problem.TRIGGER_REFUSED, found.refusal, told[Field.TRIGGER])
        elif found.due_at is not None and found.due_at < terms.now:
            past = {"value": found.due_at.astimezone(where).date().isoformat()}
            self._problems.append(RowProblem(Problem.DATE_PAST, told[Field.TRIGGERED], past))
        return found

    def _refuse(self, problem: Problem, refusal: Refusal, heading: str) -> None:
        told = {"reason": sentence(refusal), "reason_zh": sentence(refusal, Language.ZH)}
        self._problems.append(RowProblem(problem, heading, told))

    def _cell(self, column: Column) -> Cell:
        return self._row.cells[column.index] if column.index < len(self._row.cells) else None

    def _text(self, field: Field, longest: int = LONGEST) -> str:
        return self._value(field, lambda cell: plain_text(cell, longest)) or ""

    def _value(self, field: Field, read: Callable[[Cell], ValueT | None]) -> ValueT | None:
        column = self._columns.get(field)
        if column is None:
            return None
        try:
            value = read(self._cell(column))
        except BadCellError as error:
            self._problems.append(RowProblem(error.problem, column.heading, error.detail))
            return None
        if value not in {None, ""}:
            self._given.add(field)
        elif field in NEEDED:
            self._problems.append(RowProblem(Problem.EMPTY, column.heading))
        return value

    def _numbers(self) -> list[PhoneNumber]:
        """Of all number columns, in their order, each once."""
        found: list[PhoneNumber] = []
        columns = [column for column in self._layout.used if column.field is Field.NUMBER]
        wrong = False
        for column in columns:
            try:
                numbers = phone_numbers(self._cell(column), self._terms.region)
            except BadCellError as error:
                self._problems.append(RowProblem(error.problem, column.heading, error.detail))
                wrong = True
                continue
            for number in numbers:
                self._check_number(number, column)
                if number not in found:
                    found.append(number)
        if found:
            self._given.add(Field.NUMBER)
        elif not wrong:
            self._problems.append(RowProblem(Problem.EMPTY, columns[0].heading))
        return found

    def _check_number(self, number: PhoneNumber, column: Column) -> None:
        rules = self._terms.dial_rules
        barred = may_dial_number(number, rules) if rules is not None else None
        if barred is not None:
            self._refuse(Problem.NUMBER_BARRED, barred, column.heading)

    def _check_plan(self, plan: Plan) -> None:
        value = self._text(Field.PLAN)
        if value and _plain(value) not in {_plain(plan.id), _plain(plan.name)}:
            detail = {"value": value, "plan": plan.id}
            self._problems.append(RowProblem(Problem.PLAN_OTHER, self._columns[Field.PLAN].heading, detail))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
