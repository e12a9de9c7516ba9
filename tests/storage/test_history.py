"""What was there with one customer before, in every plan, and of nobody else."""

from dataclasses import replace
from datetime import timedelta

from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import Channel
from callcenter.domain.visits.history import History
from callcenter.domain.visits.paper import PaperResult, PaperVisit
from callcenter.domain.visits.problem_cases import CaseState
from callcenter.storage.history import SqlHistory
from callcenter.storage.paper import SqlPaper
from callcenter.storage.problem_cases import SqlProblemCases
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores
from storage.test_problem_cases import problem, step

DAY = timedelta(days=1)
LETTER = PaperVisit(
    "v-1", "callback-00009", "agent-1", Channel.LETTER, NOW + DAY, PaperResult.SENT, "寄出", "", "", "", NOW, "li", NOW
)


async def _called(stores: Stores, index: int, content: str, problems: str = "", own_words: str = "") -> None:
    closing = cases.closing(await stores.begin(index))
    log = replace(closing.log, plan="年度回访", content=content, problems=problems, own_words=own_words)
    await stores.attempts.finish(replace(closing, log=log))


async def test_the_newest_visits_of_a_customer_are_told_in_all_plans(stores: Stores) -> None:
    await stores.seed(2)
    await stores.people.add_plan(replace(cases.plan("plan-2"), name="专项"))
    await stores.people.add_cases([], [replace(cases.callback(9, "plan-2"), customer_id="customer-1")])
    await _called(stores, 1, content="满意", problems="门锁", own_words="太贵了")
    await _called(stores, 2, content="别人")
    await SqlPaper(stores.database).add(LETTER)
    history = SqlHistory(stores.database)
    letter, talk = (await history.of_customer("customer-1")).visits
    assert (letter.at, letter.channel, letter.plan, letter.result, letter.outcome) == (
        NOW + DAY, Channel.LETTER, "专项", PaperResult.SENT, None,
    )  # fmt: skip
    assert (talk.at, talk.channel, talk.outcome, talk.result) == (NOW, Channel.PHONE, Outcome.ANSWERED, None)
    assert (talk.plan, talk.agent, talk.content, talk.problems, talk.own_words) == (
        "年度回访", "王芳", "满意", "门锁", "太贵了",
    )  # fmt: skip
    assert [each.at for each in (await history.of_customer("customer-1", most=1)).visits] == [NOW + DAY]
    assert await history.of_customer("nobody") == History((), ())


async def test_problems_that_are_still_open_are_told_the_most_urgent_first(stores: Stores) -> None:
    await stores.seed(2)
    await stores.begin(1)
    await stores.begin(2)
    books = SqlProblemCases(stores.database)
    theirs = problem(5, "attempt-00002-1", "callback-00002")
    for each in (problem(3), problem(2), replace(problem(1), state=CaseState.CLOSED), theirs):
        await books.add(each, step(each))
    assert (await SqlHistory(stores.database).of_customer("customer-1")).problems == (problem(2), problem(3))
