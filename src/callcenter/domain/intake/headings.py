"""Which column holds what? Headings in Chinese and English, below titles, over two rows, or as the caller says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from callcenter.domain.intake.cells import text_of
from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.domain.intake.row import FIELD_NAMES, NEEDED, Column, Field, Layout, SourceRow

SEARCHED = 20
"""Rows, blank ones apart, among which the headings must be."""

_SYNONYMS: Mapping[Field, str] = {
    Field.NAME: """
        客户姓名 姓名 客户名称 客户名 名称 联系人 联系人姓名 投保人 投保人姓名 业主 业主姓名 用户姓名 被访人
        被回访人 受访人 收件人 name customername customer fullname clientname client contactname contact
        contactperson
    """,
    Field.NUMBER: """
        电话 手机 手机号 手机号码 电话号码 联系电话 联系手机 联系方式 联系号码 移动电话 固定电话 固话 座机 号码
        备用电话 备用手机 备用号码 其他电话 第二电话 客户电话 客户手机 客户手机号 投保人电话 投保人手机 业主电话
        用户电话 办公电话 单位电话 公司电话 家庭电话 家庭固话 住宅电话 住宅固话 宅电 主叫 被叫号码 回访电话
        回访号码 phone phonenumber phoneno telephone telephonenumber telno tel mobile mobilephone mobilenumber
        mobileno cell cellphone cellnumber number numbers contactnumber contactphone customerphone msisdn
        homephone workphone officephone businessphone alternatephone altphone otherphone primaryphone
        secondaryphone landline
    """,
    Field.ORGANISATION: """
        单位 单位名称 工作单位 公司 公司名称 企业 企业名称 机构 机构名称 组织 客户单位 所在单位 小区 项目名称
        organisation organization organisationname organizationname company companyname employer firm
    """,
    Field.CUSTOMER_ID: """
        客户编号 客户号 客户代码 客户id 客户编码 用户编号 用户号 用户id 会员号 会员编号 户号 customerid
        customernumber customerno customercode clientid clientno clientnumber
    """,
    Field.EXTERNAL_ID: """
        外部编号 外部id 外部单号 保单号 保单号码 保单编号 合同号 合同编号 业务号 业务编号 业务单号 订单号 工单号
        工单编号 任务编号 回访编号 案件号 案件编号 投诉编号 externalid externalnumber externalno
        externalreference reference referenceid referenceno caseid casenumber caseno policyid policynumber
        policyno contractid contractnumber contractno orderid ordernumber orderno ticketid ticketnumber ticketno
        callbackid
    """,
    Field.PLAN: "计划 计划名称 计划编号 回访计划 所属计划 plan planid planname campaign",
    Field.PURPOSE: """
        目的 回访目的 回访事由 事由 回访内容 回访原因 回访事项 回访主题 主题 purpose reason visitpurpose
        callpurpose subject topic
    """,
    Field.VISIT_TYPE: "回访类型 回访类别 回访种类 类型 类别 visittype kind kindofvisit callbacktype",
    Field.DUE: """
        截止日期 截止时间 截止 截止日 到期日 到期日期 期限 完成期限 完成日期 回访期限 回访截止日期 最迟日期
        最晚日期 要求完成日期 应回访日期 due duedate dueday dueat dueon dueby deadline
    """,
    Field.PRIORITY: "优先级 优先 优先级别 优先度 紧急程度 priority urgency",
    Field.ZONE: "时区 所在时区 客户时区 zone timezone tz",
    Field.LANGUAGE: "语言 语种 沟通语言 使用语言 language lang",
    Field.MANAGER: """
        客户经理 客户经理姓名 理财经理 业务员 业务员姓名 销售人员 销售员 代理人 经办人 管家 负责人 manager
        accountmanager relationshipmanager customermanager salesperson agentname owner
    """,
    Field.DEPARTMENT: """
        部门 所属部门 客户经理部门 经理部门 业务部门 department dept businessdepartment managerdepartment
        managersdepartment
    """,
    Field.CUSTOMER_CLASS: """
        客户类别 客户类型 客户等级 客户级别 客户分类 客户分级 customerclass customertype customergrade
        customercategory customerlevel
    """,
    Field.TRIGGER: "触发事件 触发事项 触发原因 触发 trigger triggerevent triggeredby",
    Field.TRIGGERED: """
        触发日期 触发时间 事件日期 事件时间 发生日期 triggered triggerdate triggeredon triggeredat eventdate
    """,
    Field.DISLIKES_CALLS: "反感电话 反感来电 减少来电 减少电话 降低频率 少打电话 dislikescalls annoyed calllessoften",
    Field.OWN_HOURS: """
        希望回访时段 希望回访时间 期望回访时间 方便时间 方便接听时间 方便时段 回访时段 合适时间 客户时段
        ownhours preferredhours preferredtime preferredtimes besttime besttimetocall hours
    """,
    Field.KEY_CUSTOMER: "重点客户 是否重点 是否重点客户 大客户 vip keycustomer keyaccount iskey",
    Field.JOB_TITLE: "职务 职位 客户职务 岗位 身份 jobtitle title position customertitle",
    Field.PRODUCT: """
        产品 产品名称 购买产品 持有产品 险种 险种名称 业务 业务品种 业务类型 房源 product productname products
    """,
    Field.NEEDS: "特殊需求 客户特殊需求 特殊要求 客户需求 specialneeds needs specialrequirements",
}
_FIELDS: Mapping[str, Field] = {word: field for field, words in _SYNONYMS.items() for word in words.split()}
_RANKS: Mapping[str, int] = {word: rank for rank, word in enumerate(_FIELDS)}
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】")
_ORDINAL = re.compile(r"(?:no)?[0-9一二三四五六七八九]{1,2}$")
_TOLD = 12


class HeadingsError(FileProblemError):
    """Not every needed column was found. columns: those of the row that comes nearest to headings."""

    def __init__(self, columns: Sequence[Column], **detail: str) -> None:
        super().__init__(FileProblem.HEADINGS_MISSING, **detail)
        self.columns = tuple(columns)


def field_of(heading: str) -> Field | None:
    """The field that a heading names by itself; case, width, brackets, marks and an ordinal at its end do not count."""
    words = _words(heading)
    return _FIELDS.get(words) or _FIELDS.get(_ORDINAL.sub("", words))


def find_layout(
    rows: Sequence[SourceRow], mapping: Mapping[str, Field] | None = None, *, delimited: bool = False
) -> Layout:
    """The headings among the file's first rows. mapping: what the caller says of single headings; it wins.

    The row with most fields is taken; or two rows, where a joined cell stands over several headings. Raises
    FileProblemError HEADINGS_MISSING, MAPPING_UNKNOWN, MAPPING_TWICE.
    """
    wanted = {_written(heading): field for heading, field in (mapping or {}).items()}
    best: list[Column] = []
    line, score = 0, 0
    for index, row in enumerate(rows[:SEARCHED]):
        heads = [text_of(cell) for cell in row.cells]
        candidates = [(row.line, heads)]
        if index + 1 < len(rows):
            below = rows[index + 1]
            candidates.append((below.line, _joined(heads, [text_of(cell) for cell in below.cells])))
        for at, headings in candidates:
            columns = _columns(headings, wanted)
            fields = {column.field for column in columns} - {None}
            found = len(fields) + sum(field in fields for field in NEEDED) * len(Field)
            if found > score or (found == score and not best):
                best, line, score = columns, at, found
    return Layout(_checked(best, wanted), line, delimited)


def is_heading(row: SourceRow, layout: Layout) -> bool:
    """The headings once more, as on each page of a printed list."""
    at = {column.index: column.heading for column in layout.columns if column.field is not None}
    return len(row.cells) > max(at) and all(text_of(row.cells[index]) == heading for index, heading in at.items())


def column_name(index: int) -> str:
    """`A` for 0, as spreadsheets name their columns."""
    name = ""
    number = index + 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _columns(headings: Sequence[str], wanted: Mapping[str, Field]) -> list[Column]:
    given = [wanted.get(_written(heading)) if heading else None for heading in headings]
    taken = {field for field in given if field not in {None, Field.NUMBER, Field.IGNORE}}
    guessed = [None if given[index] else field_of(heading) for index, heading in enumerate(headings)]
    best: dict[Field, int] = {}
    for index, field in enumerate(guessed):
        if field is None or field is Field.NUMBER or field in taken:
            continue
        if field not in best or _rank(headings[index]) < _rank(headings[best[field]]):
            best[field] = index
    return [
        Column(index, heading, given[index] or _own(guessed[index], index, best))
        for index, heading in enumerate(headings)
        if heading
    ]


def _own(field: Field | None, index: int, best: Mapping[Field, int]) -> Field | None:
    """Of two columns for one field the more exact heading has it; the other is named as not understood."""
    return field if field is Field.NUMBER or (field is not None and best.get(field) == index) else None


def _rank(heading: str) -> int:
    words = _words(heading)
    return _RANKS.get(words, len(_RANKS))


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    width = max(len(upper), len(lower))
    pad = [""] * width
    return [below or above for above, below in zip([*upper, *pad][:width], [*lower, *pad][:width], strict=True)]


def _checked(columns: Sequence[Column], wanted: Mapping[str, Field]) -> tuple[Column, ...]:
    found = "、".join(column.heading for column in columns[:_TOLD]) or "-"
    written = {_written(column.heading) for column in columns}
    for heading in wanted:
        if heading not in written:
            raise FileProblemError(FileProblem.MAPPING_UNKNOWN, heading=heading, found=found)
    fields = [column.field for column in columns]
    for field in Field:
        if field not in {Field.NUMBER, Field.IGNORE} and fields.count(field) > 1:
            raise FileProblemError(FileProblem.MAPPING_TWICE, field=field.value)
    missing = [field for field in NEEDED if field not in fields]
    if missing:
        raise HeadingsError(
            columns,
            missing=" and ".join(field.value for field in missing),
            missing_zh="、".join(FIELD_NAMES[field] for field in missing),
            found=found,
        )
    return tuple(columns)


def _written(heading: str) -> str:
    return "".join(unicodedata.normalize("NFKC", heading).casefold().split())


def _words(heading: str) -> str:
    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", heading).casefold())
    return "".join(character for character in plain if character.isalnum())
