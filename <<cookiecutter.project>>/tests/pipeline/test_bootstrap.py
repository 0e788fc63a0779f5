"""From an empty GitHub repository and a founded account to the first push, whatever comes in between."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import github
from pipeline.__main__ import run
from pipeline.bootstrap import account, plan, worktree
from pipeline.bootstrap.asked import Asked
from pipeline.checks import roles, stacks
from pipeline.checks.finding import Finding, fail, ok
from tests.pipeline.known_bootstrap import REPOSITORY, Empty, git

Capture = pytest.CaptureFixture[str]
Document = dict[str, Any]
APPROVALS = [f"approval: {one}" for one in ("release", "endpoint", "verification")]


@pytest.fixture
def bootstrap(capsys: Capture) -> Callable[..., Document]:
    """A function that runs the verb with some words; its document."""

    def call(*words: str, code: int = 0) -> Document:
        capsys.readouterr()
        ended = run(["bootstrap", "--json", *words])
        told = capsys.readouterr()
        assert ended == code, told.err + told.out
        return dict(json.loads(told.out))

    return call


def kinds(document: Document) -> dict[str, str]:
    """The state of each step."""
    return {one["step"]: one["kind"] for one in document["steps"]}


def test_a_plan_changes_nothing(empty: Empty, bootstrap: Callable[..., Document]) -> None:
    """Neither on GitHub, in AWS, nor here."""
    told = bootstrap("--plan")
    assert told["counts"] == {"done": 3, "to do": 19, "a person": 4}
    assert (empty.written(), empty.ups, (empty.project / ".git").exists()) == ([], [], False)


def test_it_makes_everything(empty: Empty, bootstrap: Callable[..., Document]) -> None:
    """What is left is people's: production's first release, which waits for approval."""
    told = kinds(bootstrap("--yes"))
    assert [name for name, kind in told.items() if kind != "done"] == APPROVALS
    assert empty.ups == ["registry", "staging", "production"]


def test_a_second_run_changes_nothing(empty: Empty, bootstrap: Callable[..., Document]) -> None:
    """It says that everything is there."""
    bootstrap("--yes")
    made, requests, ups = empty.told(), empty.written(), list(empty.ups)
    told = bootstrap("--yes")
    assert told["counts"]["to do"] == 0
    assert (empty.told(), empty.written(), empty.ups) == (made, requests, ups)


def test_the_first_push_is_after_what_its_workflows_need(
    empty: Empty, bootstrap: Callable[..., Document]
) -> None:
    """And before the rules of main, which would refuse it; the branch is the default one by then."""
    bootstrap("--yes")
    requests = empty.written()
    pushed = requests.index(f"PATCH repos/{REPOSITORY}")
    assert [one for one in requests[pushed:] if "variables" in one or "environments" in one] == []
    assert requests.index(f"POST repos/{REPOSITORY}/rulesets") > pushed


def test_roles_trust_the_repositorys_numbers_from_the_start(
    empty: Empty, bootstrap: Callable[..., Document]
) -> None:
    """They are in project.toml before the first stack, and committed with what the stacks wrote."""
    bootstrap("--yes")
    assert "github_owner_id = 7\n" in (empty.project / "project.toml").read_text()
    assert git(empty.bare, "log", "--format=%s", "main").splitlines() == ["Add the stacks", "Start"]
    assert "github_repository_id = 1234" in git(empty.bare, "show", "main:project.toml")


def interrupted(monkeypatch: pytest.MonkeyPatch, after: int) -> list[str]:
    """Have the run end after so many things that change something, in whatever step; the things so far."""
    done: list[str] = []

    def counted(name: str, call: Callable[..., Any], changes: Callable[..., bool]) -> Callable[..., Any]:
        def called(*arguments: Any) -> Any:
            answer = call(*arguments)
            if changes(*arguments):
                done.append(f"{name} {' '.join(map(str, arguments[:2]))}")
                if len(done) == after:
                    raise KeyboardInterrupt
            return answer

        return called

    monkeypatch.setattr(github, "api", counted("gh", github.api, lambda method, *_: method != "GET"))
    changes = lambda _, *words: bool({"init", "add", "commit", "push"} & {*words})  # noqa: E731
    monkeypatch.setattr(worktree, "git", counted("git", worktree.git, changes))
    monkeypatch.setattr(account, "apply", counted("up", account.apply, lambda *_: True))
    return done


THINGS = 41  # that a run changes: requests to GitHub, stacks, git
ALIKE = range(13, 26)  # of the variables, those between the first ones and the last


@pytest.fixture
def remembered(empty: Empty, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the stacks made is not asked for call by call: they are there once they were applied."""

    def look(root: Path, _: object, part: str) -> list[Finding]:
        return [ok("roles", "there") if part in empty.ups else fail("roles", "missing", "make up")]

    monkeypatch.setattr(stacks, "look", lambda *_: [])
    monkeypatch.setattr(roles, "look", look)


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("after", sorted({*range(1, THINGS + 1)} - {*ALIKE}))
def test_interrupted_and_run_again_it_ends_the_same(
    empty: Empty, bootstrap: Callable[..., Document], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Whatever was the last thing that it did."""
    with monkeypatch.context() as patched:
        done = interrupted(patched, after)
        bootstrap("--yes", code=130)
        assert len(done) == after
    told = bootstrap("--yes")
    assert [name for name, kind in kinds(told).items() if kind != "done"] == APPROVALS
    assert empty.repeated() == []
    assert git(empty.bare, "log", "--format=%s", "main").splitlines() == ["Add the stacks", "Start"]


def test_every_thing_is_interrupted(
    empty: Empty, bootstrap: Callable[..., Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test before knows of all that a run changes."""
    done = interrupted(monkeypatch, 0)
    bootstrap("--yes")
    assert len(done) == THINGS


def test_without_a_terminal_it_asks_for_yes(empty: Empty, capsys: Capture) -> None:
    """And has done nothing."""
    assert run(["bootstrap"]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert empty.written() == []


def test_without_gh_it_prints_what_to_do(
    empty: Empty, bootstrap: Callable[..., Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands and pages, in order; it does nothing."""
    monkeypatch.setenv("PATH", "/nowhere")
    steps = "\n".join(bootstrap("--yes", code=2)["by_hand"])
    assert "git init -b main" in steps
    assert f"https://github.com/{REPOSITORY}/settings/environments: New environment production" in steps
    assert "gh variable set ROLE_RELEASE_STAGING --body 'arn:aws:iam::ACCOUNT:role/mlops/" in steps
    assert (empty.ups, (empty.project / ".git").exists()) == ([], False)


def test_without_gh_every_step_has_its_words(empty: Empty) -> None:
    """None is left out."""
    assert [step.name for step in plan.steps(Asked()) if not all(step.by_hand) or not step.by_hand] == []


def test_a_missing_right_is_named(empty: Empty, capsys: Capture) -> None:
    """HTTP 403, for a token that may do less than whoever has it."""
    empty.github.refuse(f"PUT repos/{REPOSITORY}/environments/staging", 403)
    assert run(["bootstrap", "--yes"]) == 2
    said = capsys.readouterr().err
    assert "environment staging: " in said and "needs the permission Administration: write" in said


def test_what_waits_for_a_person_is_told(empty: Empty, bootstrap: Callable[..., Document]) -> None:
    """An account that is not founded: exit code 1, and nothing after it is begun."""
    empty.unfound()
    told = bootstrap("--yes", code=1)
    assert told["steps"][-1]["step"] == "foundation"
    assert told["steps"][-1]["advice"].startswith("make found REGION=eu-west-1")
    assert "repository" in told["waiting"] and empty.written() == []


def test_the_plan_says_what_people_do(empty: Empty, bootstrap: Callable[..., Document]) -> None:
    """The README counts them."""
    people = ["pipeline bootstrap", "aws", "foundation", "gh", "mails", *APPROVALS]
    assert bootstrap("--plan")["people"] == people


def test_the_screen_shows_what_to_do_below_what_was_found(empty: Empty, capsys: Capture) -> None:
    """A person sees each step, and its own."""
    assert run(["bootstrap", "--plan"]) == 0
    screen = capsys.readouterr().out
    assert "→ " in screen and "environment infra-production" in screen
    assert screen.splitlines()[-1] == "3 done, 19 to do, 4 a person; none waits"


@pytest.mark.parametrize("name", ["x; rm -rf /", "../../user", "a/b/c", "-f", "", "a`id`", "$(id)", "o/t?x"])
def test_a_hostile_reviewer_is_refused(empty: Empty, capsys: Capture, name: str) -> None:
    """Before anything is asked of anybody."""
    assert run(["bootstrap", "--plan", "--reviewer", name]) == 2
    assert "is nobody" in capsys.readouterr().err
    assert empty.github.state["calls"] == []
