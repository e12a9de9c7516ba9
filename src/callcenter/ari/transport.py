"""One request to ARI as a value, and the one thing that the generated operations need of a client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

T = TypeVar("T")

Field = str | int | bool | Mapping[str, Any] | Sequence[Any] | None


def segment(text: str) -> str:
    """An id or name as one segment of a path; a slash in it is no separator."""
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class Operation:
    """name: `resource.operation`, for messages. path: already percent-encoded. fields: by the wire's names;
    None is left out. whole: a body of its own, instead of fields.
    """

    name: str
    method: str
    path: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    whole: Mapping[str, Any] | None = None

    def query(self) -> dict[str, str]:
        """The fields of a GET or DELETE; several values of one field are joined by commas."""
        if self._in_body:
            return {}
        return {name: _text(value) for name, value in self.fields.items() if value is not None}

    def body(self) -> Mapping[str, Any] | None:
        """The fields of a POST or PUT, each with its JSON type: Asterisk takes a number written as text, or
        with a decimal point, for no number at all and says nothing.
        """
        if self.whole is not None:
            return self.whole
        given = {name: value for name, value in self.fields.items() if value is not None}
        return given if self._in_body and given else None

    @property
    def _in_body(self) -> bool:
        return self.method in {"POST", "PUT"}


def _text(value: Field) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(str(item) for item in value)
    return str(value)


class Transport(Protocol):
    """Carries an operation to Asterisk and its answer back."""

    async def perform(self, operation: Operation, returns: type[T]) -> T:
        """Raises one of the classes of `errors`."""
