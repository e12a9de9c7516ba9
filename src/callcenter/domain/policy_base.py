"""What every group of a policy is made of: frozen, validated, and each value with the rule it comes from."""

from collections.abc import Mapping
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
    """source: for each value the ID of its rule in the requirements catalogue."""

    source: Mapping[str, Annotated[str, Field(pattern=_RULE_ID)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_name_values(self) -> Self:
        if unset := sorted(set(self.source) - self.model_fields_set):
            raise ValueError(f"a source is given for what is not set: {', '.join(unset)}")
        return self

    def source_of(self, value: str) -> str:
        """The rule's ID, `policy` for a value the institution set by itself, `product` for our own default."""
        return self.source.get(value, OWN if value in self.model_fields_set else PRODUCT)
