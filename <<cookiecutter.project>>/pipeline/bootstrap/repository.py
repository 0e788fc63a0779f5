"""The repository on GitHub: whose it is, and how GitHub spells it in the tokens of its jobs.

https://docs.github.com/en/rest/repos/repos, https://docs.github.com/en/rest/actions/oidc.
"""

import re
import shutil
from typing import Any

from infra.policies import trust
from pipeline import github, names
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import State, Step, done, person, todo
from pipeline.errors import UserError

NUMBERED = "2026-07-15"  # tokens of repositories made since then carry numbers
PREFIX = re.compile(r"repo:[^/@:]+(?:@(\d+))?/[^/@:]+(?:@(\d+))?")
KEYS = ("github_owner_id", "github_repository_id")


def steps(asked: Asked) -> list[Step]:
    """Sign in, have a repository, have its default subject, know its numbers."""
    subject = asked.api(SUBJECT)
    return [
        Step("gh", lambda: signed_in(asked), ["gh auth login"], holds=True),
        Step(
            "repository",
            lambda: look(asked),
            [f"gh repo create {asked.repository} --{visibility(asked)}, or https://github.com/new, empty"],
            lambda: create(asked),
            "the permission to create repositories",
            holds=True,
        ),
        Step(
            "token's subject",
            lambda: look_subject(asked),
            [f"gh api --method PUT {subject} --field use_default=true"],
            lambda: github.api("PUT", asked.api(SUBJECT), {"use_default": True}),
            "the permission Actions: write",
        ),
        Step(
            "repository's numbers",
            lambda: look_numbers(asked),
            [
                f"gh api {subject} --jq .sub_claim_prefix: with numbers, repo:OWNER@1/NAME@2",
                f"write them into project.toml as {' and '.join(KEYS)}, else 0",
            ],
            lambda: write_numbers(asked),
        ),
    ]


SUBJECT = "/actions/oidc/customization/sub"


def visibility(asked: Asked) -> str:
    """The word for who sees a repository that is made."""
    return "public" if asked.public else "private"


def signed_in(asked: Asked) -> State:
    """Whether there is a gh that GitHub knows. https://docs.github.com/en/rest/users/users."""
    if shutil.which("gh") is None:
        return person("there is no gh on the PATH", "https://cli.github.com says how to get it")
    try:
        return done(f"signed in as {github.api('GET', 'user')['login']}")
    except github.GithubError as error:
        return person(f"gh cannot ask GitHub: {error}", "gh auth login")


def look(asked: Asked) -> State:
    """Whether it is there, is what project.toml names, and is ours to set up."""
    found = github.find(asked.api())
    if found is None:
        return todo(f"there is no {asked.repository} that gh may see: it will be made, {visibility(asked)}")
    if found["full_name"].lower() != asked.repository.lower():  # GitHub leads on from the name before a move
        return person(
            f"{asked.repository} has moved to {found['full_name']}",
            "write github_owner and name of project.toml as GitHub has them, or free the name",
        )
    if not found.get("permissions", {}).get("admin", False):
        return person(
            f"whoever gh is signed in as is no administrator of {asked.repository}",
            "ask one of its administrators to run this, or to make you one",
        )
    return done(f"{found['full_name']}, {'private' if found['private'] else 'public'}")


def create(asked: Asked) -> None:
    """Make it, empty: of whoever gh is signed in as, else of the organisation.

    https://docs.github.com/en/rest/repos/repos#create-a-repository-for-the-authenticated-user and
    #create-an-organization-repository.
    """
    project = asked.project
    own = github.api("GET", "user")["login"].lower() == project.github_owner.lower()
    asks = {"name": project.name, "description": project.description, "private": not asked.public}
    try:
        github.api("POST", "user/repos" if own else f"orgs/{project.github_owner}/repos", asks)
    except github.GithubError as error:
        if error.status != 404:
            raise
        raise UserError(
            f"GitHub has no organisation {project.github_owner} that gh may see: write another github_owner "
            f"in project.toml, or sign in as {project.github_owner}"
        ) from error


def look_subject(asked: Asked) -> State:
    """Whether the tokens' subject is GitHub's default, which the roles' trust compares."""
    found = github.find(asked.api(SUBJECT))
    if found is None:
        return todo("the default will be asked for")
    if found["use_default"]:
        return done("GitHub's default")
    keys = ", ".join(found.get("include_claim_keys") or ["as the organisation says"])
    return todo(f"it is made of {keys}, which no role trusts: the default will be asked for")


def look_numbers(asked: Asked) -> State:
    """Whether project.toml has the numbers that tokens carry."""
    wanted = numbers(asked)
    project = asked.project
    have = tuple(getattr(project, key) for key in KEYS)
    if wanted is None:
        return todo("they are known once the repository is there")
    if have == wanted:
        return done(trust.subject(project, "…") if any(wanted) else "its tokens carry none")
    return todo(f"{' and '.join(KEYS)} of project.toml become {wanted[0]} and {wanted[1]}")


def numbers(asked: Asked) -> tuple[int, int] | None:
    """The owner's and the repository's number as in GitHub's tokens, twice 0 for none; None: no repository.

    How GitHub spells the repository is told beside the subject; where it is not, by when it was made.
    """
    found = github.find(asked.api())
    if found is None:
        return None
    return spelled(found, github.find(asked.api(SUBJECT)) or {})


def spelled(repository: dict[str, Any], subject: dict[str, Any]) -> tuple[int, int]:
    """The numbers, of what GitHub says of a repository and of its tokens' subject. Pure."""
    if known := PREFIX.fullmatch(subject.get("sub_claim_prefix") or ""):
        owner, name = known.groups()
        return (int(owner), int(name)) if owner and name else (0, 0)
    if repository["created_at"] < NUMBERED:
        return 0, 0
    return int(repository["owner"]["id"]), int(repository["id"])


def write_numbers(asked: Asked) -> None:
    """Write them into project.toml, and leave the rest of it as it is."""
    path, found = asked.root / "project.toml", numbers(asked)
    if found is None:
        raise UserError(f"there is no {asked.repository} yet: run the same command again once there is")
    text = path.read_text()
    for key, number in zip(KEYS, found, strict=True):
        line = f"{key} = {number}"
        text, known = re.subn(rf"^{key}\s*=.*$", line, text, flags=re.MULTILINE)
        if not known:  # before the first table, whose keys come after it
            text = re.sub(r"^github_owner\s*=.*$", rf"\g<0>\n{line}", text, count=1, flags=re.MULTILINE)
    path.write_text(text)
    names.project(asked.root)
