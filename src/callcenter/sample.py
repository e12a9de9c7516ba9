"""A sample plan of some 200 callbacks, to see the main job at once; its customers and numbers are made up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.access import Role
from callcenter.domain.people import (
    Agent,
    Callback,
    CallbackState,
    Channel,
    Customer,
    Plan,
    PlanState,
    VisitType,
)
from callcenter.domain.phone import parse_number

CALLBACKS = 200
PLAN_ID = "sample"
URGENT = 9
"""Due first: a customer of the simulated network who answers, talks, and hangs up first, as he should (C7-07)."""
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN_NAMES = (
    "伟",
    "芳",
    "秀英",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "霞",
    "平",
)
_ORGANISATIONS = ("", "", "", "晨光物业", "安居置业", "恒信贸易", "")
_PURPOSES = (
    ("新签约客户回访：核对资料与合同要点", VisitType.ROUTINE_NEW),
    ("持续回访：服务满意度", VisitType.ROUTINE_CONTINUING),
    ("投诉处理后回访：核实处理结果", VisitType.SPECIAL),
)
_JOB_TITLES = ("行政主管", "财务经理", "项目负责人")
_PRODUCTS = ("稳健理财一年期", "重大疾病保险", "物业管家服务", "债券型基金")
_MANAGERS = (("周经理", "理财一部"), ("吴经理", "理财二部"), ("郑经理", "理财三部"))


OFFICE: tuple[tuple[str, str, Role], ...] = (
    ("supervisor", "演示主管", Role.SUPERVISOR),
    ("compliance", "演示质检", Role.COMPLIANCE),
    ("records", "演示资料管理负责人", Role.RECORDS_HEAD),
    ("admin", "演示管理员", Role.ADMIN),
)
"""Login, name and role of those who sign in beside the agents."""


@dataclass(frozen=True, slots=True)
class Sample:
    agents: tuple[Agent, ...]
    plan: Plan
    customers: tuple[Customer, ...]
    callbacks: tuple[Callback, ...]


def sample(now: datetime, *, agents: int, trunk: str, policy: str = "always_open") -> Sample:
    """The last digit of a number says how the simulated telephone network treats it: 1 answers, 3 is busy, ..."""
    people = tuple(
        Agent(
            id=f"agent-{number}",
            staff_number=str(number),
            name=f"坐席{number}",
            department="客户服务部",
            endpoint=f"PJSIP/agent-{number}",
        )
        for number in range(1001, 1001 + agents)
    )
    plan = Plan(
        id=PLAN_ID,
        name="示例回访计划",
        purpose="客户满意度回访",
        visit_type=VisitType.ROUTINE_CONTINUING,
        channel=Channel.PHONE,
        policy=policy,
        zone="Asia/Shanghai",
        trunk=trunk,
        state=PlanState.RUNNING,
    )
    numbers = range(1, CALLBACKS + 1)
    return Sample(
        people,
        plan,
        tuple(_customer(number) for number in numbers),
        tuple(_callback(number, now) for number in numbers),
    )


def _customer(number: int) -> Customer:
    manager, department = _MANAGERS[number % len(_MANAGERS)]
    given = _GIVEN_NAMES[number * 7 % len(_GIVEN_NAMES)]
    organisation = _ORGANISATIONS[number % len(_ORGANISATIONS)]
    return Customer(
        id=f"sample-{number:04}",
        name=_SURNAMES[number % len(_SURNAMES)] + given,
        organisation=organisation,
        numbers=(parse_number(f"1990000{number:04}", "CN"),),
        zone="",
        language="zh",
        manager=manager,
        department=department,
        job_title=_JOB_TITLES[number % len(_JOB_TITLES)] if organisation else "",
        product=_PRODUCTS[number % len(_PRODUCTS)],
        needs="听力不好，请放慢语速" if number % 9 == 0 else "",
    )


def _callback(number: int, now: datetime) -> Callback:
    purpose, visit_type = _PURPOSES[number % len(_PURPOSES)]
    urgent = number == URGENT
    return Callback(
        id=f"cb-{number:04}",
        plan_id=PLAN_ID,
        customer_id=f"sample-{number:04}",
        purpose=purpose,
        visit_type=visit_type,
        state=CallbackState.WAITING,
        due_at=now + (timedelta(hours=4) if urgent else timedelta(days=1 + number // 20, minutes=number)),
        priority=9 if urgent else number % 3,
        round=1,
        created_at=now,
    )
