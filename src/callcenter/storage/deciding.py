"""What decided of a callback goes into the journal of the attempt that it follows."""

from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage import codec
from callcenter.storage.statements import Statements
from callcenter.storage.tables import journal

EVENT = "Decided"
_APPEND = sa.insert(journal)


def write_decided(connection: Statements, attempt_id: str, at: datetime, change: CallbackChange) -> None:
    """Nothing where no policy decided."""
    if change.decided is None:
        return
    values = {"attempt_id": attempt_id, "at": at, "event": EVENT, "detail": codec.dump(change.decided)}
    connection.execute(_APPEND, values)
