"""sandbox.rehearsal.steps up to the refresh: each fails when what it is about did not happen, whatever verbs say."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import said
from rehearsal_steps import CANARY, fails, going_well, releasing

from sandbox.rehearsal import caller, steps, traffic, upstream
from sandbox.rehearsal.life import PREPARED
from sandbox.rehearsal.teardown import stop_traffic
from sandbox.rehearsal.traffic import Answer


@pytest.fixture
def life(tmp_path: Path) -> Any:
    """A rehearsal where every verb does well and production serves `old`, under traffic."""
    return going_well(tmp_path)


# the account


@pytest.fixture
def founding(life: Any) -> Any:
    """A rehearsal that begins; the second `up` of the platform finds everything there."""
    ups = iter([(0, {"created": ["a", "b"]}), (0, {"created": [], "adopted": ["a", "b"]})])
    life.verbs.answers["sandbox up infra/platform"] = ups.__next__
    return life


def test_the_account_counts_what_it_made(founding: Any) -> None:
    """By four stacks."""
    assert steps.account(founding) == "8 resources made by 4 stacks in one account"


def test_an_administrator_founds_and_a_role_goes_on(founding: Any) -> None:
    """The roles of the workflows are made by the stacks, so that the first `up` cannot run under them."""
    steps.account(founding)
    by = founding.verbs.by
    assert by["sandbox up ../foundation --stack account"] == "administrator of 123456789012"
    assert by["sandbox up infra/service --stack staging"] == "administrator of 123456789012"
    assert by["sandbox up infra/platform --stack platform"] == "ci-infra of 123456789012"


def test_every_account_is_founded_once(tmp_path: Path) -> None:
    """Staging has an account of its own, production lies beside the registry."""
    life = going_well(tmp_path, {"staging": "222222222222"})
    ups = iter([(0, {"created": ["a", "b"]}), (0, {"created": [], "adopted": ["a", "b"]})])
    life.verbs.answers["sandbox up infra/platform"] = ups.__next__
    assert steps.account(life) == "10 resources made by 5 stacks in 2 accounts"
    assert life.verbs.by["sandbox up ../foundation --stack staging"] == "administrator of 222222222222"
    assert life.verbs.by["sandbox up infra/service --stack staging"] == "administrator of 222222222222"


def test_a_second_up_that_makes_something_is_found(life: Any) -> None:
    """The program changed between the two, or the first one forgot."""
    fails(steps.account, life, "the second `up` of the platform must adopt")


def test_an_account_without_buckets_is_found(founding: Any) -> None:
    """The stacks said that they made them."""
    founding.observer.buckets = 1
    fails(steps.account, founding, "must have its state bucket and the project's, but has 1")


def test_a_stack_that_fails_is_found(life: Any) -> None:
    """Also one of two that come up side by side."""
    life.verbs.answers["sandbox up infra/service --stack staging"] = (1, {"error": "NotInSandbox"})
    fails(steps.account, life, "ended with 1 instead of 0: NotInSandbox")


# the data contract


def test_bad_rows_are_planted_and_found(life: Any) -> None:
    """Quarantined, or refused whole."""
    assert steps.data(life) == "2 files hold, here and in a job; 4 bad rows quarantined; a file with 5 refused"
    assert life.workspace.acts == ["restore", "restore"]
    assert [candidate.stopped_at for candidate in life.record.candidates] == ["validate"]


def test_checking_data_needs_no_account(life: Any) -> None:
    """It runs on a pull request of a fork; the job's role is the retraining's."""
    steps.data(life)
    asked = {words: who for words, who in life.verbs.by.items() if who != "nobody"}
    assert list(asked) == ["pipeline data check --job"]


def test_a_job_that_counts_other_rows_fails(life: Any) -> None:
    """Both hold the same files against the same contract."""
    files = [{"path": "data/7.parquet", "rows": 20, "bad": 1}]
    life.verbs.answers["pipeline data check --job"] = (0, {"files": files, "newest": True})
    fails(steps.data, life, "the job has counted other rows")


def test_good_data_that_does_not_become_the_newest_fails(life: Any) -> None:
    """A retraining that follows the newest would not see it."""
    code, said = life.verbs.answers["pipeline data check --job"]
    life.verbs.answers["pipeline data check --job"] = (code, said | {"newest": False})
    fails(steps.data, life, "did not become the newest")


def test_the_files_are_damaged_as_the_scenario_says(life: Any) -> None:
    """Four rows of one, a quarter of the other."""
    steps.data(life)
    planted = [pl.read_parquet(life.file(f"data/{name}.parquet"))["distance"].to_list().count(-1) for name in (7, 8)]
    assert planted == [4, 5]


def test_bad_rows_that_are_not_found_fail(life: Any) -> None:
    """A contract that sees nothing."""
    life.verbs.answers["pipeline data add"] = (0, {"files": [{"bad": 0, "quarantine": "data/bad.parquet"}]})
    fails(steps.data, life, "4 bad rows were planted and 0 found")


def test_bad_rows_that_are_not_in_quarantine_fail(life: Any) -> None:
    """Whatever the verb counted."""
    fakes.frame(2).write_parquet(life.file("data/bad.parquet"))
    fails(steps.data, life, "4 rows must be in quarantine, but 2 are")


def test_a_bad_file_that_is_taken_fails(life: Any) -> None:
    """It must be refused."""
    life.verbs.answers["pipeline data add data/8.parquet"] = (0, {"files": [{"bad": 5}]})
    fails(steps.data, life, "ended with 0 instead of 1")


def test_a_refused_file_that_is_pinned_all_the_same_fails(life: Any) -> None:
    """The manifest must not change."""

    def pinned() -> fakes.Answer:
        life.file(steps.MANIFEST).write_text("{'files': 8}")
        return 1, {"files": [{"bad": 5}]}

    life.verbs.answers["pipeline data add data/8.parquet"] = pinned
    fails(steps.data, life, "a refused file changed the manifest")


# the first release


@pytest.fixture
def first(life: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The rehearsal before its first release: no endpoint, no traffic; each stack makes what is prepared."""
    monkeypatch.setattr(traffic, "sender", lambda *_, **__: lambda *_: Answer(200, "new"))
    monkeypatch.setattr(caller, "make", lambda *_: SimpleNamespace(sign=None))
    monkeypatch.setattr(upstream, "make", lambda *_: lambda _key, _content: None)
    life.client, life.first_config = None, ""
    for environment in steps.ENVIRONMENTS:
        answers = iter([(PREPARED, said(environment, before=None)), (0, said(environment, before=None))])
        life.verbs.answers[f"pipeline release {environment}"] = answers.__next__
    life.observer.configs = {"staging": "new", "production": "new"}
    yield life
    stop_traffic(life)


def test_the_first_release_is_promoted_and_starts_the_traffic(first: Any) -> None:
    """And its configuration is what a rollback must come back to."""
    assert steps.first_release(first).startswith("version 2 answers in production")
    assert first.first_config == "new"
    assert first.client.counts()["new"][200] > 0


def test_each_job_has_its_own_role(first: Any) -> None:
    """Training in the registry's account, each environment's release and infrastructure in its own."""
    first.runner.identity = replace(first.runner.identity, accounts={"production": "333333333333"})
    steps.first_release(first)
    by = first.verbs.by
    assert by["pipeline train"] == by["pipeline register"] == "ci-retrain of 123456789012"
    assert by["pipeline release production"] == "ci-release-production of 333333333333"
    assert by["sandbox up infra/service --stack production"] == "ci-infra-production of 333333333333"


def test_a_first_release_that_needs_no_endpoint_fails(first: Any) -> None:
    """It must say that the service stack has to make it."""
    first.verbs.answers["pipeline release staging"] = (0, said("staging"))
    fails(steps.first_release, first, "ended with 0 instead of 3")


def test_a_service_that_is_made_anew_fails(first: Any) -> None:
    """The second `up` must adopt."""
    first.verbs.answers["sandbox up infra/service --stack production"] = (0, {"created": ["a"], "adopted": []})
    fails(steps.first_release, first, "the second `up` of production must adopt")


def test_another_configuration_than_the_prepared_one_fails(first: Any) -> None:
    """The stack made an endpoint of the prepared one."""
    answers = iter([(PREPARED, said("staging", asked="other")), (0, said("staging"))])
    first.verbs.answers["pipeline release staging"] = answers.__next__
    fails(steps.first_release, first, "staging: prepared and released differ")


def test_a_first_release_that_does_not_live_fails(first: Any) -> None:
    """The tool says promoted."""
    first.observer.configs["staging"] = "none"
    fails(
        steps.first_release, first, "staging must be InService with new, but DescribeEndpoint says InService with none"
    )


def test_each_accounts_owner_asks_the_doctor(first: Any) -> None:
    """Once where the parts share an account."""
    steps.first_release(first)
    assert first.verbs.by["pipeline doctor"] == "administrator of 123456789012"
    assert first.verbs.said.count("pipeline doctor") == 1


def test_a_doctor_that_finds_a_fault_fails(first: Any) -> None:
    """The fault alone is the reason."""
    findings = [
        {"level": "ok", "subject": "region", "found": "eu-west-1"},
        {"level": "fail", "subject": "roles", "found": "there is no train"},
    ]
    first.verbs.answers["pipeline doctor"] = (1, {"findings": findings})
    fails(steps.first_release, first, "`pipeline doctor` ended with 1 instead of 0: roles: there is no train$")


# the refresh


def test_a_refresh_is_promoted_by_a_canary(life: Any) -> None:
    """With its share and its requests."""
    releasing(life, "production", *CANARY)
    assert steps.refresh(life) == "promoted; 50% of the canary's traffic; 10 requests, none failed"
    assert life.workspace.acts == ["commit Add a month"]


def test_a_refresh_that_no_list_of_runs_has_fails(life: Any) -> None:
    """A run without a record could not be told from another."""
    life.verbs.answers["pipeline runs"] = (0, {"runs": [{"candidate": "another"}]})
    fails(steps.refresh, life, "`pipeline runs` lists another, not c")


def test_a_month_more_that_is_no_more_rows_fails(life: Any) -> None:
    """What was added is not what is pinned."""
    life.verbs.answers["pipeline data diff"] = (0, {"rows": {"old": 100, "new": 100}})
    fails(steps.refresh, life, "a month more makes 100 rows of 100")


def test_a_refresh_that_was_not_compared_fails(life: Any) -> None:
    """With the model that is live."""
    life.verbs.answers["pipeline gate"] = (0, fakes.gate(True) | {"champion": None})
    fails(steps.refresh, life, "the gate compared with no champion")


def test_a_tool_that_says_promoted_while_the_old_one_lives_fails(life: Any) -> None:
    """The comparison of configurations taken out."""
    releasing(life, "production", *CANARY)
    honest = life.verbs.answers["pipeline release production"]

    def lie() -> fakes.Answer:
        answer: fakes.Answer = honest()
        life.observer.configs["production"] = "old"
        return answer

    life.verbs.answers["pipeline release production"] = lie
    fails(steps.refresh, life, "must be InService with new, but DescribeEndpoint says InService with old")


@pytest.mark.parametrize("staged", [{1: "Production"}, {1: "Production", 2: "Production"}, {2: "Staging"}, {}])
def test_a_registry_that_does_not_follow_production_fails(life: Any, staged: dict[int, str]) -> None:
    """The stage is the one thing that a person sees of a release there."""
    releasing(life, "production", *CANARY)
    life.observer.staged = staged
    fails(steps.refresh, life, "serves version 2, but the stages are")


def test_a_refresh_that_starts_elsewhere_fails(life: Any) -> None:
    """It must replace the first configuration."""
    releasing(life, "production", *CANARY, before="another")
    fails(steps.refresh, life, "did not start from the first configuration")


def test_a_refresh_that_changes_nothing_fails(life: Any) -> None:
    """The same configuration again."""
    releasing(life, "production", *CANARY, asked="old")
    fails(steps.refresh, life, "the release changed nothing")


def test_a_refresh_without_weighted_routing_fails(life: Any) -> None:
    """All requests move at once."""
    releasing(life, "production", *[("old", 200)] * 4, *[("new", 200)] * 4)
    fails(steps.refresh, life, "there was no canary")


def test_a_refresh_that_fails_a_request_fails(life: Any) -> None:
    """One is enough, of either model."""
    releasing(life, "production", *CANARY, ("old", 500))
    fails(steps.refresh, life, "1 requests failed during a good release")
