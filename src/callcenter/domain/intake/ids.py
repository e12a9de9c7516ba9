"""Is it the same customer, the same callback? Ids that a second import of the same row arrives at again.

A customer is known by the customer number of the institution, the same in every plan; without one, by name and first
number. A callback is known inside its plan by the external number of the case (a policy, a contract); without one, by
the customer number and the purpose; without that too, by first number, name and purpose. Due date, priority and the
rest are no part of it: a list that comes again with another due date asks nobody twice. Who wants a second callback to
the same customer for the same purpose gives it an external number, or another plan.

Ids are shown where numbers are masked. They are made with a key of the installation: without it, whoever knows a name
could try all numbers until the id fits.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass, field

from callcenter.domain.phone import PhoneNumber

KEY_BYTES = 32
_BYTES = 12


@dataclass(frozen=True, slots=True)
class CaseIds:
    """key: secret, and for ever the same in one installation."""

    key: bytes = field(repr=False)

    def customer(self, number: str, name: str, first: PhoneNumber) -> str:
        """number: the institution's customer number, or empty."""
        known_by = ("number", _plain(number)) if number else ("person", _plain(name), first.e164)
        return f"customer-{self._hash('customer', *known_by)}"

    def callback(self, plan_id: str, external: str, number: str, first: PhoneNumber, name: str, purpose: str) -> str:
        """external, number: the case's and the customer's number, or empty. purpose: the row's own."""
        if external:
            known_by: tuple[str, ...] = ("external", _plain(external))
        elif number:
            known_by = ("number", _plain(number), _plain(purpose))
        else:
            known_by = ("person", first.e164, _plain(name), _plain(purpose))
        return f"cb-{self._hash('callback', plan_id, *known_by)}"

    def _hash(self, *words: str) -> str:
        # As JSON, so that no two lists of words run into the same text.
        text = json.dumps(words, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=_BYTES, key=self.key).hexdigest()


def _plain(text: str) -> str:
    """Without what people write one way or another: case, width and blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
