"""What the rehearsal does with a project's data: `rehearsal/scenario.toml`, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

Value = str | int | float
KINDS: dict[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    list[str]: ((list,), "a list of texts"),
    Value: ((str, int, float), "a text or a number"),
}


class ScenarioError(Exception):
    """The scenario can't be read; the text says what to write."""


@dataclass(frozen=True)
class BadRows:
    """So few bad rows that they are quarantined: `column` set to an impossible `value` in `rows` rows."""

    file: str
    column: str
    value: Value
    rows: int


@dataclass(frozen=True)
class BadFile:
    """So many bad rows, a `share` of all, that the file is refused."""

    file: str
    column: str
    value: Value
    share: float


@dataclass(frozen=True)
class Refresh:
    """More of the same data."""

    add: list[str]


@dataclass(frozen=True)
class Damaged:
    """Labels joined to the wrong rows: column `permute` shuffled within each of `files`."""

    add: list[str]
    permute: str
    seed: int
    files: list[str]


@dataclass(frozen=True)
class Broken:
    """A change of the code that no offline check sees."""

    add: list[str]
    patch: str


@dataclass(frozen=True)
class Newcomer:
    """A value that production's traffic shows from now on, in a `share` of the requests."""

    column: str
    value: Value
    share: float


@dataclass(frozen=True)
class Traffic:
    """Where the traffic's rows come from, which columns a caller sends, and which one tells later what was true.

    A request has so many rows `together`.
    """

    files: list[str]
    columns: list[str]
    label: str
    together: int


@dataclass(frozen=True)
class Loop:
    """Months go by: production is asked about `drifted` rows, and their labels break `promise` of the monitor.

    Partitions arrive; a model that was trained on them is asked about `later` rows.
    """

    drifted: list[str]
    arrives: list[str]
    later: list[str]
    promise: str


@dataclass(frozen=True)
class BrokenColumn:
    """A column that arrives empty from then on."""

    column: str


Policy = Mapping[str, Mapping[str, int | float]]  # table → key → number


@dataclass(frozen=True)
class Scenario:
    """The whole of it, one field per table; `policy` are numbers that policy.toml has otherwise meanwhile."""

    bad_rows: BadRows
    bad_file: BadFile
    refresh: Refresh
    damaged: Damaged
    broken: Broken
    newcomer: Newcomer
    traffic: Traffic
    loop: Loop
    broken_column: BrokenColumn
    policy: Policy


def read(path: Path) -> Scenario:
    """The scenario in `path`. Raises ScenarioError naming what is missing or unknown."""
    if not path.is_file():
        raise ScenarioError(f"there is no {path}: run this in a generated project, or name one with --project")
    try:
        document = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path} is not TOML: {error}") from error
    wanted = {field.name: field.type for field in fields(Scenario)}
    _same_names(path, "tables", document, wanted)
    return Scenario(**{name: _table(path, name, kind, document[name]) for name, kind in wanted.items()})


def _table(path: Path, name: str, kind: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        raise ScenarioError(f"{path}: {name} is {given!r}: write a table [{name}]")
    if kind == Policy:
        return _policy(path, given)
    _same_names(path, f"[{name}]", given, [field.name for field in fields(kind)])
    for field in fields(kind):
        kinds, words = KINDS[field.type]
        if not isinstance(given[field.name], kinds):
            raise ScenarioError(f"{path}: [{name}]: {field.name} is {given[field.name]!r}: write {words}")
    return kind(**given)


def _policy(path: Path, given: dict[str, Any]) -> Policy:
    for table, keys in given.items():
        if not isinstance(keys, dict):
            raise ScenarioError(f"{path}: [policy]: {table} is {keys!r}: write a table [policy.{table}]")
        for key, value in keys.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ScenarioError(f"{path}: [policy.{table}]: {key} is {value!r}: write a number")
    return given


def _same_names(path: Path, where: str, given: Any, wanted: Any) -> None:
    odd = ", ".join(sorted(set(given) ^ set(wanted)))
    if odd:
        raise ScenarioError(f"{path}: {where}: missing or unknown {odd}; write exactly {', '.join(wanted)}")
