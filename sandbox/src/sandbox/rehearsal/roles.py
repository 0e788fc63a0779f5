"""Which workflow job runs a verb: the role that the job takes, and what GitHub says of it in the token. Pure.

What the table does not have is done by a person or needs no account: the caller says which.
"""

from dataclasses import dataclass

from sandbox.rehearsal.identity import ENVIRONMENTS, REGISTRY, Identity

SERVICE, PLATFORM = "infra/service", "infra/platform"
MAIN = "refs/heads/main"
REFS = {"push": MAIN, "pull_request": "refs/pull/1/merge"}  # event → what its job checks out


@dataclass(frozen=True)
class Job:
    """A job of a workflow: its role `purpose` lives in `part`'s account.

    `environment` is the job's GitHub environment, which its token then names; `event` is what it runs for,
    a push to main or a pull request.
    """

    part: str
    purpose: str
    environment: str | None = None
    event: str = "push"


@dataclass(frozen=True)
class Administrator:
    """A person with all rights in the account of `part`."""

    part: str


Who = Job | Administrator | None  # None: no credentials at all

RETRAIN = Job(REGISTRY, "ci-retrain")
JOBS: dict[tuple[str, ...], Job] = {
    **{("pipeline", verb): RETRAIN for verb in ("image", "train", "evaluate", "gate", "register")},
    ("pipeline", "runs"): RETRAIN,  # a person's verb: no workflow runs it, and this role may read what it reads
    ("pipeline", "data", "push"): RETRAIN,
    ("pipeline", "data", "check", "--job"): RETRAIN,
    ("pipeline", "report"): Job(REGISTRY, "ci-report", event="pull_request"),
    **{("pipeline", "release", one): Job(one, f"ci-release-{one}", one) for one in ENVIRONMENTS},
    **{("pipeline", "rollback", one): Job(one, f"ci-rollback-{one}", "rollback") for one in ENVIRONMENTS},
    ("pipeline", "expire", "staging"): Job("staging", "ci-monitor-staging"),
    ("sandbox", "up", PLATFORM): Job(REGISTRY, "ci-infra", "infra"),
    **{("sandbox", "up", SERVICE, "--stack", one): Job(one, f"ci-infra-{one}", "infra") for one in ENVIRONMENTS},
}


def job(*words: str) -> Job:
    """The job that runs the command `words`. Raises LookupError when no workflow does."""
    for length in range(len(words), 0, -1):
        if found := JOBS.get(words[:length]):
            return found
    raise LookupError(f"no workflow runs `{' '.join(words)}`: say who does")


def title(who: Who) -> str:
    """Who it is, in a word: the role's purpose, `administrator` or `nobody`."""
    if isinstance(who, Job):
        return who.purpose
    return "administrator" if who else "nobody"


def claims(one: Job, identity: Identity) -> dict[str, str | int]:
    """What is particular to the job's token: the rest is the issuer's."""
    return {
        "repository": f"{identity.github_owner}/{identity.name}",
        "owner_id": identity.github_owner_id,
        "repository_id": identity.github_repository_id,
        "event": one.event,
        "ref": REFS[one.event],
        "environment": one.environment or "",
    }
