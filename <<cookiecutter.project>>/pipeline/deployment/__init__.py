"""`pipeline deployment`: GitHub shows each version where it is, with what really became of its release."""

from urllib.parse import quote

from pipeline import endpoint, github, ledger, names, registry, settings
from pipeline.command import ENVIRONMENT, Answer, Document, verb
from pipeline.deployment import wanted
from pipeline.github import GithubError
from pipeline.ledger import Record

KEPT = 10  # GitHub's newest deployments that are put right; older ones were


@verb("deployment", "pipeline deployment production")
@ENVIRONMENT
def command(environment: str) -> Answer:
    """Tell GitHub what became of ENVIRONMENT's releases: a deployment for each, in the endpoint's name.

    Success is the one whose version is served now, by the ledger and the endpoint, inactive is what was
    served before it, failure what was taken back. It may be run at any time, and changes nothing but that.
    A GitHub that refuses is a warning: what is served does not depend on it.
    """
    name = names.endpoint(names.project(), environment)
    described = endpoint.describe(name)
    history = ledger.records(names.ledger(names.project(), environment))
    serving = wanted.live(history, described["EndpointConfigName"] if described else None)
    try:
        told = _told(history, serving, name, environment)
    except GithubError as error:
        return Answer({"environment": environment, "told": [], "error": str(error)}, warning=str(error))
    lines = [f"{release}: {state}" for release, state in told.items()]
    document = {"environment": environment, "told": told, "error": None}
    return Answer(document, lines or [f"GitHub knows of {environment} what is true: nothing to do"])


def _told(history: list[Record], serving: Record | None, name: str, environment: str) -> dict[str, str]:
    """Put GitHub's newest deployments right, and make those of the newest release and of the live one.

    https://docs.github.com/en/rest/deployments/deployments, with the permission `deployments: write`.
    """
    place = f"repos/{github.repository()}/deployments"
    listed: list[Document] = github.api("GET", f"{place}?environment={quote(name)}&per_page={KEPT}")
    known = {wanted.released(one): one["id"] for one in listed}
    told = {}
    for record in history:
        if record in (history[0], serving) and record.release not in known:
            made = github.api("POST", place, wanted.request(record, name, _commit(record, environment)))
            known[record.release] = made["id"]
        if record.release in known and _become(f"{place}/{known[record.release]}/statuses", record, serving):
            told[record.release] = wanted.state(record, serving)
    return told


def _become(statuses: str, record: Record, serving: Record | None) -> bool:
    """Give a deployment the status that is true, unless it has it; whether it was given one."""
    status = wanted.status(record, serving)
    newest = github.api("GET", f"{statuses}?per_page=1")
    if newest and all(newest[0].get(key) == status[key] for key in ("state", "description")):
        return False
    github.api("POST", statuses, status)
    return True


def _commit(record: Record, environment: str) -> str:
    """The commit that a version was made of."""
    group = settings.service(environment).model_package_group
    made = registry.get(group, record.version).properties
    return made.get("serve_commit") or made.get("commit") or "main"
