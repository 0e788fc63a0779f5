"""The repository's variables, the rules of main, and what a workflow's token may do."""

from typing import Any

import pytest

from pipeline import github, names
from pipeline.bootstrap import protection, variables
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import Step, made
from pipeline.errors import UserError
from tests.pipeline.conftest import place
from tests.pipeline.known_bootstrap import ACCOUNT, REPOSITORY, Empty

PATH = f"repos/{REPOSITORY}"
OTHER = "222222222222"
ROLES = {
    *("ROLE_RETRAIN", "ROLE_REPORT"),
    *(f"ROLE_{one}{part}" for one in ("PREVIEW", "INFRA") for part in ("", "_STAGING", "_PRODUCTION")),
    *(
        f"ROLE_{one}_{part}"
        for one in ("RELEASE", "ROLLBACK", "MONITOR")
        for part in ("STAGING", "PRODUCTION")
    ),
}


@pytest.fixture
def there(empty: Empty) -> Empty:
    """The repository is there, private."""
    github.api("POST", "user/repos", {"name": "flights", "private": True})
    return empty


def rules() -> Step:
    """The step of main's rules."""
    return protection.ruling(Asked())


def test_every_role_of_a_job_has_its_variable(there: Empty) -> None:
    """And the two that all jobs have in common."""
    variables.write(Asked())
    assert set(variables.there(Asked())) == {"AWS_REGION", "PULUMI_BACKEND_URL"} | ROLES


def test_a_variable_is_a_roles_arn(there: Empty) -> None:
    """Below the path that project.toml names."""
    variables.write(Asked())
    arn = names.role_arn(names.project(), ACCOUNT, "ci-release-staging")
    assert variables.there(Asked())["ROLE_RELEASE_STAGING"] == arn


def test_the_state_is_in_the_foundations_bucket(there: Empty) -> None:
    """One prefix for each project."""
    variables.write(Asked())
    backend = f"s3://mlops-pulumi-state-{ACCOUNT}-eu-west-1/flights?region=eu-west-1"
    assert variables.there(Asked())["PULUMI_BACKEND_URL"] == backend


def test_only_what_is_wrong_is_written_again(there: Empty) -> None:
    """And what others have put there stays."""
    variables.write(Asked())
    github.api("PATCH", f"{PATH}/actions/variables/ROLE_RETRAIN", {"name": "ROLE_RETRAIN", "value": "else"})
    github.api("POST", f"{PATH}/actions/variables", {"name": "RUNNER", "value": "ours"})
    before = len(there.written())
    assert variables.look(Asked()).found == "missing or otherwise: ROLE_RETRAIN"
    variables.write(Asked())
    assert there.written()[before:] == [f"PATCH {PATH}/actions/variables/ROLE_RETRAIN"]
    assert variables.there(Asked())["RUNNER"] == "ours"


def test_more_variables_than_a_page_are_read(there: Empty) -> None:
    """GitHub gives 30 at once."""
    for number in range(45):
        github.api("POST", f"{PATH}/actions/variables", {"name": f"OURS_{number}", "value": "x"})
    assert len(variables.there(Asked())) == 45


def test_roles_of_an_account_out_of_reach_are_another_runs(there: Empty) -> None:
    """They are written for stacks that were seen, with the credentials of their account."""
    place(there.project, production=OTHER)
    variables.write(Asked())
    assert not [name for name in variables.there(Asked()) if name.endswith("PRODUCTION")]
    state = variables.look(Asked())
    assert (state.kind, OTHER in state.advice) == ("a person", True)


def test_main_is_ruled(there: Empty) -> None:
    """By nobody but the check of GitHub Actions."""
    assert rules().look().kind == "to do"
    assert made(rules()).kind == "done"
    (ruleset,) = there.settings["rulesets"]
    (check,) = [one for one in ruleset["rules"] if one["type"] == "required_status_checks"]
    assert check["parameters"]["required_status_checks"] == [{"context": "pass", "integration_id": 15368}]


@pytest.mark.parametrize("kind", ["deletion", "non_fast_forward", "pull_request", "required_status_checks"])
def test_a_rule_that_was_taken_away_is_put_back(there: Empty, kind: str) -> None:
    """In the ruleset that is there."""
    made(rules())
    less = [one for one in protection.RULESET["rules"] if one["type"] != kind]
    github.api("PUT", f"{PATH}/rulesets/1", {**protection.RULESET, "rules": less})
    assert rules().look().kind == "to do"
    assert made(rules()).kind == "done"
    assert len(there.settings["rulesets"]) == 1


def test_an_organisations_rules_count(there: Empty) -> None:
    """Whoever made them."""
    there.github.set(organisations_rules=protection.RULESET["rules"])
    assert rules().look().kind == "done"


def test_a_plan_without_rules_is_a_persons(there: Empty) -> None:
    """GitHub refuses with 403, which is no missing right here."""
    there.github.set(plan="free")
    assert made(rules()).found.startswith("the owner's plan has no rules")


def test_an_administrators_right_is_named(there: Empty) -> None:
    """The same status, and another reason."""
    there.github.refuse(f"POST {PATH}/rulesets", 403)
    with pytest.raises(UserError, match=r"ruleset: .* needs the permission Administration: write"):
        made(rules())


def step(name: str) -> Step:
    """One of the steps of what tokens may do."""
    return next(one for one in protection.permissions(Asked()) if one.name == name)


def test_a_workflow_may_only_read(there: Empty) -> None:
    """Unless it says more itself."""
    assert step("workflow permissions").look().kind == "to do"
    assert made(step("workflow permissions")).kind == "done"
    assert there.settings["default"] == protection.READ


def test_a_fork_gets_no_token_that_writes(there: Empty) -> None:
    """What else is set for forks stays."""
    there.github.set(forks={"send_write_tokens_to_workflows": True, "send_secrets_and_variables": True})
    assert step("forks").look().kind == "to do"
    assert made(step("forks")).kind == "done"
    kept: dict[str, Any] = there.settings["forks"]
    assert (kept["send_write_tokens_to_workflows"], kept["send_secrets_and_variables"]) == (False, True)


def test_a_public_repository_has_no_such_setting(empty: Empty) -> None:
    """GitHub gives a fork's pull request no token there."""
    github.api("POST", "user/repos", {"name": "flights", "private": False})
    assert step("forks").look().found.startswith("it is public")


@pytest.mark.parametrize("status", [403, 404])
def test_what_github_does_not_tell_a_person_looks_at(there: Empty, status: int) -> None:
    """It is no proof that the setting is off."""
    there.github.refuse(f"GET {PATH}{protection.FORKS}", status)
    state = step("forks").look()
    assert (state.kind, state.advice.startswith("https://github.com/")) == ("a person", True)
