"""Whether GitHub starts a workflow for an event, which act does not ask. Pure.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
has the filters and, in its filter pattern cheat sheet, the patterns; of several the last one that fits decides.
"""

import re
from collections.abc import Iterable, Sequence

from workflows.events import Event
from workflows.workflow import Workflow

# https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
TYPES = {"pull_request": ["opened", "synchronize", "reopened"]}
KNOWN = {"branches", "branches-ignore", "cron", "inputs", "paths", "paths-ignore", "types"}
TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\+|\[[^\]]*\]|\\.|.", re.DOTALL)
MEANS = {"**/": "(.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}


def starts(workflow: Workflow, event: Event, changed: Iterable[str] = ()) -> bool:
    """Whether an event that has changed these files starts a workflow. Raises ValueError for a filter it has not."""
    if event.name not in workflow.on:
        return False
    filters = workflow.on[event.name]
    if not isinstance(filters, dict):  # a schedule is a list of times
        return True
    if unknown := set(filters) - KNOWN:
        raise ValueError(f"the filter {', '.join(unknown)} of {workflow.path.name} is not known here: add it")
    types = filters.get("types", TYPES.get(event.name))
    if types and event.payload.get("action") not in types:
        return False
    return _branch(filters, branch(event)) and _paths(filters, list(changed))


def branch(event: Event) -> str:
    """The branch that a filter asks about: the one pushed, or the one that a pull request is for."""
    if pulled := event.payload.get("pull_request"):
        return str(pulled["base"]["ref"])
    return event.ref.removeprefix("refs/heads/")


def _branch(filters: dict[str, list[str]], name: str) -> bool:
    if "branches" in filters and not chosen(filters["branches"], name):
        return False
    return not chosen(filters.get("branches-ignore", ()), name)


def _paths(filters: dict[str, list[str]], changed: Sequence[str]) -> bool:
    """One changed file that fits is enough; with `paths-ignore`, one that is not ignored."""
    if "paths" in filters:
        return any(chosen(filters["paths"], path) for path in changed)
    if "paths-ignore" in filters:
        return any(not chosen(filters["paths-ignore"], path) for path in changed)
    return True


def chosen(patterns: Iterable[str], name: str) -> bool:
    """Whether a list of patterns, of which some take back with `!`, has the name."""
    found = False
    for pattern in patterns:
        if re.fullmatch(expression(pattern.removeprefix("!")), name):
            found = not pattern.startswith("!")
    return found


def expression(pattern: str) -> str:
    """A pattern of GitHub's as a regular expression."""
    return "".join(
        MEANS.get(token, token if token[0] in "[\\" else re.escape(token)) for token in TOKENS.findall(pattern)
    )
