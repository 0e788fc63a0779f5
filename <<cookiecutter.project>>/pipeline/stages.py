"""The stage of its life that a version is in, and the one rule by which it moves. Pure.

None → Staging → Production; Archived when another version takes its place, Rejected when it fails. A stage is
text of the project's own (API shape ModelLifeCycle); no stage is a package without a life cycle, which AWS
gives a new version and takes from none.
"""

from collections.abc import Mapping
from typing import TypeVar

from pipeline import verdict
from pipeline.verdict import Outcome

NONE, STAGING, PRODUCTION, ARCHIVED, REJECTED = "None", "Staging", "Production", "Archived", "Rejected"
SERVING = {"staging": STAGING, "production": PRODUCTION}  # the stage of what an environment serves
# AWS wants a status beside each stage, and proposes these words:
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-staging-construct-set-up.html
STATUS = {STAGING: "Approved", PRODUCTION: "Approved", ARCHIVED: "Retired", REJECTED: "Rejected"}

Key = TypeVar("Key")


def failed(outcome: Outcome) -> bool:
    """Whether an outcome speaks against the version: what it did, not its surroundings or who was absent."""
    return outcome.cause in (verdict.JUDGE, verdict.BACKSTOP, verdict.CONTRACT)


def moves(environment: str, version: Key, outcome: Outcome, present: Mapping[Key, str]) -> dict[Key, str]:
    """Which versions move, and where to, once a release or rollback of `version` has ended.

    `present` has the stage of every version. What was at the stage before is archived, forward and back
    alike; what production serves stays at Production, wherever else it is released.
    """
    stage = SERVING[environment]
    if failed(outcome):
        wanted = {version: REJECTED}
    elif not outcome.promoted or (stage, present.get(version)) == (STAGING, PRODUCTION):
        wanted = {}
    else:
        wanted = {version: stage}
    if outcome.promoted:
        wanted = {one: ARCHIVED for one, at in present.items() if at == stage and one != version} | wanted
    return {one: to for one, to in wanted.items() if present.get(one, NONE) != to}
