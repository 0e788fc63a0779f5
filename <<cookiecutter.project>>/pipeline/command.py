"""How every verb is declared, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

Document = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A verb's JSON document, its exit code, and the lines or rich tables that a person reads instead."""

    document: Document
    lines: list[Any] = field(default_factory=list)
    code: int = 0


def verb(name: str, example: str) -> Callable[[Callable[..., Answer]], click.Command]:
    """Make a function a verb: `--json`, and a help text that ends with an example."""

    def declare(function: Callable[..., Answer]) -> click.Command:
        options = click.option(
            "--json", "as_json", is_flag=True, expose_value=False, help="Print one JSON object on stdout."
        )(function)
        return click.command(name=name, epilog=f"Example: {example}")(options)

    return declare
