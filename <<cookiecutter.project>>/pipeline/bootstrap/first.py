"""What begins by itself once main is on GitHub, and what people do until the first release."""

import time
from functools import partial

from pipeline import aws, endpoint, github, ledger, names, policy, tree
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import State, Step, done, person, todo
from pipeline.checks import serving
from pipeline.checks.finding import FAIL
from pipeline.sections import BY_HAND

RETRAIN = "/actions/workflows/retrain.yml"
PATIENCE_SECONDS, POLL_SECONDS = 60, 5  # for the run that a push starts to be listed
LIVE = "production"


def training(asked: Asked) -> Step:
    """The step of the first model: the push starts it, and only where it did not, this does."""
    return Step(
        "first model",
        lambda: look_training(asked),
        [f"gh workflow run retrain.yml --repo {asked.repository} --ref {tree.MAIN}, where the push has not"],
        lambda: start(asked),
        "the permission Actions: write",
    )


def people(asked: Asked) -> list[Step]:
    """What is left to people, in the order in which it comes. Raises UserError."""
    mails = Step("mails", lambda: look_mails(asked), [MAILS])
    if policy.load().approval.form == BY_HAND:
        return [mails, Step("first release", lambda: look_release(asked, SERVED, PRESS), [PRESS])]
    gates = [
        Step(f"approval: {name}", partial(look_release, asked, at, says), [says])
        for name, at, says in APPROVALS
    ]
    return [mails, *gates]


MAILS = "follow the link in the mails of AWS Notifications: one of staging, one of production"
PRESS = "Actions, release, Run workflow: the version that staging serves, production ticked"
PREPARED, MADE, SERVED = range(1, 4)
APPROVALS = (  # each waits in the one run of the first release: Actions, release, Review deployments
    ("release", PREPARED, "Actions, release, Review deployments: production, to prepare the version"),
    ("endpoint", MADE, "Actions, release, Review deployments: infra-production, to make the endpoint"),
    ("verification", SERVED, "Actions, release, Review deployments: production, to verify what it serves"),
)


def look_training(asked: Asked) -> State:
    """Whether the workflow retrain has ever run.

    https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
    """
    count = _runs(asked)
    if count:
        return done(f"retrain has run, or runs: {asked.page}/actions")
    return todo("retrain will train and register it, and start release")


def start(asked: Asked) -> None:
    """Wait for the run that the push starts; where there is none, start one.

    https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
    """
    if not _appears(asked):
        github.api("POST", asked.api(f"{RETRAIN}/dispatches"), {"ref": tree.MAIN})
        _appears(asked)


def _appears(asked: Asked) -> bool:
    """Whether a run is listed within PATIENCE_SECONDS."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (there := _runs(asked)) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    return bool(there)


def look_mails(asked: Asked) -> State:
    """Whether somebody hears of the alarms, of the environments whose account the credentials reach."""
    here, place, waiting = aws.account(), asked.place, []
    for environment in names.ENVIRONMENTS:
        if place.accounts[environment] != here:
            continue
        found = serving.look(asked.project, environment, here)
        waiting += [one.found for one in found if one.subject == serving.TOPIC and one.level == FAIL]
    if waiting:
        return person("; ".join(waiting), f"{MAILS} (they arrive at {asked.project.owner_email})")
    return done("the alarms are heard")


def look_release(asked: Asked, wanted: int, says: str) -> State:
    """Whether production's first release has come as far. Raises ClientError."""
    if asked.place.accounts[LIVE] != aws.account():
        return person(f"{LIVE} is in an account that the credentials do not reach", says)
    reached = stage(asked)
    if reached >= wanted:
        return done(("", "a version is prepared", "there is an endpoint", f"{LIVE} serves")[wanted])
    return person(f"{LIVE} serves nothing yet", f"{says} ({asked.page}/actions)")


def stage(asked: Asked) -> int:
    """How far production's first release has come: 0, PREPARED, MADE or SERVED. Raises ClientError."""
    project = asked.project
    if endpoint.describe(names.endpoint(project, LIVE)):
        promoted = any(one.state == ledger.PROMOTED for one in ledger.records(names.ledger(project, LIVE)))
        return SERVED if promoted else MADE
    parameter = names.parameter(project, LIVE, "first-configuration")
    return PREPARED if aws.find(aws.client("ssm").get_parameter, Name=parameter) else 0


def _runs(asked: Asked) -> int:
    found = github.find(asked.api(f"{RETRAIN}/runs?per_page=1"))
    return int(found["total_count"]) if found else 0
