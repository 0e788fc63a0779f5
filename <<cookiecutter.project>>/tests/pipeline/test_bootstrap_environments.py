"""Who may deploy to a GitHub environment, and who approves; what somebody has set stays."""

from typing import Any

import pytest

from pipeline import github
from pipeline.bootstrap import environments
from pipeline.bootstrap.asked import Asked
from pipeline.errors import UserError
from tests.pipeline.known_bootstrap import REPOSITORY, Empty

PATH = f"repos/{REPOSITORY}/environments"
MAIN_ONLY = {"protected_branches": False, "custom_branch_policies": True}
FRIEND = {"login": "friend", "id": 8}


@pytest.fixture
def there(empty: Empty) -> Empty:
    """The repository is there, and knows a friend and a team."""
    github.api("POST", "user/repos", {"name": "flights", "private": True})
    empty.github.set(users=[FRIEND], teams={"somebody/owners": 5})
    return empty


def put(asked: Asked, name: str = "production") -> str:
    """Make an environment; what is then found of it."""
    left = environments.make(asked, name, environments.ENVIRONMENTS[name])
    state = left or environments.look(asked, name, environments.ENVIRONMENTS[name])
    return f"{state.kind}: {state.found}"


def test_whoever_runs_it_approves(there: Empty) -> None:
    """Unless it names somebody."""
    assert put(Asked()) == "done: only main, approved by somebody"


def test_somebody_who_is_named_approves(there: Empty) -> None:
    """A person, a team, or both; GitHub is told numbers."""
    asked = Asked(reviewers=("friend", "somebody/owners"))
    assert put(asked) == "done: only main, approved by friend or the team owners"
    (sent,) = [one["body"] for one in there.github.state["calls"] if one["method"] == "PUT"]
    assert sent["reviewers"] == [{"type": "User", "id": 8}, {"type": "Team", "id": 5}]


@pytest.mark.parametrize("name", ["staging", "rollback", "infra"])
def test_nobody_approves_where_nobody_should_wait(there: Empty, name: str) -> None:
    """A plan without the rule would refuse the whole for an empty list of reviewers."""
    assert put(Asked(), name) == "done: only main"
    (sent,) = [one["body"] for one in there.github.state["calls"] if one["method"] == "PUT"]
    assert sent == {"deployment_branch_policy": MAIN_ONLY}


def test_what_somebody_has_set_stays(there: Empty) -> None:
    """A PUT replaces everything that it does not say again."""
    body = {"reviewers": [{"type": "User", "id": 8}], "wait_timer": 30, "prevent_self_review": True}
    github.api("PUT", f"{PATH}/production", body)
    assert put(Asked()) == "done: only main, approved by friend"
    rules = {one["type"]: one for one in there.github.state["environments"]["production"]["protection_rules"]}
    assert rules["wait_timer"]["wait_timer"] == 30
    assert rules["required_reviewers"]["prevent_self_review"] is True


def test_another_branch_is_a_persons_to_take_away(there: Empty) -> None:
    """It may have its reason, and a release is refused as long as it is there."""
    put(Asked())
    github.api("POST", f"{PATH}/production/deployment-branch-policies", {"name": "hotfix/*"})
    state = environments.look(Asked(), "production", True)
    assert (state.kind, state.found[:20]) == ("a person", "hotfix/* may deploy ")


def test_an_environment_that_every_branch_deploys_to_is_limited(there: Empty) -> None:
    """As GitHub makes one for a job that names it first."""
    github.api("PUT", f"{PATH}/production", {})
    assert environments.look(Asked(), "production", True).kind == "to do"
    assert put(Asked()) == "done: only main, approved by somebody"


def test_a_plan_without_reviewers_leaves_the_choice_to_a_person(there: Empty) -> None:
    """The environment is limited to main all the same, and a second time nothing is changed."""
    there.github.set(plan="team")
    assert put(Asked()).startswith("a person: nobody approves: GitHub refused PUT ")
    made = there.told()
    state = environments.make(Asked(), "production", True)
    assert state is not None and '"by-hand"' in state.advice
    assert (there.told(), made["branches"]) == (made, {"production": ["main"]})


def test_by_hand_nobody_has_to_be_asked(there: Empty) -> None:
    """The other form of approval wants no reviewers."""
    there.github.set(plan="team")
    policy = there.project / "policy.toml"
    policy.write_text(policy.read_text().replace('form = "reviewers"', 'form = "by-hand"'))
    (step,) = [one for one in environments.steps(Asked()) if one.name == "environment production"]
    assert step.make is not None and step.make() is None
    assert step.look().kind == "done"


def test_a_plan_without_environments_says_so(there: Empty) -> None:
    """And the other steps go on."""
    there.github.set(plan="free")
    assert put(Asked(), "staging").startswith(f"a person: GitHub has none for {REPOSITORY}")


@pytest.mark.parametrize("name", ["stranger", "somebody/strangers"])
def test_a_stranger_cannot_approve(there: Empty, name: str) -> None:
    """Nothing is made."""
    with pytest.raises(UserError, match=f"--reviewer {name}: GitHub knows nobody"):
        environments.make(Asked(reviewers=(name,)), "production", True)
    assert there.github.state["environments"] == {}


def test_at_most_six_approve() -> None:
    """GitHub takes no more."""
    with pytest.raises(UserError, match="at most 6"):
        Asked(reviewers=tuple("abcdefg"))


def test_what_nobody_has_set_is_not_sent() -> None:
    """The body of a request for an environment that is not there."""
    assert environments.body({}, []) == {"deployment_branch_policy": MAIN_ONLY}


def test_nobody_is_named_twice() -> None:
    """Whoever approves already."""
    reviewer: dict[str, Any] = {"type": "User", "reviewer": FRIEND}
    found = {"protection_rules": [{"type": "required_reviewers", "reviewers": [reviewer]}]}
    assert environments.body(found, [{"type": "User", "id": 8}])["reviewers"] == [{"type": "User", "id": 8}]
