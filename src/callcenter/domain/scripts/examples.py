"""Scripts that come with the product, to begin with: one for each trade, in Chinese."""

from importlib import resources

EXAMPLES = ("bank", "insurer", "broker", "property")


class UnknownExampleError(LookupError):
    """No example has this name."""


def example_text(name: str) -> str:
    """Its TOML. Raises UnknownExampleError."""
    if name not in EXAMPLES:
        raise UnknownExampleError(name)
    return (resources.files("callcenter.domain.scripts") / "library" / f"{name}.toml").read_text("utf-8")
