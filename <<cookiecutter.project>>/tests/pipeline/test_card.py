"""A card is kept with the version, and shown again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, card, gate, manifest, record
from pipeline.__main__ import run
from pipeline.train import Candidate

from .card_sample import REPOSITORY, RUN, verdict
from .conftest import BUCKET

JOB = RUN["candidate"]


@pytest.fixture
def owned(project: Path) -> None:
    """The project has its owner's text."""
    project.joinpath("model").mkdir()
    project.joinpath("model/card.md").write_text((REPOSITORY / "model/card.md").read_text())


@pytest.fixture
def kept(cloud: Callable[[str], Any], owned: None) -> str:
    """A card in the bucket; its URI."""
    return card.keep(card.facts(RUN, verdict()))


def version(cloud: Callable[[str], Any], job: str) -> None:
    """A version in the registry that was made by `job`."""
    cloud("sagemaker").create_model_package(
        ModelPackageGroupName="flights",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": "repository@sha256:1", "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        CustomerMetadataProperties={"train_job": job},
    )


def test_page_and_pictures_are_kept_by_candidate(kept: str) -> None:
    """A browser is told what they are."""
    assert kept == f"s3://{BUCKET}/cards/{JOB}/card.md"
    found = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"cards/{JOB}/")["Contents"]
    kinds = {
        one["Key"].rpartition("/")[2]: aws.client("s3").head_object(Bucket=BUCKET, Key=one["Key"])[
            "ContentType"
        ]
        for one in found
    }
    assert kinds["card.md"] == "text/markdown; charset=utf-8"
    assert {kind for name, kind in kinds.items() if name != "card.md"} == {"image/svg+xml"}


def test_a_versions_card_is_the_one_that_was_written(
    cloud: Callable[[str], Any], kept: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the owner has written since; with --to it is a folder that a browser can show."""
    version(cloud, JOB)
    project.joinpath("model/card.md").write_text("changed")
    assert run(["card", "1", "--to", str(tmp_path / "out")]) == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"card.md", "calibration.svg", "segments.svg", "features.svg"}
    assert (tmp_path / "out/card.md").read_text().startswith("# Model card: flights\n")


def test_a_version_without_a_card_is_named(
    cloud: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is from before."""
    version(cloud, "old")
    assert run(["card", "1"]) == 2
    assert "version 1 has no card in the bucket" in capsys.readouterr().err


@pytest.fixture
def candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The present tree has a trained model."""
    made = Candidate(JOB, "s3://b/m", manifest.Manifest(b"{}"), "image", experiment=False)
    monkeypatch.setattr("pipeline.train.candidate", lambda: made)


@pytest.mark.usefixtures("cloud", "owned", "candidate")
def test_the_owner_sees_the_card_before_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """With the text as it stands now."""
    record.add(JOB, **RUN)
    body = json.dumps(verdict()).encode()
    aws.client("s3").put_object(Bucket=BUCKET, Key=gate.key(JOB), Body=body)
    assert run(["card", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert "## Intended use" in shown["card"] and "card.md" in shown["files"]


@pytest.mark.usefixtures("cloud", "candidate")
def test_a_candidate_that_was_not_judged_has_no_card(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence names the verb."""
    assert run(["card"]) == 2
    assert "run `pipeline gate`" in capsys.readouterr().err


@pytest.mark.usefixtures("cloud", "owned")
def test_the_packages_card_is_approved_and_small_enough() -> None:
    """By whoever registers."""
    made = card.for_package(card.facts(RUN, verdict()), "s3://b/card.md", "octocat")
    assert made["ModelCardStatus"] == "Approved"
    assert json.loads(made["ModelCardContent"])["model_overview"]["model_creator"] == "octocat"
