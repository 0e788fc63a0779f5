"""Only what the gate has passed, against what production serves now, is registered."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import (
    aws,
    card,
    evaluate,
    gate,
    image,
    manifest,
    names,
    record,
    register,
    registry,
    tracking,
    tree,
)
from pipeline import train as training
from pipeline.__main__ import run
from pipeline.command import Document
from pipeline.errors import RefusalError
from pipeline.train import Candidate

from . import card_sample
from .conftest import BUCKET, evaluation

LONG = names.Project(name="p" * 24, description="", github_owner="", region="ap-southeast-2", owner_email="")
JOB = names.job(LONG, "train", "a" * 64, attempt=999)
IMAGE = (
    f"123456789012.dkr.ecr.{LONG.region}.amazonaws.com/{names.repository(LONG, 'train')}@sha256:{'a' * 64}"
)
CANDIDATE = Candidate(JOB, f"s3://{names.bucket(LONG, '1' * 12)}/m", manifest.Manifest(b"{}"), IMAGE)
CHAMPION = {"version": 1, "name": "model-1"}
MAIN = tree.Tree("c" * 40, dirty=False, branch="main")
RUN = dict.fromkeys(record.REQUIRED, "known") | {"dirty": False}
VERDICT = {
    "passed": True,
    "champion": CHAMPION,
    "rules": [],
    "evaluations": {"candidate": evaluation()},
    "evaluation_uri": "s3://bucket/evaluation.json",
}


def test_what_the_gate_passed_can_be_registered() -> None:
    """The same champion as then, and a verdict that says yes."""
    assert register.refusal(VERDICT, CHAMPION) is None


def test_the_gate_has_to_be_asked() -> None:
    """No verdict is no permission."""
    assert "run `pipeline gate`" in str(register.refusal(None, CHAMPION))


def test_a_refused_candidate_names_the_rules() -> None:
    """The sentence says which rule it was."""
    passed = {"rows": True, "accuracy": None, "champion": False}
    rules = [{"rule": name, "passed": value, "override": None} for name, value in passed.items()]
    assert "(champion)" in str(register.refusal({**VERDICT, "passed": False, "rules": rules}, CHAMPION))


@pytest.mark.parametrize("now", [None, {"version": 2, "name": "model-2"}])
def test_a_verdict_against_another_champion_is_stale(now: dict[str, object] | None) -> None:
    """What was better than the old model may be worse than the new one."""
    assert "production has changed" in str(register.refusal(VERDICT, now))


def test_what_is_live_was_compared_with_the_champion_before_it() -> None:
    """Its verdict stays good, for instance for another serving image."""
    assert register.refusal(VERDICT, {"version": 2, "name": "model-2"}, served=True) is None


@pytest.mark.parametrize(
    ("state", "experiment", "run", "sentence"),
    [
        (replace(MAIN, dirty=True), False, RUN, "an experiment cannot be registered"),
        (replace(MAIN, branch="other"), False, RUN, "an experiment cannot be registered"),
        (MAIN, True, RUN, "was trained as an experiment"),
        (MAIN, False, None, "has no run record"),
        (MAIN, False, RUN, "the gate has not been asked"),
    ],
)
def test_the_verb_takes_neither_an_experiment_nor_what_no_gate_has_seen(
    monkeypatch: pytest.MonkeyPatch, state: tree.Tree, experiment: bool, run: Any, sentence: str
) -> None:
    """Before anything is built or written."""
    monkeypatch.setattr(tree, "read", lambda: state)
    monkeypatch.setattr(training, "candidate", lambda: replace(CANDIDATE, experiment=experiment))
    monkeypatch.setattr(record, "read", lambda job: run)
    monkeypatch.setattr(gate, "read", lambda job: None)
    monkeypatch.setattr(evaluate, "champion", lambda: None)
    with pytest.raises(RefusalError, match=sentence):
        register.command.main([], standalone_mode=False)


def test_properties_fit_with_the_longest_names() -> None:
    """AWS takes 256 characters for a value and refuses an empty one."""
    long = "é[" * 300
    found = register.properties(CANDIDATE, VERDICT, "c" * 40, by=long, record=long)
    assert [key for key, value in found.items() if not 1 <= len(value) <= 256] == []


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong."""
    made = register.request("group", CANDIDATE, "image@sha256:1", VERDICT, "c" * 40)
    shape = get_session().get_service_model("sagemaker").operation_model("CreateModelPackage").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""


def test_a_pair_has_a_token_of_its_own() -> None:
    """AWS makes one version of the two requests of a race; another image makes another."""
    made = [
        register.request("group", CANDIDATE, image, VERDICT, "c" * 40, by=by)["ClientToken"]
        for image, by in (("image@sha256:1", "ann"), ("image@sha256:1", "bob"), ("image@sha256:2", "ann"))
    ]
    assert made[0] == made[1] != made[2]


def test_a_new_version_carries_its_card_and_leads_to_its_record(
    cloud: Callable[[str], Any], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who registered it is written down, too."""
    project.joinpath("model").mkdir()
    project.joinpath("model/card.md").write_text((card_sample.REPOSITORY / "model/card.md").read_text())
    facts = card.facts(card_sample.RUN, card_sample.verdict())
    asked: list[dict[str, Any]] = []

    class Registry:
        """Keeps what it is asked for."""

        def create_model_package(self, **request: Any) -> dict[str, str]:
            asked.append(request)
            return dict(cloud("sagemaker").create_model_package(**request))

        def __getattr__(self, name: str) -> Any:
            return getattr(cloud("sagemaker"), name)

    monkeypatch.setattr(aws, "client", lambda name: Registry() if name == "sagemaker" else cloud(name))
    made = register.create("flights", CANDIDATE, "image@sha256:1", facts, "c" * 40)
    assert made.properties["card"] == f"s3://{BUCKET}/cards/{card_sample.RUN['candidate']}/card.md"
    assert made.properties["record"] == f"s3://{BUCKET}/runs/{JOB}.json"
    assert made.properties["by"].startswith("arn:aws:")
    assert json.loads(asked[0]["ModelCard"]["ModelCardContent"])["model_overview"]


# the verb


@pytest.fixture
def verb(
    cloud: Callable[[str], Any],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[], tuple[int, Document]]:
    """Run it on a clean main whose candidate the gate has passed; images have what they need."""
    project.joinpath("model").mkdir()
    project.joinpath("model/card.md").write_text((card_sample.REPOSITORY / "model/card.md").read_text())
    record.add(JOB, **card_sample.RUN | {"candidate": JOB, "dirty": False})
    monkeypatch.setattr(tree, "read", lambda: tree.Tree("c" * 40, dirty=False, branch="main"))
    monkeypatch.setattr(training, "candidate", lambda: CANDIDATE)
    monkeypatch.setattr(gate, "read", lambda _job: card_sample.verdict())
    monkeypatch.setattr(evaluate, "champion", lambda: None)
    monkeypatch.setattr(image, "ensure", lambda _target: image.Image("t", "image@sha256:1", built=False))
    monkeypatch.setattr(image, "keep", lambda _uri, _tag: None)

    def call() -> tuple[int, Document]:
        code = run(["register", "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


def test_a_pair_is_registered_once(
    verb: Callable[[], tuple[int, Document]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record says as which version and by whom, and MLflow is told; the second time it is there."""
    told: list[Document] = []
    monkeypatch.setattr(tracking, "log", told.append)
    (code, first), (again, second) = verb(), verb()
    assert (code, again, first["version"]) == (0, 0, 1)
    assert second == first
    assert (record.read(JOB) or {})["registered"] == told[0]["registered"]
    assert told[0]["registered"]["by"].startswith("arn:aws:")


def test_a_version_that_was_rejected_stays_so(verb: Callable[[], tuple[int, Document]]) -> None:
    """The same pair is no new version."""
    arn = verb()[1]["arn"]
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="its alarm fired"
    )
    code, said = verb()
    assert code == 1
    assert "version 1 is this candidate and was rejected: its alarm fired" in said["error"]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a workflow's step leaves outputs and summary."""
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def test_a_workflow_is_told_the_version(verb: Callable[[], tuple[int, Document]], told: Path) -> None:
    """To start its release with."""
    verb()
    assert (told / "GITHUB_OUTPUT").read_text().splitlines()[1] == "1"
    assert (
        (told / "GITHUB_STEP_SUMMARY").read_text().startswith(f"**register**: {JOB} is version 1, Approved.")
    )


def test_a_workflow_starts_no_release_of_what_is_released(
    verb: Callable[[], tuple[int, Document]], told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stage is said instead."""
    monkeypatch.setattr(registry, "unreleased", lambda version: False)
    verb()
    assert (told / "GITHUB_OUTPUT").read_text().splitlines()[1] == ""
    assert "nothing is left to release" in (told / "GITHUB_STEP_SUMMARY").read_text()
