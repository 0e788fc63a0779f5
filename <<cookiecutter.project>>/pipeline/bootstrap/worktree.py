"""The commit that everything is made from, here and on GitHub."""

import subprocess
from pathlib import Path

from pipeline import github, names, tree
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import State, Step, done, person, todo
from pipeline.checks.identity import PARTS
from pipeline.errors import UserError

# what the steps write: numbers, and how each stack's secrets are encrypted
WRITTEN = (
    "project.toml",
    *(f"infra/{names.program(part)}/Pulumi.{names.stack(part)}.yaml" for part in PARTS),
)
# gh's own way of letting git push: https://cli.github.com/manual/gh_auth_setup-git
HELPER = (
    "-c",
    "credential.https://github.com.helper=",
    "-c",
    "credential.https://github.com.helper=!gh auth git-credential",
)
SHORT = 12


def committing(asked: Asked) -> Step:
    """The step of the first commit."""
    return Step(
        "git",
        lambda: look(asked.root),
        [f"git init -b {tree.MAIN} && git add --all && git commit -m 'Start'"],
        lambda: start(asked.root),
        holds=True,
    )


def recording(asked: Asked) -> Step:
    """The step of committing what the steps before have written."""
    return Step(
        "record",
        lambda: look_written(asked.root),
        [f"git commit -m 'Add the stacks' -- {' '.join(WRITTEN)}"],
        lambda: record(asked.root),
        holds=True,
    )


def pushing(asked: Asked) -> Step:
    """The step of having main on GitHub, where it is the default branch."""
    return Step(
        "push",
        lambda: look_pushed(asked),
        [
            f"git push {asked.page}.git {tree.MAIN}",
            f"gh repo edit {asked.repository} --default-branch {tree.MAIN}",
        ],
        lambda: push(asked),
        "the permission Contents: write, and Workflows: write",
        holds=True,
    )


def look(root: Path) -> State:
    """Whether the project is a commit on main."""
    found = tree.read(root)
    if found.commit is None:
        return todo(f"{root.name} will be committed to a branch {tree.MAIN}")
    if found.branch != tree.MAIN:
        return person(f"the branch {found.branch} is checked out", f"git switch {tree.MAIN}")
    return done(f"{found.commit[:SHORT]} on {tree.MAIN}")


def start(root: Path) -> None:
    """Make it a repository where it is none, and commit everything. Raises UserError."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet", f"--initial-branch={tree.MAIN}")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Start")


def look_written(root: Path) -> State:
    """Whether what the steps wrote is committed."""
    if not (root / ".git").exists():
        return todo("what the steps write will be committed")
    changed = git(root, "status", "--porcelain", "--", *WRITTEN)
    if changed:
        return todo(f"{', '.join(line[3:] for line in changed.splitlines())} will be committed")
    return done("what the steps wrote is committed")


def record(root: Path) -> None:
    """Commit it, and nothing else that may differ. Raises UserError."""
    there = [one for one in WRITTEN if (root / one).exists()]
    git(root, "add", "--", *there)
    git(root, "commit", "--quiet", "--message", "Add the stacks", "--", *there)


def look_pushed(asked: Asked) -> State:
    """Whether main on GitHub is main here, and the branch that GitHub shows first.

    https://docs.github.com/en/rest/branches/branches#get-a-branch
    """
    mine, found = tree.commit(asked.root, tree.MAIN), github.find(asked.api(f"/branches/{tree.MAIN}"))
    if found is None:
        return todo(f"{tree.MAIN} will be pushed, which starts the workflow retrain")
    theirs = found["commit"]["sha"]
    if theirs == mine:
        if (github.find(asked.api()) or {}).get("default_branch") != tree.MAIN:
            return todo(f"{tree.MAIN} will be the default branch")
        return done(f"{theirs[:SHORT]} is {tree.MAIN} on GitHub")
    if tree.commit(asked.root, theirs) is None or not inside(asked.root, theirs, tree.MAIN):
        return person(
            f"{tree.MAIN} on GitHub is {theirs[:SHORT]}, which {tree.MAIN} here does not have",
            f"git pull --rebase {asked.page}.git {tree.MAIN}",
        )
    if ruled(asked):
        return person(
            f"{tree.MAIN} here is ahead of GitHub's, which takes pull requests alone",
            "git switch -c a-name, push it, and open a pull request: gh pr create",
        )
    return todo(f"{tree.MAIN} will be pushed")


def ruled(asked: Asked) -> bool:
    """Whether main takes pull requests alone; where the owner's plan has no rules, it does not."""
    try:
        rules = github.find(asked.api(f"/rules/branches/{tree.MAIN}")) or []
    except github.GithubError as error:
        if error.status != 403:
            raise
        return False
    return any(one["type"] == "pull_request" for one in rules)


def push(asked: Asked) -> None:
    """Push main with gh's credentials, and have GitHub show it first. Raises UserError.

    https://docs.github.com/en/rest/repos/repos#update-a-repository
    """
    git(asked.root, *HELPER, "push", "--quiet", f"{asked.page}.git", f"{tree.MAIN}:refs/heads/{tree.MAIN}")
    if github.api("GET", asked.api())["default_branch"] != tree.MAIN:
        github.api("PATCH", asked.api(), {"default_branch": tree.MAIN})
    if not git(asked.root, "remote"):
        git(asked.root, "remote", "add", "origin", f"{asked.page}.git")


def inside(root: Path, commit: str, branch: str) -> bool:
    """Whether a branch here has a commit that is here."""
    return bool(git(root, "branch", "--list", branch, "--contains", commit))


def git(root: Path, *words: str) -> str:
    """What git prints. Raises UserError with what it says."""
    try:
        done = subprocess.run(  # noqa: S603  # fixed program, no shell
            ["git", *words],  # noqa: S607  # the user's own git
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise UserError("there is no git on the PATH: install it") from error
    if done.returncode:
        raise UserError(f"git {words[-1]}: {' '.join((done.stderr or done.stdout).split())}")
    return done.stdout.rstrip("\n")
