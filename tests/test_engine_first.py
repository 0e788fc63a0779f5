"""An environment's first endpoint: released, made by the real Pulumi command and verified, each under its job's role.

The commands are those of the jobs of deliver.yml.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_verbs
import pytest
from engine import required
from opening import opened
from pipeline import ledger, names
from production import Production
from sandbox.access import removal

from infra.policies import trust

pytestmark = pytest.mark.slow
SPEED = 60
MAKES = {"sagemaker:AddTags", "sagemaker:CreateEndpoint"}
SCALES = {"application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget"}
WATCHES = {"cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm"}
WATCHED = ("log-loss", "calibration", "inputs", "callers", "sight", "sight-said", "sight-silent")  # of its model
MADE = {  # by environment: the actions that make what is new, and what that is
    "staging": (MAKES, {"endpoint"}),
    "production": (
        MAKES | SCALES | WATCHES,
        {"endpoint", "target", "scaling", *(f"model-{one}" for one in WATCHED)},
    ),
}


@pytest.fixture(scope="module")
def registered(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A registered version, and no endpoint; the stacks are there, made by an administrator."""
    required("pulumi")
    with opened(project, tmp_path_factory.mktemp("first"), speed=SPEED) as made:
        made.run("sandbox", "up", "foundation", "--stack", "account")
        engine_verbs.attach(made)
        for stack in ("platform", "staging", "production"):  # the gate looks at production
            engine_verbs.stack(made, "up", stack, "--yes")
        made.workspace.commit("Add the stacks")
        made.good.append(made.register())
        yield made


@pytest.fixture(scope="module", params=MADE)
def environment(request: pytest.FixtureRequest) -> str:
    """Where."""
    return str(request.param)


@pytest.fixture(scope="module")
def prepared(registered: Production, environment: str) -> ledger.Record:
    """What the ledger has of the release that has prepared a configuration, with no endpoint for it."""
    assert endpoints(registered, environment) == []
    assert release(registered, environment, "--may-prepare")["verdict"] == "prepared"
    return record(registered, environment)


@pytest.fixture(scope="module")
def made(registered: Production, environment: str, prepared: ledger.Record) -> dict[str, Any]:
    """What `pipeline stack up` answers in the job that makes the endpoint."""
    session = registered.session(f"ci-infra-{environment}", trust.changes(environment))
    return engine_verbs.stack(registered, "up", environment, "--yes", **session)


def test_it_has_the_configuration_that_the_release_prepared(
    registered: Production, environment: str, prepared: ledger.Record, made: dict[str, Any]
) -> None:
    """And is in service."""
    [found] = endpoints(registered, environment)
    assert (found["EndpointConfigName"], found["EndpointStatus"]) == (prepared.config_asked, "InService")


def test_nothing_else_is_made(environment: str, made: dict[str, Any]) -> None:
    """But what production scales by, and the alarms on its model; nothing is changed."""
    new = {line.split()[-1] for line in made["text"].splitlines()}
    assert (new, made["counts"]) == (MADE[environment][1], {"create": len(new)})


def test_there_is_no_drift_then(registered: Production, environment: str, made: dict[str, Any]) -> None:
    """By the role that looks each night."""
    session = registered.session(f"ci-preview-{environment}", "")
    engine_verbs.stack(registered, "drift", environment, **session)


def test_the_release_is_taken_up_and_verified(
    registered: Production, environment: str, prepared: ledger.Record, made: dict[str, Any]
) -> None:
    """The same release, of what is live."""
    assert release(registered, environment)["verdict"] == "promoted"
    now = record(registered, environment)
    assert (now.release, now.state) == (prepared.release, "promoted")


def test_the_role_misses_each_grant_that_makes_it(
    registered: Production, environment: str, made: dict[str, Any]
) -> None:
    """Without it a call of that job would have been denied."""
    decisions, policies = removal.read(Path(registered.account.environment["SANDBOX_STATE"]))
    own = f"{names.role(registered.project, f'ci-infra-{environment}')}/"
    needed = {one.action for one in removal.needed(decisions, policies) if own in one.document}
    assert needed >= MADE[environment][0]


def release(registered: Production, environment: str, *words: str) -> dict[str, Any]:
    """What the release of the version into an environment answers in its job."""
    command = ("release", environment, "--version", str(registered.good[0]), *words)
    session = registered.session(f"ci-release-{environment}", environment)
    ended = registered.start("pipeline", *command, **session).end(300)
    assert ended.code == 0, f"{ended.document}\n{ended.errors}"
    return ended.document


def endpoints(registered: Production, environment: str) -> list[dict[str, Any]]:
    """The endpoint of an environment, described; or none."""
    sagemaker, named = registered.account.client("sagemaker"), names.endpoint(registered.project, environment)
    listed = sagemaker.list_endpoints(NameContains=named)["Endpoints"]
    return [dict(sagemaker.describe_endpoint(EndpointName=one["EndpointName"])) for one in listed]


def record(registered: Production, environment: str) -> ledger.Record:
    """The only release in an environment's ledger."""
    table = names.ledger(registered.project, environment)
    found = registered.account.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
    [one] = [ledger.decode(item) for item in found if item["release"]["S"] != ledger.LOCK]
    return one
