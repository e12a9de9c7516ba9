"""What is a row of a file that is imported, and what comes of it? Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from callcenter.domain.intake.ids import CaseIds
from callcenter.domain.intake.problems import FileProblem, RowProblem
from callcenter.domain.people import Callback, Customer, Plan
from callcenter.domain.phone import DialRules
from callcenter.domain.policies.policy import Policy


class Field(StrEnum):
    """What a column may hold. Several columns may hold numbers; every other field has one."""

    NAME = "name"
    NUMBER = "number"
    ORGANISATION = "organisation"
    CUSTOMER_ID = "customer_id"
    EXTERNAL_ID = "external_id"
    PLAN = "plan"
    PURPOSE = "purpose"
    VISIT_TYPE = "visit_type"
    DUE = "due"
    PRIORITY = "priority"
    ZONE = "zone"
    LANGUAGE = "language"
    MANAGER = "manager"
    DEPARTMENT = "department"
    CUSTOMER_CLASS = "customer_class"
    TRIGGER = "trigger"
    TRIGGERED = "triggered"
    DISLIKES_CALLS = "dislikes_calls"
    OWN_HOURS = "own_hours"
    KEY_CUSTOMER = "key_customer"
    JOB_TITLE = "job_title"
    PRODUCT = "product"
    NEEDS = "needs"
    IGNORE = "ignore"


FIELD_NAMES: Mapping[Field, str] = {
    Field.NAME: "客户姓名",
    Field.NUMBER: "电话",
    Field.ORGANISATION: "单位",
    Field.CUSTOMER_ID: "客户编号",
    Field.EXTERNAL_ID: "外部编号",
    Field.PLAN: "计划",
    Field.PURPOSE: "回访目的",
    Field.VISIT_TYPE: "回访类型",
    Field.DUE: "截止日期",
    Field.PRIORITY: "优先级",
    Field.ZONE: "时区",
    Field.LANGUAGE: "语言",
    Field.MANAGER: "客户经理",
    Field.DEPARTMENT: "部门",
    Field.CUSTOMER_CLASS: "客户类别",
    Field.TRIGGER: "触发事件",
    Field.TRIGGERED: "触发日期",
    Field.DISLIKES_CALLS: "反感电话",
    Field.OWN_HOURS: "希望回访时段",
    Field.KEY_CUSTOMER: "重点客户",
    Field.JOB_TITLE: "职务",
    Field.PRODUCT: "产品",
    Field.NEEDS: "特殊需求",
    Field.IGNORE: "不导入",
}

NEEDED = (Field.NAME, Field.NUMBER)
"""Without a column for each of these there is nothing to import."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A cell whose value is not there. text: the error value, or empty for a formula without a stored result."""

    text: str = ""


Cell = str | int | float | bool | datetime | date | time | Unusable | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row as it stands in the file. line: 1-based, where it begins. broken: why its cells cannot be trusted."""

    line: int
    cells: tuple[Cell, ...]
    broken: RowProblem | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """index: 0-based. heading: as it stands in the file. field: None where nobody understood it."""

    index: int
    heading: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column holds what. line: of the (last) row of headings. delimited: cells may have slipped, as in CSV."""

    columns: tuple[Column, ...]
    line: int
    delimited: bool = False

    @property
    def used(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.field not in {None, Field.IGNORE})

    @property
    def unread(self) -> tuple[str, ...]:
        """Headings that nobody understood and nobody told to ignore."""
        return tuple(column.heading for column in self.columns if column.field is None)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(column.heading for column in self.columns)


@dataclass(frozen=True, slots=True)
class IntakeTerms:
    """What a row is read under. region: ISO 3166, of numbers without +. due: the day, in the plan's zone, where the row
    has none. language: where the row has none. dial_rules: of the plan's trunk, if it is known. now: UTC. policy: the
    plan's, from which due dates follow; None where none is in force.
    """

    ids: CaseIds
    plan: Plan
    region: str
    now: datetime
    due: date
    language: str = "zh"
    dial_rules: DialRules | None = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """A row that can be taken in. given: fields that the row itself fills; the others hold what terms or plan say."""

    line: int
    customer: Customer
    callback: Callback
    given: frozenset[Field]
    remarks: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be taken in, with everything that is wrong with it."""

    line: int
    problems: tuple[RowProblem, ...]


class ImportState(StrEnum):
    """INTERRUPTED: nobody heard of it for long; the process that ran it is gone."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """rows: read, blank ones apart; each of them is new, known or bad. remarks: how many were made."""

    rows: int = 0
    new: int = 0
    known: int = 0
    bad: int = 0
    remarks: int = 0

    def plus(self, other: "ImportCounts") -> "ImportCounts":
        return ImportCounts(
            self.rows + other.rows,
            self.new + other.new,
            self.known + other.known,
            self.bad + other.bad,
            self.remarks + other.remarks,
        )


@dataclass(frozen=True, slots=True)
class Import:
    """One run over one file. sha256, size_bytes: the file's. sheet: empty for CSV. started_at, seen_at, ended_at: UTC;
    seen_at is its last sign of life. headings: as they stand in the file. columns: heading to field.
    """

    id: str
    plan_id: str
    file_name: str
    sha256: str
    size_bytes: int
    started_at: datetime
    seen_at: datetime
    by: str
    state: ImportState = ImportState.RUNNING
    ended_at: datetime | None = None
    sheet: str = ""
    headings: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()
    counts: ImportCounts = ImportCounts()
    failure: FileProblem | None = None
    failure_detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A problem of one row, with the row's cells as they were read."""

    line: int
    problem: RowProblem
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a batch. new: ids of the callbacks that were added. customers, callbacks: those that were there
    before, by id, as they are.
    """

    new: frozenset[str]
    customers: Mapping[str, Customer]
    callbacks: Mapping[str, Callback]
