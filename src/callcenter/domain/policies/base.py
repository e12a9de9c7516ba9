"""What every group of a policy is made of: frozen, validated, and each value with the rule it comes from."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PRODUCT = "product"
"""The source of a default of ours, where no document speaks."""

OWN = "policy"
"""The source of a value that an institution's policy sets by itself."""

_RULE_ID = r"^(product|[A-Z]{1,2}[0-9]{0,2}-[0-9]{2})(, [A-Z]{1,2}[0-9]{0,2}-[0-9]{2})*$"


class PolicyError(ValueError):
    """Everything that is wrong with a policy: one sentence a mistake, each naming its key."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Group(Model):
    """source: for each value the ID of its rule in the requirements catalogue. A value inside a table is named by its
    path, such as `rules.signing.first_by`; the source of a table holds for all in it that names none of its own.
    """

    source: Mapping[str, Annotated[str, Field(pattern=_RULE_ID)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_name_values(self) -> Self:
        values = set(self.paths())
        tables = {path[:at] for path in values for at, mark in enumerate(path) if mark == "."}
        if unset := sorted(set(self.source) - values - tables):
            raise ValueError(f"a source is given for what is not set: {', '.join(unset)}")
        return self

    def paths(self) -> tuple[str, ...]:
        """Every value that is set, by its path, in the order of the fields."""
        return self._set

    @cached_property
    def _set(self) -> tuple[str, ...]:
        return tuple(path for path in _paths(self) if path != "source" and not path.startswith("source."))

    def source_of(self, value: str) -> str:
        """The rule's ID, `policy` for a value the institution set by itself, `product` for our own default."""
        place = value
        while place:
            if place in self.source:
                return self.source[place]
            place = place.rpartition(".")[0]
        known = self._set
        return OWN if value in known or any(path.startswith(f"{value}.") for path in known) else PRODUCT


def _paths(value: object, before: str = "") -> Iterator[str]:
    if isinstance(value, BaseModel):
        inner = {name: getattr(value, name) for name in type(value).model_fields if name in value.model_fields_set}
    elif isinstance(value, Mapping):
        inner = dict(value)
    else:
        inner = {}
    if not inner and before:
        yield before.removesuffix(".")
    for name, each in inner.items():
        yield from _paths(each, f"{before}{name}.")
