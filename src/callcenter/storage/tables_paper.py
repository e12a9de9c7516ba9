"""Tables of visits without a call, and of their scans."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint

from callcenter.domain.people import Channel
from callcenter.domain.visits.paper import PaperResult, ScanKind
from callcenter.storage.columns import Instant, Word
from callcenter.storage.table_base import metadata, must

paper_visits = Table(
    "paper_visits",
    metadata,
    Column("id", Text, primary_key=True),
    must("callback_id", Text, ForeignKey("callbacks.id")),
    must("agent_id", Text, ForeignKey("agents.id")),
    must("channel", Word(Channel)),
    must("visited_at", Instant),
    must("result", Word(PaperResult)),
    must("content", Text),
    must("problems", Text),
    must("handling_result", Text),
    must("own_words", Text),
    must("written_at", Instant),
    must("written_by", Text),
    must("keep_until", Instant),
    Column("resolved", sa.Boolean),
    Column("next_visit_at", Instant),
    Index("ix_paper_visits_callback_id", "callback_id"),
)

scans = Table(
    "scans",
    metadata,
    Column("id", Text, primary_key=True),
    must("visit_id", Text, ForeignKey("paper_visits.id")),
    must("name", Text),
    must("kind", Word(ScanKind)),
    must("sha256", Text),
    must("size_bytes", sa.BigInteger),
    must("path", Text),
    must("added_at", Instant),
    must("added_by", Text),
    must("keep_until", Instant),
    UniqueConstraint("path"),
    Index("ix_scans_visit_id", "visit_id"),
)
