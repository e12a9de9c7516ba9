"""What may be wrong with a file that is imported, or with one of its rows? Each problem with its sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callcenter.domain.words.sentences import Language


class Problem(StrEnum):
    """Of one row. The members of REMARKS do not keep the row out."""

    EMPTY = "empty"
    NUMBER_WRONG = "number_wrong"
    NUMBER_ROUNDED = "number_rounded"
    NUMBER_BARRED = "number_barred"
    FORMULA = "formula_without_result"
    EXCEL_ERROR = "excel_error"
    TEXT_LONG = "text_too_long"
    TEXT_GARBLED = "text_garbled"
    TEXT_CONTROL = "text_with_control_characters"
    DATE_WRONG = "date_wrong"
    DATE_AMBIGUOUS = "date_ambiguous"
    DATE_FAR = "date_far"
    PRIORITY_WRONG = "priority_wrong"
    VISIT_TYPE_WRONG = "visit_type_wrong"
    ZONE_WRONG = "zone_wrong"
    OWN_HOURS_WRONG = "own_hours_wrong"
    LANGUAGE_WRONG = "language_wrong"
    TRIGGER_LACKING = "trigger_lacking"
    TRIGGER_DATE_LACKING = "trigger_date_lacking"
    TRIGGER_REFUSED = "trigger_refused"
    FLAG_WRONG = "flag_wrong"
    PLAN_OTHER = "other_plan"
    CELLS_TOO_MANY = "too_many_cells"
    ROW_BROKEN = "row_broken"
    DATE_PAST = "date_past"
    NUMBER_AGAIN = "number_again"
    ROW_AGAIN = "row_again"
    DIFFERS = "differs"
    CELL_UNREAD = "cell_without_heading"


REMARKS = frozenset(
    {
        Problem.DATE_PAST,
        Problem.NUMBER_AGAIN,
        Problem.ROW_AGAIN,
        Problem.DIFFERS,
        Problem.CELL_UNREAD,
    }
)
"""Told, and the row is kept (or known already)."""


class FileProblem(StrEnum):
    """Of the file as a whole, from this place on: nothing behind it is read."""

    EMPTY = "file_empty"
    TOO_LARGE = "file_too_large"
    OLD_EXCEL = "old_excel_or_encrypted"
    NO_TABLE = "no_table"
    DAMAGED = "damaged"
    BOMB = "suspicious_compression"
    ENCODING = "encoding_unknown"
    BINARY = "binary_characters"
    LINE_LONG = "line_too_long"
    QUOTE_OPEN = "quotation_mark_not_closed"
    ROWS_MANY = "too_many_rows"
    COLUMNS_MANY = "too_many_columns"
    SHEETS_MANY = "several_sheets"
    SHEET_UNKNOWN = "sheet_unknown"
    HEADINGS_MISSING = "headings_missing"
    MAPPING_UNKNOWN = "mapped_heading_missing"
    MAPPING_TWICE = "mapped_twice"
    PLAN_FINISHED = "plan_finished"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """column: its heading in the file; empty where the row as a whole is meant. detail: what the sentence names."""

    problem: Problem
    column: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def remark(self) -> bool:
        return self.problem in REMARKS


class FileProblemError(Exception):
    """The file cannot be read, or not from this place on; `str` is the English sentence."""

    def __init__(self, problem: FileProblem, **detail: str | int) -> None:
        self.problem = problem
        self.detail = {name: str(value) for name, value in detail.items()}
        super().__init__(file_sentence(problem, self.detail))


PROBLEMS: Mapping[Problem, tuple[str, str]] = {
    Problem.EMPTY: ("It is empty, and must not be.", "该项为空，必须填写。"),
    Problem.NUMBER_WRONG: ("“{value}”: {reason}.", "“{value}”：{reason_zh}。"),
    Problem.NUMBER_ROUNDED: (
        "“{value}” is a rounded number whose last digits are lost; format the column as text and enter it anew.",
        "“{value}”是被舍入的数字，末尾数字已丢失；请将该列设为文本格式后重新录入。",
    ),
    Problem.NUMBER_BARRED: ("{reason}", "{reason_zh}"),
    Problem.FORMULA: (
        "It is a formula without a stored result; open the file in a spreadsheet program and save it, or paste values.",
        "该单元格是公式且没有保存计算结果；请用表格软件打开并保存，或粘贴为数值。",
    ),
    Problem.EXCEL_ERROR: ("It holds the error value {value}.", "该单元格是错误值{value}。"),
    Problem.TEXT_LONG: (
        "It has {length} characters; at most {most} are allowed.",
        "共{length}个字符，最多允许{most}个。",
    ),
    Problem.TEXT_GARBLED: (
        "It holds characters that could not be read: the file's encoding is damaged here.",
        "含有无法识别的字符：文件此处编码已损坏。",
    ),
    Problem.TEXT_CONTROL: ("It holds control characters.", "含有控制字符。"),
    Problem.DATE_WRONG: (
        "“{value}” is no date; write it like 2026-11-30.",
        "“{value}”不是日期；请写成2026-11-30的形式。",
    ),
    Problem.DATE_AMBIGUOUS: (
        "“{value}” may be day/month or month/day; write it like 2026-11-30.",
        "“{value}”无法区分月和日；请写成2026-11-30的形式。",
    ),
    Problem.DATE_FAR: (
        "{value} lies too far away (allowed: {first} to {last}).",
        "{value}超出范围（允许{first}至{last}）。",
    ),
    Problem.PRIORITY_WRONG: (
        "“{value}” is no priority: 0 (lowest) to 9, or 低, 中, 高, 紧急.",
        "“{value}”不是优先级：应为0（最低）至9，或低、中、高、紧急。",
    ),
    Problem.VISIT_TYPE_WRONG: (
        "“{value}” is no kind of visit: routine_new, routine_continuing or special.",
        "“{value}”不是回访类型：应为新签约回访、持续回访或专项回访。",
    ),
    Problem.OWN_HOURS_WRONG: (
        "“{value}” names no hours; write them like 10:00-11:30, 19:00-20:00 or workdays 18:00-20:00; sat 10:00-12:00.",
        "“{value}”不是时段；请写成10:00-11:30、19:00-20:00或工作日18:00-20:00；周六10:00-12:00的形式。",
    ),
    Problem.ZONE_WRONG: (
        "“{value}” is no time zone; write it like Asia/Shanghai.",
        "“{value}”不是时区；请写成Asia/Shanghai的形式。",
    ),
    Problem.LANGUAGE_WRONG: (
        "“{value}” is no language; write it like zh or en.",
        "“{value}”不是语言；请写成zh或en的形式。",
    ),
    Problem.TRIGGER_LACKING: (
        "It says when something happened, and nothing says what: the trigger is missing.",
        "填写了触发日期，但没有触发事件。",
    ),
    Problem.TRIGGER_DATE_LACKING: (
        "A due date follows from “{value}” only with the day on which that was; give it, or the due date.",
        "根据“{value}”推算截止日期需要触发日期；请填写触发日期或截止日期。",
    ),
    Problem.TRIGGER_REFUSED: ("{reason}", "{reason_zh}"),
    Problem.FLAG_WRONG: (
        "“{value}” is neither yes nor no.",
        "“{value}”既不是“是”也不是“否”。",
    ),
    Problem.PLAN_OTHER: (
        "The row is for the plan “{value}”, and this import is for {plan}.",
        "该行属于计划“{value}”，而本次导入的是{plan}。",
    ),
    Problem.CELLS_TOO_MANY: (
        "The row has {count} cells and the header {most}; is there a separator inside a cell without quotation marks?",
        "该行有{count}个单元格，表头只有{most}个；是否有单元格含分隔符但未加引号？",
    ),
    Problem.ROW_BROKEN: (
        "Its quotation marks do not fit (lines {line} to {last}); put them round the whole cell, double those inside.",
        "引号不配对（第{line}至{last}行）；请将整个单元格放在引号内，内部引号写两个。",
    ),
    Problem.DATE_PAST: ("The due date {value} is past already.", "截止日期{value}已过。"),
    Problem.NUMBER_AGAIN: (
        "{value} is also the number of another callback of this plan.",
        "{value}在本计划中也是另一回访任务的号码。",
    ),
    Problem.ROW_AGAIN: (
        "The same callback stands in line {line} already; this row adds nothing.",
        "第{line}行已有同一回访任务，本行不再导入。",
    ),
    Problem.DIFFERS: (
        "It is known already, with other data ({fields}); nothing was changed.",
        "该记录已存在，但内容不同（{fields}）；未作修改。",
    ),
    Problem.CELL_UNREAD: (
        "Cell {column} stands below no heading and was not read.",
        "单元格{column}没有表头，未读取。",
    ),
}
"""English and Chinese, with the names of the details in braces."""

FILE_PROBLEMS: Mapping[FileProblem, tuple[str, str]] = {
    FileProblem.EMPTY: ("There is nothing in the file.", "文件为空。"),
    FileProblem.TOO_LARGE: (
        "The file has {size} MB; at most {most} MB are read. Split it.",
        "文件为{size} MB，最多允许{most} MB，请拆分。",
    ),
    FileProblem.OLD_EXCEL: (
        "This is an old Excel file (.xls) or one with a password; save it as .xlsx without a password.",
        "这是旧版Excel文件（.xls）或带密码的文件；请另存为不带密码的.xlsx。",
    ),
    FileProblem.NO_TABLE: (
        "This is no table that can be read ({found}); save it as .xlsx or .csv.",
        "无法读取的文件类型（{found}）；请另存为.xlsx或.csv。",
    ),
    FileProblem.DAMAGED: (
        "The file is damaged ({reason}); open and save it in a spreadsheet program.",
        "文件已损坏（{reason}）；请用表格软件打开并重新保存。",
    ),
    FileProblem.BOMB: (
        "The file would unpack to something unreasonable ({reason}) and is not read.",
        "文件解压后异常（{reason}），拒绝读取。",
    ),
    FileProblem.ENCODING: (
        "The text is neither UTF-8 nor GB18030 (line {line}); save it as CSV UTF-8.",
        "文本既不是UTF-8也不是GB18030（第{line}行）；请另存为“CSV UTF-8”。",
    ),
    FileProblem.BINARY: (
        "Line {line} holds NUL characters; this is no text, or UTF-16 without its mark. Save it as CSV UTF-8.",
        "第{line}行含有NUL字符；不是文本文件，或是没有BOM的UTF-16。请另存为“CSV UTF-8”。",
    ),
    FileProblem.LINE_LONG: (
        "Line {line} is longer than {most} characters; nothing from there on is read.",
        "第{line}行超过{most}个字符，自该行起不再读取。",
    ),
    FileProblem.QUOTE_OPEN: (
        "A quotation mark that begins in line {line} is not closed; nothing from there on is read.",
        "第{line}行开始的引号没有结束，自该行起不再读取。",
    ),
    FileProblem.ROWS_MANY: (
        "There are more than {most} rows; the rest is not read. Split the file.",
        "超过{most}行，其余未读取，请拆分文件。",
    ),
    FileProblem.COLUMNS_MANY: (
        "Row {line} has more than {most} columns; nothing from there on is read.",
        "第{line}行超过{most}列，自该行起不再读取。",
    ),
    FileProblem.SHEETS_MANY: (
        "There are several sheets with content ({sheets}); say which one.",
        "有多个非空工作表（{sheets}），请指定其中一个。",
    ),
    FileProblem.SHEET_UNKNOWN: (
        "There is no sheet “{sheet}”; there are: {sheets}.",
        "没有工作表“{sheet}”；现有：{sheets}。",
    ),
    FileProblem.HEADINGS_MISSING: (
        "No row of headings with the customer's {missing} is among the first rows ({found}); say which column it is.",
        "前几行中找不到包含“{missing_zh}”的表头（{found}）；请指定对应的列。",
    ),
    FileProblem.MAPPING_UNKNOWN: (
        "There is no column “{heading}”; there are: {found}.",
        "没有“{heading}”列；现有：{found}。",
    ),
    FileProblem.MAPPING_TWICE: (
        "Two columns are given for {field}, and only numbers may have several.",
        "“{field}”对应了两列，只有电话号码可以有多列。",
    ),
    FileProblem.PLAN_FINISHED: (
        "The plan {plan} is finished and takes no more callbacks.",
        "计划{plan}已结束，不能再导入。",
    ),
}
"""English and Chinese, with the names of the details in braces."""


class _Details(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def problem_sentence(problem: RowProblem, language: Language = Language.EN) -> str:
    """The problem for a person, without its column and line."""
    return _said(PROBLEMS[problem.problem], problem.detail, language)


def file_sentence(problem: FileProblem, detail: Mapping[str, str], language: Language = Language.EN) -> str:
    return _said(FILE_PROBLEMS[problem], detail, language)


def _said(pair: tuple[str, str], detail: Mapping[str, str], language: Language) -> str:
    return pair[0 if language is Language.EN else 1].format_map(_Details(detail))
