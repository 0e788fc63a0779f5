"""How every verb is declared, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from pipeline import names

ENVIRONMENT = click.argument("environment", type=click.Choice(names.ENVIRONMENTS), metavar="ENVIRONMENT")
Document = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A verb's JSON document, its exit code, and the lines or rich tables that a person reads instead.

    In a workflow `outputs` become those of the step, `summary` (Markdown) a part of the job's summary, and
    `warning`, a sentence, an annotation.
    """

    document: Document
    lines: list[Any] = field(default_factory=list)
    code: int = 0
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    warning: str = ""


def verb(name: str, example: str) -> Callable[[Callable[..., Answer]], click.Command]:
    """Make a function a verb: `--json`, and a help text that ends with an example."""

    def declare(function: Callable[..., Answer]) -> click.Command:
        options = click.option(
            "--json", "as_json", is_flag=True, expose_value=False, help="Print one JSON object on stdout."
        )(function)
        return click.command(name=name, epilog=f"Example: {example}")(options)

    return declare
