"""sandbox.rehearsal.steps that end at a stop sign or go back: each fails when it was not so, whatever verbs say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import said
from rehearsal_steps import CANARY, fails, going_well, releasing

from sandbox.rehearsal import life as shared
from sandbox.rehearsal import steps
from sandbox.rehearsal.life import JUDGED
from sandbox.rehearsal.traffic import Request

BROKEN = [("old", 200), *[("new", 500), ("old", 200), ("new", 200), ("old", 200)] * 3]


@pytest.fixture
def life(tmp_path: Path) -> Any:
    """A rehearsal where every verb does well and production serves `old`, under traffic."""
    return going_well(tmp_path)


# damaged labels


@pytest.fixture
def damaged(life: Any) -> Any:
    """A gate that refuses, and a register verb that does as well."""
    life.verbs.answers |= {
        "pipeline data add": (0, {"files": []}),
        "pipeline gate": (1, fakes.gate(False)),
        "pipeline register": (1, {"error": "refused by the gate"}),
    }
    return life


def test_damaged_labels_are_refused_with_a_number(damaged: Any) -> None:
    """And forgotten."""
    assert steps.damaged_labels(damaged) == "refused by 1 of 2 rules: 0.4 against 0.5"
    assert damaged.workspace.acts == ["commit Join labels on the wrong key", "revert"]


def test_labels_are_damaged_before_training(damaged: Any) -> None:
    """In every file that the scenario names."""
    before = pl.read_parquet(damaged.file("data/7.parquet"))["late"].to_list()
    steps.damaged_labels(damaged)
    assert pl.read_parquet(damaged.file("data/7.parquet"))["late"].to_list() != before


def test_a_gate_that_passes_damaged_labels_fails(damaged: Any) -> None:
    """The gate's rule taken out."""
    damaged.verbs.answers["pipeline gate"] = (0, fakes.gate(True))
    fails(steps.damaged_labels, damaged, "`pipeline gate` ended with 0 instead of 1")


def test_a_gate_that_refuses_without_a_rule_fails(damaged: Any) -> None:
    """A refusal has a reason."""
    damaged.verbs.answers["pipeline gate"] = (1, fakes.gate(True) | {"passed": False})
    fails(steps.damaged_labels, damaged, "the gate refused without naming a rule")


def test_a_refused_candidate_that_can_be_registered_fails(damaged: Any) -> None:
    """The gate must be asked by `register`, too."""
    damaged.verbs.answers["pipeline register"] = (0, {"version": 3})
    fails(steps.damaged_labels, damaged, "a candidate that the gate refused was registered")


def test_a_registry_that_changes_after_a_refusal_fails(damaged: Any) -> None:
    """Though `register` said that it refused."""

    def sly() -> fakes.Answer:
        damaged.observer.registry[3] = "PendingManualApproval"
        return 1, {"error": "refused by the gate"}

    damaged.verbs.answers["pipeline register"] = sly
    fails(steps.damaged_labels, damaged, "the registry changed after a refusal")


def test_an_endpoint_that_changes_after_a_refusal_fails(damaged: Any) -> None:
    """Nothing is released."""

    def sly() -> fakes.Answer:
        damaged.observer.configs["production"] = "new"
        return 1, {"error": "refused by the gate"}

    damaged.verbs.answers["pipeline register"] = sly
    fails(steps.damaged_labels, damaged, "the endpoint changed after a refusal")


# the bad release


@pytest.fixture
def bad(life: Any) -> Any:
    """A release that is rolled back, and written down as such."""
    life.verbs.answers["pipeline data add data/8.parquet"] = (0, {"files": []})
    failing(life, *BROKEN)
    life.observer.entries = {"r-production": {"verdict": "rolled_back", "cause": "judge"}}
    explained(life, "<svg>evidence</svg>")
    return life


def explained(life: Any, picture: str) -> None:
    """What `pipeline explain` says and draws of the release."""
    folder = life.account.folder.with_name("releases") / "r-production"
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("release.svg").write_text(picture)
    life.verbs.answers["pipeline explain production"] = (0, {"sentence": "the judge took it back"})


def failing(life: Any, *seen: tuple[str, int], status: str = "Rejected", **more: Any) -> None:
    """Production's release is rolled back while those requests are answered, and the registry then says `status`."""
    releasing(life, "production", *seen, **{"verdict": "rolled_back"} | more)
    honest = life.verbs.answers["pipeline release production"]

    def answer() -> fakes.Answer:
        life.observer.status = "Updating"
        shared.wait_for(lambda: life.client.met is not None, 2)  # the newcomers come as the update begins
        life.observer.status = "InService"
        life.observer.registry[2] = life.observer.staged[2] = status
        told: fakes.Answer = honest()
        return told

    life.verbs.answers["pipeline release production"] = answer


def test_a_bad_release_is_taken_back(bad: Any) -> None:
    """With the failures that only the new model caused."""
    assert steps.bad_release(bad).startswith("taken back by the judge; 3 failures at ")
    assert bad.workspace.acts == ["apply strict.patch", "commit Make the encoding strict", "revert"]
    assert bad.client.met is not None


def test_a_bad_release_is_explained(bad: Any) -> None:
    """Under the role of the job that released it."""
    steps.bad_release(bad)
    [release] = [one for one in bad.record.releases if one.environment == "production"]
    assert (release.sentence, release.picture) == ("the judge took it back", "<svg>evidence</svg>")
    [by] = {who for words, who in bad.verbs.by.items() if words.startswith("pipeline explain")}
    assert by == "ci-release-production of 123456789012"


def test_a_picture_without_evidence_fails(bad: Any) -> None:
    """Then nobody has judged."""
    explained(bad, "<svg></svg>")
    fails(steps.bad_release, bad, "shows no evidence")


def test_a_bad_release_that_is_promoted_fails(bad: Any) -> None:
    """The alarm loop taken out."""
    releasing(bad, "production", *BROKEN)
    fails(steps.bad_release, bad, "ended with 0 instead of 10")


def test_a_rollback_with_another_verdict_fails(bad: Any) -> None:
    """The exit code alone is not believed."""
    bad.verbs.answers["pipeline release production"] = (JUDGED, said("production"))
    fails(steps.bad_release, bad, "the release tool says promoted")


@pytest.mark.parametrize("more", [{"cause": None}, {"cause": "heartbeat"}, {"reason": ""}])
def test_a_rollback_without_its_cause_fails(bad: Any, more: dict[str, Any]) -> None:
    """Somebody has to know why."""
    failing(bad, *BROKEN, **more)
    fails(steps.bad_release, bad, "does not name the judge as the cause")


def test_a_bad_release_that_starts_elsewhere_fails(bad: Any) -> None:
    """It must say what was live."""
    failing(bad, *BROKEN, before="another")
    fails(steps.bad_release, bad, "did not start from the live configuration")


def test_a_rollback_that_did_not_happen_fails(bad: Any) -> None:
    """The tool says rolled back, the endpoint serves the new configuration."""
    failing(bad, *BROKEN)
    honest = bad.verbs.answers["pipeline release production"]

    def lie() -> fakes.Answer:
        told: fakes.Answer = honest()
        bad.observer.configs["production"] = "new"
        return told

    bad.verbs.answers["pipeline release production"] = lie
    fails(steps.bad_release, bad, "must be InService with old, but DescribeEndpoint says InService with new")


def test_a_bad_release_without_a_failure_fails(bad: Any) -> None:
    """An alarm that fires on nothing."""
    failing(bad, *CANARY)
    fails(steps.bad_release, bad, "the new model failed no request")


def test_failures_of_the_old_model_fail(bad: Any) -> None:
    """Newcomers must do it no harm."""
    failing(bad, *BROKEN, ("old", 500), ("old", 500))
    fails(steps.bad_release, bad, "2 requests failed on the old model")


def test_a_version_that_is_not_rejected_fails(bad: Any) -> None:
    """It could be released again."""
    failing(bad, *BROKEN, status="Approved")
    fails(steps.bad_release, bad, "version 2 must be Rejected in the registry, but is Approved, at stage Approved")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "None by None"),
        ({"verdict": "promoted"}, "promoted by None"),
        ({"verdict": "rolled_back"}, "rolled_back by"),
    ],
    ids=["silent", "another verdict", "no cause"],
)
def test_a_ledger_that_does_not_say_it_fails(bad: Any, entry: dict[str, str], words: str) -> None:
    """Verdict and cause."""
    bad.observer.entries = {"r-production": entry}
    fails(steps.bad_release, bad, f"the ledger says {words}")


def test_failures_after_the_rollback_fail(bad: Any) -> None:
    """The old configuration is back, and must answer."""
    bad.client.later = [*bad.client.later, Request(0.0, 500, "old")]
    fails(steps.bad_release, bad, "1 requests failed after the old configuration was back")


def test_traffic_that_has_stopped_fails(bad: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request, no proof."""
    bad.client.later = []
    monkeypatch.setattr(steps, "wait_for", lambda holds, _seconds: shared.wait_for(holds, 0.05))
    fails(steps.bad_release, bad, "the traffic has stopped")


# the rollback


def back(life: Any, seen: Sequence[tuple[str, int]] = (("new", 200), ("old", 200)), **more: Any) -> None:
    """Both environments serve `new` after a release from `old`; production's rollback is answered so."""
    life.release("New", "release", "staging")
    life.observer.configs["production"] = "new"
    returned = {"before": "new", "asked": "old", "kind": "rollback"}
    releasing(life, "staging", verb="rollback", **returned)
    releasing(life, "production", *seen, verb="rollback", **returned | more)


def test_one_command_brings_the_first_configuration_back(life: Any) -> None:
    """Without a failed request."""
    back(life)
    assert steps.rollback(life) == "old answers again; no request failed"
    assert [(one.kind, one.environment) for one in life.record.releases[-2:]] == [
        ("rollback", "staging"),
        ("rollback", "production"),
    ]


def test_a_rollback_that_starts_elsewhere_fails(life: Any) -> None:
    """It must say what was live."""
    back(life, before="another")
    fails(steps.rollback, life, "did not start from the live configuration")


def test_a_rollback_to_another_configuration_fails(life: Any) -> None:
    """Than the first."""
    back(life, asked="third")
    fails(steps.rollback, life, "went to another configuration than the first")


def test_a_rollback_of_staging_to_another_configuration_fails(life: Any) -> None:
    """Than the one before."""
    back(life)
    releasing(life, "staging", verb="rollback", before="new", asked="third")
    fails(steps.rollback, life, "staging's rollback went to another configuration than before")


@pytest.mark.parametrize(
    ("verb", "answer", "sentence"),
    [
        ("pipeline history", {"events": [{"evidence": "r-staging"}]}, "the history does not tell of r-production"),
        ("pipeline lineage", {"version": 1}, "the lineage is of version 1, but production serves 2"),
        ("pipeline lineage --data", {"runs": [{"versions": []}]}, "no version is said to have seen data/7.parquet"),
    ],
)
def test_what_is_told_must_be_what_happened(life: Any, verb: str, answer: dict[str, Any], sentence: str) -> None:
    """To the accounts' owners, by three questions."""
    back(life)
    life.verbs.answers[verb] = (0, answer)
    fails(steps.rollback, life, sentence)


def test_a_version_that_is_left_and_keeps_its_stage_fails(life: Any) -> None:
    """The registry would say that production serves it."""
    back(life)
    life.observer.staged = {1: "Staging", 2: "Production"}
    fails(steps.rollback, life, "the version that production left is not archived")


def test_a_rollback_that_fails_a_request_fails(life: Any) -> None:
    """One is enough."""
    back(life, [("new", 200), ("old", 500)])
    fails(steps.rollback, life, "1 requests failed during the rollback")
