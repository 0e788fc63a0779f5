"""The README's table of what an idle project costs has every kind of resource that the programs make."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from conftest import REPOSITORY, TEMPLATE
from pipeline.comment import idle
from sandbox.stacks.recording import record

STACKS = ("foundation", "platform", "staging", "production")
ASKED_FOR = {"budget": "create", "budget_usd": "500", "alert_email": "a@example.com", "public_access_block": "create"}
# Run in a project, whose tests know how its programs are recorded; an endpoint is made from what a release prepared.
KINDS = """
import json
from tests.infra.conftest import platform_with, service_with

def kinds(recording):
    return [resource.type for resource in recording.resources]

stacks = {one: kinds(service_with(one, first_configuration="prepared")) for one in ("staging", "production")}
print(json.dumps({"platform": kinds(platform_with()), **stacks}))
"""
EACH = {"kms.Key": 1.0, "cloudwatch.CompositeAlarm": 0.5, "cloudwatch.Dashboard": 3.0}  # US$ a month


def plain(token: str) -> str:
    """`aws:kms/key:Key` as the table has it: kms.Key."""
    module, kind = re.fullmatch(r"aws:(\w+)/\w+:(\w+)", token).groups()
    return f"{module}.{kind}"


@pytest.fixture(scope="module")
def made(project: Path) -> dict[str, Counter[str]]:
    """How many resources of each kind each stack registers, with all that can be asked for."""
    python = project / ".venv/bin/python"
    done = subprocess.run([python, "-c", KINDS], cwd=project, capture_output=True, text=True, check=True)
    settings = {f"foundation:{key}": value for key, value in ASKED_FOR.items()}
    foundation = record(REPOSITORY / "infra", "account", "eu-west-1", settings)
    recorded = {"foundation": [one.type for one in foundation.resources], **json.loads(done.stdout)}
    return {stack: Counter(map(plain, recorded[stack])) for stack in STACKS}


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, str]]:
    """The table's cells by row (a kind, or `sum`) and stack."""
    rows = [line.strip("|").split("|") for line in (TEMPLATE / "README.md").read_text().splitlines()]
    (head,) = [at for at, row in enumerate(rows) if [each.strip() for each in row[2:]] == list(STACKS)]
    found = {}
    for row in rows[head + 2 :]:
        if len(row) < 2 + len(STACKS):
            break
        name, _, *cells = (cell.strip(" `*") for cell in row)
        assert name not in found, f"{name} has two rows"
        found[name] = dict(zip(STACKS, cells, strict=True))
    return found


def test_every_kind_has_its_row(made: dict[str, Counter[str]], table: dict[str, dict[str, str]]) -> None:
    """A cell is filled where the stack makes the kind, and empty where it makes none."""
    filled = {stack: {kind for kind, cells in table.items() if cells[stack]} - {"sum"} for stack in STACKS}

    assert filled == {stack: set(kinds) for stack, kinds in made.items()}


def test_the_sums_are_sums(table: dict[str, dict[str, str]]) -> None:
    """Of what stands above them."""
    kinds = [cells for kind, cells in table.items() if kind != "sum"]

    for stack in STACKS:
        assert float(table["sum"][stack]) == pytest.approx(sum(float(cells[stack] or 0) for cells in kinds))


def test_a_comment_estimates_with_the_same_prices() -> None:
    """What a pull request is told of a stack's change."""
    assert {plain(kind): price for kind, price in idle.EACH.items()} == {**EACH, "cloudwatch.MetricAlarm": 0.1}


@pytest.mark.parametrize("kind", EACH)
def test_what_is_paid_by_the_piece_is_counted(
    made: dict[str, Counter[str]], table: dict[str, dict[str, str]], kind: str
) -> None:
    """As many as the stack makes, at the price of one."""
    paid = {stack: float(table[kind][stack] or 0) for stack in STACKS}

    assert paid == {stack: made[stack][kind] * EACH[kind] for stack in STACKS}
