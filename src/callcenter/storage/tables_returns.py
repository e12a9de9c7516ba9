"""Table of those who rang in."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, Text, text

from callcenter.domain.queue.returns import MissedWhy, ReturnState
from callcenter.storage.columns import Instant, Number, Word
from callcenter.storage.table_base import metadata, must

RETURN_OPEN = "state IN ('waiting', 'taken')"
"""Those of which it is not known what became of them."""

returns = Table(
    "returns",
    metadata,
    Column("id", Text, primary_key=True),
    must("at", Instant),
    must("node", Text),
    must("channel", Text),
    Column("number", Number),
    must("called", Text),
    must("state", Word(ReturnState)),
    Column("callback_id", Text, ForeignKey("callbacks.id")),
    Column("attempt_id", Text, ForeignKey("attempts.id")),
    Column("agent_id", Text, ForeignKey("agents.id")),
    must("tried", sa.JSON),
    Column("missed_why", Word(MissedWhy)),
    Column("ended_at", Instant),
    Index("ix_returns_at_id", "at", "id"),
    Index("ix_returns_channel", "channel"),
    Index("ix_returns_open", "node", sqlite_where=text(RETURN_OPEN), postgresql_where=text(RETURN_OPEN)),
)
