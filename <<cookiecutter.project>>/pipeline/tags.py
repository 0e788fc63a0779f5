"""What everything on AWS is tagged with, by the stacks and by the verbs alike.

A value has at most 256 letters, digits, spaces and `+ - = . _ : / @`, which an e-mail address keeps to:
https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
`commit` is the one that a thing was made from, and then stays.
"""

from collections.abc import Mapping

from pipeline import names, tree

KEYS = ("project", "environment", "owner", "commit")


def of(project: names.Project, part: str, commit: str | None) -> dict[str, str]:
    """The tags of what is made for `part`, an environment or names.REGISTRY. Pure."""
    values = (project.name, names.stack(part), project.owner_email, commit or "none")
    return dict(zip(KEYS, values, strict=True))


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as SageMaker, CloudWatch and Systems Manager take them (API shape Tag). Pure."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def present(part: str, **more: str) -> list[dict[str, str]]:
    """The tags of what a verb makes for `part` from the present tree, and `more`."""
    return pairs({**of(names.project(), part, tree.read().commit), **more})
