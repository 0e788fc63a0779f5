"""What a person sees while a verb runs: on stderr, so that stdout stays the verb's answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from rich.console import Console


@cache
def console() -> Console:
    """The console that progress goes to."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(sentence: str) -> None:
    """Print one line."""
    console().print(sentence, markup=False)


@contextmanager
def reading(path: Path, subject: str) -> Iterator[IO[bytes]]:
    """Open a file that takes long to read: a bar on a terminal, elsewhere a line with its size."""
    if console().is_terminal:
        from rich.progress import open as watched

        with watched(path, "rb", description=subject, console=console()) as file:
            yield file
        return
    say(f"{subject}, {path.stat().st_size / 1e6:,.1f} MB")
    with path.open("rb") as file:
        yield file


@contextmanager
def waiting(subject: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows the stage: a spinner on a terminal, elsewhere a line per new stage."""
    if console().is_terminal:
        with console().status(subject) as status:
            yield lambda stage: status.update(f"{subject}: {stage}")
        return
    shown: list[str] = []

    def show(stage: str) -> None:
        if shown[-1:] != [stage]:
            shown.append(stage)
            say(f"{subject}: {stage}")

    yield show
