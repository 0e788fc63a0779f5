"""One account for all faults: production serves the first version, a second one waits, a third one is broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from killable import LONG, until
from opening import SHORT, opened
from production import Production

SPEED = 60  # a heartbeat window of three minutes is three seconds, and an alarm's minute one


@pytest.fixture(scope="package")
def production(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """The account; it ends with the last of these tests: others count the processes that are left."""
    with opened(project, tmp_path_factory.mktemp("faults"), speed=SPEED, promises=SHORT) as made:
        prepare(made)
        yield made


def prepare(made: Production) -> None:
    """Apply the stacks, register three versions, the second with the first one's model, and let the first one serve."""
    made.apply("production")
    plan = made.scenario
    made.good.append(made.register())
    made.serve()
    made.good.append(made.patched(made.good[0]))
    made.workspace.apply(plan.broken.patch)
    made.workspace.commit("Make the encoding strict")
    made.broken = made.register()
    made.workspace.revert()


@pytest.fixture
def ready(production: Production) -> Iterator[Production]:
    """The same without a fault, before the test and after it: nothing open, a good version live."""
    assert not production.locked()
    yield production
    production.lift()
    until(production.settled, LONG, "production in service after the fault")
    if production.locked():  # the test has failed, the next ones shall not
        production.run("pipeline", "reconcile", "production", "--wait")
