"""Headings are understood as people write them; what nobody understands is named."""

import pytest

from callcenter.domain.intake.headings import column_name, field_of, find_layout, is_heading
from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.domain.intake.row import Field, SourceRow
from domain.intake_values import layout_of


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("客户姓名", Field.NAME),
        (" 姓 名 ", Field.NAME),
        ("*姓名（必填）", Field.NAME),
        ("Customer Name", Field.NAME),
        ("电话", Field.NUMBER),
        ("电话2", Field.NUMBER),
        ("手机号码（备用）", Field.NUMBER),
        ("联系电话一", Field.NUMBER),
        ("Phone No. 3", Field.NUMBER),
        ("MOBILE_NUMBER", Field.NUMBER),
        ("ＰＨＯＮＥ", Field.NUMBER),
        ("单位名称", Field.ORGANISATION),
        ("Company", Field.ORGANISATION),
        ("回访计划", Field.PLAN),
        ("回访目的:", Field.PURPOSE),
        ("回访类型", Field.VISIT_TYPE),
        ("截止日期", Field.DUE),
        ("Due date", Field.DUE),
        ("优先级", Field.PRIORITY),
        ("时区", Field.ZONE),
        ("Time zone", Field.ZONE),
        ("语言", Field.LANGUAGE),
        ("客户经理", Field.MANAGER),
        ("反感电话", Field.DISLIKES_CALLS),
        ("部门", Field.DEPARTMENT),
        ("客户编号", Field.CUSTOMER_ID),
        ("Customer ID", Field.CUSTOMER_ID),
        ("外部编号", Field.EXTERNAL_ID),
        ("保单号", Field.EXTERNAL_ID),
        ("序号", None),
        ("备注", None),
        ("No.", None),
        ("", None),
    ],
)
def test_a_heading_names_its_field(heading: str, field: Field | None) -> None:
    assert field_of(heading) is field


def test_columns_that_nobody_understood_are_named() -> None:
    layout = layout_of("序号", "姓名", "电话", "备注", "")
    assert layout.unread == ("序号", "备注")
    assert [column.field for column in layout.used] == [Field.NAME, Field.NUMBER]


def test_headings_stand_below_titles() -> None:
    rows = [
        SourceRow(1, ("2026年11月回访名单",)),
        SourceRow(3, ("制表人：电话中心", "", "日期")),
        SourceRow(4, ("姓名", "电话", "单位")),
        SourceRow(5, ("王伟", "13800000001", "晨光")),
    ]
    layout = find_layout(rows)
    assert (layout.line, layout.headings) == (4, ("姓名", "电话", "单位"))


def test_headings_may_stand_in_two_rows() -> None:
    rows = [
        SourceRow(1, ("客户信息", None, "联系信息", None, "回访目的")),
        SourceRow(2, ("姓名", "单位", "手机", "座机", None)),
        SourceRow(3, ("王伟", "晨光", "13800000001", None, "满意度")),
    ]
    layout = find_layout(rows)
    assert layout.line == 2
    assert [column.field for column in layout.columns] == [
        Field.NAME,
        Field.ORGANISATION,
        Field.NUMBER,
        Field.NUMBER,
        Field.PURPOSE,
    ]


def test_what_the_caller_says_of_a_column_wins() -> None:
    rows = [SourceRow(1, ("姓名", "昵称", "电话", "备注", "内部号"))]
    mapping = {"昵称": Field.NAME, "备注": Field.PURPOSE, "电话": Field.IGNORE, " 内部号 ": Field.NUMBER}
    layout = find_layout(rows, mapping)
    assert {column.heading: column.field for column in layout.columns} == {
        "姓名": None,
        "昵称": Field.NAME,
        "电话": Field.IGNORE,
        "备注": Field.PURPOSE,
        "内部号": Field.NUMBER,
    }
    assert layout.unread == ("姓名",)


def test_of_two_columns_for_one_field_the_more_exact_heading_has_it() -> None:
    layout = layout_of("联系人", "客户姓名", "电话")
    assert layout.unread == ("联系人",)


@pytest.mark.parametrize(
    ("headings", "mapping", "problem"),
    [
        (("姓名", "备注"), {}, FileProblem.HEADINGS_MISSING),
        (("王伟", "13800000001"), {}, FileProblem.HEADINGS_MISSING),
        (("姓名", "电话"), {"手机": Field.NUMBER}, FileProblem.MAPPING_UNKNOWN),
        (("姓名", "电话", "甲", "乙"), {"甲": Field.DUE, "乙": Field.DUE}, FileProblem.MAPPING_TWICE),
    ],
)
def test_headings_that_do_not_do_are_refused(
    headings: tuple[str, ...], mapping: dict[str, Field], problem: FileProblem
) -> None:
    with pytest.raises(FileProblemError) as refused:
        find_layout([SourceRow(1, headings)], mapping)
    assert refused.value.problem is problem
    assert headings[0] in str(refused.value) or problem is FileProblem.MAPPING_TWICE


def test_headings_that_come_again_on_the_next_page_are_no_row() -> None:
    layout = layout_of("姓名", "电话")
    assert is_heading(SourceRow(90, ("姓名", "电话", "")), layout)
    assert not is_heading(SourceRow(91, ("姓名", "13800000001")), layout)
    assert not is_heading(SourceRow(92, ("姓名",)), layout)


def test_columns_are_named_as_in_a_spreadsheet() -> None:
    assert [column_name(index) for index in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
