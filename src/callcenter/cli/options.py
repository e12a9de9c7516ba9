"""Options that several commands have."""

import click

JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
LIMIT = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")


class Words(click.ParamType[str]):
    """Text for people: not empty, one line, at most so many characters."""

    name = "text"

    def __init__(self, longest: int = 200) -> None:
        self._longest = longest

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        words = value.strip()
        if not words:
            self.fail("is empty", param, ctx)
        if len(words) > self._longest:
            self.fail(f"is longer than {self._longest} characters", param, ctx)
        if not words.isprintable():
            self.fail("holds characters that cannot be printed", param, ctx)
        return words


WORDS = Words()
KEY = Words(40)
