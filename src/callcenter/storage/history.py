"""What was there with a customer before: visit logs, visits without a call, open problem cases."""

import sqlalchemy as sa

from callcenter.domain.people import Channel
from callcenter.domain.visits.history import History, PastVisit
from callcenter.domain.visits.problem_cases import CaseState
from callcenter.storage.database import Database
from callcenter.storage.logs import record_of
from callcenter.storage.problem_cases import problem_case_of
from callcenter.storage.statements import Row, Statements
from callcenter.storage.tables import agents, callbacks, paper_visits, plans, problem_cases, visit_logs

_l, _v, _p = visit_logs.c, paper_visits.c, problem_cases.c
_OF_CUSTOMER = sa.select(callbacks.c.id).where(callbacks.c.customer_id == sa.bindparam("customer"))
# Sorted by what no index is: a customer has few visits, and all of the installation's are never walked through.
_LOGS = (
    sa.select(visit_logs)
    .where(_l.callback_id.in_(_OF_CUSTOMER), _l.visited_at.is_not(None))
    .order_by(sa.func.coalesce(_l.visited_at, None).desc(), _l.attempt_id.desc())
    .limit(sa.bindparam("most"))
)
_PAPER = (
    sa.select(*_v, plans.c.name.label("plan"), agents.c.name.label("agent"))
    .join(callbacks, callbacks.c.id == _v.callback_id)
    .join(plans, plans.c.id == callbacks.c.plan_id)
    .join(agents, agents.c.id == _v.agent_id)
    .where(callbacks.c.customer_id == sa.bindparam("customer"))
    .order_by(_v.visited_at.desc(), _v.id)
    .limit(sa.bindparam("most"))
)
_PROBLEMS = sa.select(problem_cases).where(_p.callback_id.in_(_OF_CUSTOMER))


class SqlHistory:
    """A HistoryStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_customer(self, customer_id: str, most: int = 5) -> History:
        """The newest visits, so many at most."""
        return await self._database.look(lambda each: _history(each, customer_id, most))


def _history(statements: Statements, customer_id: str, most: int) -> History:
    values = {"customer": customer_id, "most": most}
    logs = [_of_log(row) for row in statements.execute(_LOGS, values).mappings().all()]
    paper = [_of_paper(row) for row in statements.execute(_PAPER, values).mappings().all()]
    rows = statements.execute(_PROBLEMS, {"customer": customer_id}).mappings().all()
    # Chosen here: all open ones of the installation are never walked through for those of one customer.
    problems = [problem_case_of(row) for row in rows if row[_p.state] is CaseState.OPEN]
    newest = sorted([*logs, *paper], key=lambda visit: visit.at, reverse=True)[:most]
    return History(tuple(newest), tuple(sorted(problems, key=lambda each: (each.due_at, each.id))))


def _of_log(row: Row) -> PastVisit:
    log = record_of(row).log
    return PastVisit(
        at=row[_l.visited_at],
        channel=log.channel or Channel.PHONE,
        plan=log.plan,
        agent=log.agent,
        outcome=log.outcome,
        disposition=log.disposition,
        result=None,
        content=log.content,
        problems=log.problems,
        own_words=log.own_words,
    )


def _of_paper(row: Row) -> PastVisit:
    return PastVisit(
        at=row[_v.visited_at],
        channel=row[_v.channel],
        plan=row["plan"],
        agent=row["agent"],
        outcome=None,
        disposition=None,
        result=row[_v.result],
        content=row[_v.content],
        problems=row[_v.problems],
        own_words=row[_v.own_words],
    )
