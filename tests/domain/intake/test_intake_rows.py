"""A row becomes a customer and a callback, or is refused with everything that is wrong with it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.intake.ids import CaseIds
from callcenter.domain.intake.problems import Problem, RowProblem
from callcenter.domain.intake.row import Field, Rejected, SourceRow
from callcenter.domain.intake.rows import differences, is_blank, understand
from callcenter.domain.people import Callback, CallbackState, Customer, VisitType
from callcenter.domain.phone import PhoneNumber
from domain.intake_values import NOW, TERMS, layout_of, problems_of, said_of, taken

BASIC = ("姓名", "电话")
FULL = (
    *BASIC,
    "单位",
    "目的",
    "回访类型",
    "截止日期",
    "优先级",
    "时区",
    "语言",
    "客户经理",
    "部门",
    "客户编号",
    "外部编号",
    "反感电话",
    "希望回访时段",
    "重点客户",
    "职务",
    "产品",
    "特殊需求",
)
ROW = (
    "王伟",
    "13800000001",
    "晨光",
    "核对合同",
    "新签约回访",
    "2026年11月30日",
    "高",
    "Asia/Urumqi",
    "英语",
    "周经理",
    "一部",
    "C1",
    "P7",
    "是",
    "工作日18:00-20:00",
    "是",
    "财务主管",
    "稳健理财",
    "听力不好，请慢说",
)
NUMBER = PhoneNumber("+8613800000001")


def test_everything_that_a_row_says_is_kept() -> None:
    said = taken(FULL, *ROW)
    assert said.customer == Customer(
        said.customer.id,
        "王伟",
        "晨光",
        (NUMBER,),
        "Asia/Urumqi",
        "en",
        "周经理",
        "一部",
        dislikes_calls=True,
        own_hours="workdays 18:00-20:00",
        key_customer=True,
        job_title="财务主管",
        product="稳健理财",
        needs="听力不好，请慢说",
    )
    assert said.callback == Callback(
        id=said.callback.id,
        plan_id="p-1",
        customer_id=said.customer.id,
        purpose="核对合同",
        visit_type=VisitType.ROUTINE_NEW,
        state=CallbackState.WAITING,
        due_at=datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC),
        priority=7,
        round=1,
        created_at=NOW,
    )
    others = {Field.PLAN, Field.IGNORE, Field.CUSTOMER_CLASS, Field.TRIGGER, Field.TRIGGERED}
    assert said.given == set(Field) - others


def test_what_a_row_does_not_say_comes_from_the_plan() -> None:
    said = taken(BASIC, "王伟", "13800000001")
    assert (said.customer.zone, said.customer.language) == ("", "zh")
    assert (said.callback.visit_type, said.callback.purpose, said.callback.priority) == (VisitType.SPECIAL, "", 0)
    assert said.callback.due_at == datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC)
    assert said.given == {Field.NAME, Field.NUMBER}


def test_numbers_of_several_columns_are_kept_in_their_order_once() -> None:
    said = taken(("姓名", "手机", "电话2", "座机"), "王伟", "13800000001", "", "010-12345678;13800000001")
    assert [number.national for number in said.customer.numbers] == ["13800000001", "01012345678"]


def test_a_bad_row_names_everything_that_is_wrong_with_it() -> None:
    assert problems_of((*BASIC, "截止日期", "优先级"), "", "1", "soon", "11") == [
        (Problem.EMPTY, "姓名"),
        (Problem.NUMBER_WRONG, "电话"),
        (Problem.PRIORITY_WRONG, "优先级"),
        (Problem.DATE_WRONG, "截止日期"),
    ]


@pytest.mark.parametrize("number", ["110", "12315", "16812345678", "+14155550100"])
def test_a_number_that_could_never_be_dialled_is_refused(number: str) -> None:
    ((problem, column),) = problems_of(BASIC, "王伟", number)
    assert problem in {Problem.NUMBER_BARRED, Problem.NUMBER_WRONG}
    assert column == "电话"


def test_a_row_of_another_plan_is_refused_and_the_own_plan_is_known_by_id_and_name() -> None:
    headings = (*BASIC, "计划")
    assert problems_of(headings, "王伟", "13800000001", "p-2") == [(Problem.PLAN_OTHER, "计划")]
    for own in ("p-1", "年度 回访", ""):
        assert taken(headings, "王伟", "13800000001", own).callback.plan_id == "p-1"


def test_a_due_day_that_is_past_is_a_remark() -> None:
    assert problems_of((*BASIC, "截止日期"), "王伟", "13800000001", "2026-11-22") == [(Problem.DATE_PAST, "截止日期")]
    assert problems_of((*BASIC, "截止日期"), "王伟", "13800000001", "2026-11-23") == []


def test_cells_that_slipped_over_a_separator_are_refused_and_a_note_beside_a_sheet_is_a_remark() -> None:
    assert problems_of(BASIC, "王", "伟", "13800000001", delimited=True) == [
        (Problem.CELLS_TOO_MANY, ""),
        (Problem.NUMBER_WRONG, "电话"),
    ]
    assert problems_of(BASIC, "王伟", "13800000001", "", "打过了") == [(Problem.CELL_UNREAD, "")]
    assert problems_of(BASIC, "王伟", "13800000001", "", " ", delimited=True) == []


def test_a_broken_row_is_told_by_what_broke_it() -> None:
    broken = SourceRow(7, ("x",), RowProblem(Problem.ROW_BROKEN))
    said = understand(broken, layout_of(*BASIC), TERMS)
    assert said == Rejected(7, (RowProblem(Problem.ROW_BROKEN),))


def test_a_row_is_blank_when_no_column_that_is_read_says_anything() -> None:
    layout = layout_of("序号", *BASIC)
    assert is_blank(SourceRow(2, ("17", " ", "\u3000")), layout)
    assert is_blank(SourceRow(3, ()), layout)
    assert not is_blank(SourceRow(4, (None, None, "1")), layout)


# --- ids --------------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)


def ids(*cells: str, headings: tuple[str, ...] = (*BASIC, "目的", "客户编号", "外部编号")) -> tuple[str, str]:
    said = taken(headings, *cells)
    return said.customer.id, said.callback.id


def test_the_same_row_has_the_same_ids_however_it_is_written() -> None:
    assert ids("王 伟", "+86 138-0000-0001", "核对") == ids("王伟", "13800000001", " 核　对 ")


def test_an_external_number_tells_two_callbacks_of_one_customer_apart() -> None:
    one, other = ids("王伟", "13800000001", "", "C1", "P1"), ids("王伟", "13800000001", "", "C1", "P2")
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_a_customer_with_a_number_of_his_own_is_known_in_spite_of_another_telephone() -> None:
    assert ids("王伟", "13800000001", "核对", "C1") == ids("王伟二", "13900000002", "核对", "C1")


def test_without_a_customer_number_name_and_telephone_tell_who_it_is() -> None:
    same = ids("王伟", "13800000001", "核对")
    assert ids("李芳", "13800000001", "核对") != same
    assert ids("王伟", "13800000002", "核对") != same
    assert ids("王伟", "13800000001", "投诉")[0] == same[0]
    assert ids("王伟", "13800000001", "投诉")[1] != same[1]


def test_due_day_and_priority_are_no_part_of_the_identity() -> None:
    headings = (*BASIC, "截止日期", "优先级")
    assert ids("王伟", "13800000001", "2026-11-30", "1", headings=headings) == ids(
        "王伟", "13800000001", "2026-12-30", "9", headings=headings
    )


def test_the_same_row_in_another_plan_is_another_callback_of_the_same_customer() -> None:
    other = taken(BASIC, "王伟", "13800000001", terms=replace(TERMS, plan=replace(TERMS.plan, id="p-2")))
    own = taken(BASIC, "王伟", "13800000001")
    assert own.customer.id == other.customer.id
    assert own.callback.id != other.callback.id


IDS = CaseIds(b"k" * 32)
WORD = st.text("ab,\"'", max_size=3)


@given(st.sets(st.tuples(WORD, WORD), max_size=12))
def test_different_keys_never_share_an_id(keys: set[tuple[str, str]]) -> None:
    by_case = {IDS.callback("p", "x" + one + other, "", NUMBER, "n", "q") for one, other in keys}
    assert len(by_case) == len({one + other for one, other in keys})
    by_customer = {IDS.callback("p", "", "x" + one, NUMBER, "n", other) for one, other in keys}
    by_person = {IDS.callback("p", "", "", NUMBER, one, other) for one, other in keys}
    assert len(by_customer | by_person) == 2 * len(keys)


@given(name=TEXT, other=TEXT)
def test_ids_are_the_same_in_every_process_and_version(name: str, other: str) -> None:
    assert IDS.customer(name, other, NUMBER) == IDS.customer(name, "", NUMBER)
    assert IDS.customer("", name, NUMBER) != IDS.customer(name, name, NUMBER)
    assert IDS.customer("C1", "", NUMBER) == IDS.customer("c 1", "", NUMBER) == "customer-f0589be89a6182e448325cdb"


def test_who_does_not_know_the_key_cannot_try_numbers_until_an_id_fits() -> None:
    other = CaseIds(b"K" * 32)
    assert IDS.customer("", "王伟", NUMBER) != other.customer("", "王伟", NUMBER)
    assert IDS.callback("p", "", "", NUMBER, "王伟", "") != other.callback("p", "", "", NUMBER, "王伟", "")
    assert "kkk" not in repr(IDS)


# --- differences ------------------------------------------------------------------------------------------------------


def test_only_what_the_row_itself_says_can_differ() -> None:
    known = taken(FULL, *ROW)
    short = taken((*BASIC, "客户编号", "外部编号"), "王伟", "13800000001", "C1", "P7")
    assert differences(short, known.customer, known.callback) == ()
    assert differences(known, None, None) == ()


def test_what_differs_is_named_by_field() -> None:
    known = taken(FULL, *ROW)
    changed = [*ROW]
    changed[1], changed[2], changed[6] = "13900000002", "安居", "9"
    assert differences(taken(FULL, *changed), known.customer, known.callback) == (
        Field.NUMBER,
        Field.ORGANISATION,
        Field.PRIORITY,
    )


@given(st.lists(st.text(max_size=12) | st.integers() | st.floats() | st.none(), max_size=15))
def test_no_row_at_all_breaks_the_reading(cells: list[str | int | float | None]) -> None:
    said = said_of(FULL, *cells)
    assert said.line == 2
