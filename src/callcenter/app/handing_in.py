"""Recordings that were made on another phone, joined to the books and the archive."""

from callcenter.app.books import Books
from callcenter.app.service import Retention
from callcenter.engine.clock import WallClock
from callcenter.engine.fallback import Adopter, FallbackParts, Fallbacks
from callcenter.engine.ports import Clock


def fallbacks(books: Books, archive: Adopter, clock: Clock | None = None) -> Fallbacks:
    return Fallbacks(
        FallbackParts(books.attempts, books.recordings, archive, clock or WallClock(), Retention(books).until)
    )
