"""Whose a project's names are in an account: two repositories with projects of one name would share them."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from pipeline import names

# the parameter in which each stack publishes, among other facts, the repository that it is of
BEARERS = {names.REGISTRY: "registry", **dict.fromkeys(names.ENVIRONMENTS, "service")}


def repository(project: names.Project) -> str:
    """The project's repository on GitHub, OWNER/NAME."""
    return f"{project.github_owner}/{project.name}"


def published(project: names.Project, part: str) -> dict[str, str]:
    """What a part's stack and its verbs have published, by the parameter's name below the part's folder.

    A lookup by path answers with nothing where a lookup by name fails.
    """
    folder = names.parameter(project, names.stack(part))
    found = aws.ssm.get_parameters_by_path(path=folder, with_decryption=False)
    return {
        name.removeprefix(f"{folder}/"): value for name, value in zip(found.names, found.values, strict=True)
    }


def refuse_another(project: names.Project, part: str, here: str, facts: Mapping[str, str]) -> None:
    """Stop where a stack of that name is another repository's. Raises pulumi.RunError.

    GitHub does not tell capitals from small letters.
    """
    bearer = BEARERS[part]
    owner = json.loads(facts.get(bearer, "{}")).get("repository", repository(project))
    if owner.lower() != repository(project).lower():
        raise pulumi.RunError(
            f"account {here} has a project {project.name} already, of {owner}: write another name in "
            f"project.toml; or, if the repository has moved, delete the parameter "
            f"{names.parameter(project, names.stack(part), bearer)}, which this stack then makes again"
        )
