"""What was looked at, as one screen for a person."""

from collections.abc import Iterable, Mapping
from typing import Any


def table(title: str, rows: Iterable[tuple[str, str, str, str]], styles: Mapping[str, str]) -> Any:
    """A row for each (level, name, what was found, what to do), which stands below what was found.

    `title` is that of the names; `styles` has a style of rich's for each level.
    """
    from rich.table import Table
    from rich.text import Text

    screen = Table("", title, "found", box=None, padding=(0, 1))
    screen.columns[2].overflow = "fold"
    for level, name, found, todo in rows:
        said = Text(found)
        if todo:
            said.append(f"\n→ {todo}", style="bold")
        screen.add_row(Text(level, style=styles[level]), name, said)
    return screen
