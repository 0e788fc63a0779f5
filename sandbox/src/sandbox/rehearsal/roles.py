"""Which workflow job runs a verb: the role that the job takes, and what GitHub says of it in the token. Pure.

What the table does not have is done by a person or needs no account: the caller says which.
"""

from dataclasses import dataclass, replace

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
RELEASE = {one: Job(one, f"ci-release-{one}", one) for one in ENVIRONMENTS}
ROLLBACK = {one: Job(one, f"ci-rollback-{one}", "rollback") for one in ENVIRONMENTS}
MONITOR = {one: Job(one, f"ci-monitor-{one}") for one in ENVIRONMENTS}
INFRA = {
    "platform": Job(REGISTRY, "ci-infra", "infra"),
    "staging": Job("staging", "ci-infra-staging", "infra"),
    "production": Job("production", "ci-infra-production", "infra-production"),
}
LOOK = {"platform": Job(REGISTRY, "ci-preview"), **{one: Job(one, f"ci-preview-{one}") for one in ENVIRONMENTS}}
JOBS: dict[tuple[str, ...], Job] = {
    **{("pipeline", verb): RETRAIN for verb in ("due", "changed", "image", "train", "evaluate", "gate", "register")},
    ("pipeline", "runs"): RETRAIN,  # a person's verb: no workflow runs it, and this role may read what it reads
    ("pipeline", "data", "push"): RETRAIN,
    ("pipeline", "data", "ingest"): RETRAIN,
    ("pipeline", "data", "check", "--job"): RETRAIN,
    ("pipeline", "report"): Job(REGISTRY, "ci-report", event="pull_request"),
    **{("pipeline", "stack", "preview", one): replace(job, event="pull_request") for one, job in LOOK.items()},
    **{("pipeline", "stack", "drift", one): job for one, job in LOOK.items()},
    **{("pipeline", "release", one): job for one, job in RELEASE.items()},
    **{("pipeline", "explain", one): job for one, job in RELEASE.items()},
    **{("pipeline", "deployment", one): job for one, job in RELEASE.items()},
    **{("pipeline", "rollback", one): job for one, job in ROLLBACK.items()},
    **{("pipeline", "reconcile", one): job for one, job in MONITOR.items()},
    ("pipeline", "expire", "staging"): MONITOR["staging"],
    ("pipeline", "monitor", "production"): MONITOR["production"],
    **{("pipeline", "stack", "up", one): job for one, job in INFRA.items()},
    ("sandbox", "up", PLATFORM): INFRA["platform"],
    **{("sandbox", "up", SERVICE, "--stack", one): INFRA[one] for one in ENVIRONMENTS},
}
# what other jobs run besides
BESIDES: dict[tuple[str, ...], tuple[Job, ...]] = {
    ("pipeline", "stack", "preview", "production"): (LOOK["production"],),  # before a person lets main change it
    **{("pipeline", "reconcile", one): (RELEASE[one],) for one in ENVIRONMENTS},
    **{("pipeline", "explain", one): (ROLLBACK[one],) for one in ENVIRONMENTS},
    **{("pipeline", "deployment", one): (ROLLBACK[one], MONITOR[one]) for one in ENVIRONMENTS},
}


def job(*words: str) -> Job:
    """The job that runs the command `words`. Raises LookupError when no workflow does."""
    return JOBS[_known(*words)]


def jobs(*words: str) -> set[Job]:
    """Every job that runs the command `words`, where several do. Raises LookupError."""
    known = _known(*words)
    return {JOBS[known], *BESIDES.get(known, ())}


def _known(*words: str) -> tuple[str, ...]:
    for length in range(len(words), 0, -1):
        if words[:length] in JOBS:
            return words[:length]
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
