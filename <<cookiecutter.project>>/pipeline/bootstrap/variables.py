"""The repository's variables: where AWS is, and the role of each job. None is a secret.

https://docs.github.com/en/rest/actions/variables
"""

from collections.abc import Collection, Mapping

from infra.policies import trust
from infra.policies.documents import Place, around
from pipeline import aws, github, names
from pipeline.bootstrap import backend
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import State, Step, done, person, todo
from pipeline.checks import identity
from pipeline.checks.identity import PARTS

PAGE = 30  # the most that GitHub gives at once
VARIABLES = "/actions/variables"
FEW = 3  # so many are named one by one
UNKNOWN = "ACCOUNT"  # stands for an account's id where nobody has said it


def step(asked: Asked) -> Step:
    """The step of writing them."""
    shown = wanted(around(asked.project, UNKNOWN), PARTS)
    return Step(
        "variables",
        lambda: look(asked),
        [f"gh variable set {name} --body '{value}'" for name, value in shown.items()],
        lambda: write(asked),
        "the permission Variables: write",
        holds=True,
    )


def variable(purpose: str) -> str:
    """The variable that has a role's ARN, such as ROLE_RELEASE_STAGING."""
    return "ROLE_" + purpose.removeprefix("ci-").replace("-", "_").upper()


def of(place: Place, part: str) -> dict[str, str]:
    """The variables of the roles that a part's stack makes for jobs. Pure."""
    purposes = [one for one in trust.workflows(place, part) if one.startswith("ci-")]
    suffix = "" if part == names.REGISTRY else f"-{part}"
    return {variable(one + suffix): place.role(one + suffix, part) for one in purposes}


def wanted(place: Place, parts: Collection[str]) -> dict[str, str]:
    """Every variable of these parts, and the two that all have in common."""
    found = {"AWS_REGION": place.project.region, "PULUMI_BACKEND_URL": backend.url(place)}
    for part in parts:
        found |= of(place, part)
    return found


def there(asked: Asked) -> Mapping[str, str]:
    """The variables that the repository has; none where there is no repository."""
    found: dict[str, str] = {}
    for page in range(1, 100):
        answer = github.find(asked.api(f"{VARIABLES}?per_page={PAGE}&page={page}"))
        listed = answer["variables"] if answer else []
        found |= {one["name"]: one["value"] for one in listed}
        if answer is None or not listed or len(found) >= answer["total_count"]:
            break
    return found


def missing(asked: Asked, parts: Collection[str]) -> dict[str, str]:
    """The variables of these parts that the repository lacks, or has otherwise."""
    have = there(asked)
    return {name: value for name, value in wanted(asked.place, parts).items() if have.get(name) != value}


def look(asked: Asked) -> State:
    """Whether each is there and right; those of an account that is out of reach are another run's."""
    here, place = aws.account(), asked.place
    lacking = missing(asked, PARTS)
    ours = identity.parts(place.project, here)
    if due := [name for name in wanted(place, ours) if name in lacking]:
        few = ", ".join(due) if len(due) <= FEW else f"{len(due)}, from {due[0]} to {due[-1]}"
        return todo(f"missing or otherwise: {few}")
    if lacking:
        elsewhere = sorted({place.accounts[part] for part in PARTS} - {here})
        return person(
            f"{', '.join(lacking)} wait for stacks of other accounts",
            f"sign in to {' and to '.join(elsewhere)}, and run the same command again each time",
        )
    return done(f"{len(wanted(place, PARTS))} are there")


def write(asked: Asked) -> None:
    """Write those that are missing or wrong, of the accounts that the credentials reach.

    https://docs.github.com/en/rest/actions/variables#create-a-repository-variable,
    https://docs.github.com/en/rest/actions/variables#update-a-repository-variable
    """
    here, have, place = aws.account(), there(asked), asked.place
    ours = identity.parts(place.project, here)
    for name, value in wanted(place, ours).items():
        body = {"name": name, "value": value}
        if name not in have:
            github.api("POST", asked.api(VARIABLES), body)
        elif have[name] != value:
            github.api("PATCH", asked.api(f"{VARIABLES}/{name}"), body)
