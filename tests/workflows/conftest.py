"""One account for all scenarios, with the stacks applied, and the project's repository on a GitHub of the tests'."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from killable import LONG, until
from opening import SHORT, opened
from production import Production

from workflows import act, github, releasing
from workflows.tools import tool

SPEED = 60  # an alarm's minute takes one second


@pytest.fixture(scope="package")
def hosted(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[github.GitHub]:
    """The repository and its account; both end with the last of these tests."""
    with repository(project, tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="package")
def served(hosted: github.GitHub) -> Production:
    """A version that production serves, nothing open; its data has passed the contract in the bucket."""
    made, head = hosted.production, hosted.git("rev-parse", "HEAD")
    if not serves(made):
        made.run("pipeline", "data", "check", "--job")
        made.register()
        made.serve()
    until(made.settled, LONG, "production in service")
    if made.locked():
        made.run("pipeline", "reconcile", "production", "--wait")
    hosted.git("reset", "--quiet", "--hard", head)
    return made


def serves(production: Production) -> bool:
    """Whether production has an endpoint."""
    try:
        production.described()
    except ClientError:
        return False
    return True


@pytest.fixture(scope="package")
def registered(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[github.GitHub]:
    """Another one, with three versions of which none is released: two good ones, and one that is broken."""
    with repository(project, tmp_path_factory) as made:
        releasing.register(made)
        yield made


@pytest.fixture(scope="package")
def first(registered: github.GitHub) -> act.Run:
    """The run that releases the first version, through staging into a production that has no endpoint."""
    return releasing.released(registered, registered.production.good[0], within=600)


@pytest.fixture(scope="package")
def live(registered: github.GitHub, first: act.Run) -> github.GitHub:
    """The same with callers in production."""
    assert set(first.results.values()) == {"success"}, first.log
    registered.production.call()
    return registered


@contextmanager
def repository(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[github.GitHub]:
    """A repository and its account; both end with the block."""
    command = tool("act")
    with opened(project, tmp_path_factory.mktemp("workflows"), speed=SPEED, promises=SHORT) as made:
        made.apply("staging", "production")
        yield github.host(made, tmp_path_factory.mktemp("github"), command)
