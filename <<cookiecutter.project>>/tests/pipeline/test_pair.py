"""The serving code changes and the model does not: another version of the same model."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, history, image, lineage, pair, registry, settings, tree
from pipeline.__main__ import run
from pipeline.command import Document
from pipeline.registry import Version

from .conftest import BUCKET, GROUP

COMMIT = "c" * 40
EVALUATION = f"s3://{BUCKET}/evaluations/e/evaluation.json"
METRICS = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": EVALUATION}}}
MADE = {
    "train_job": "flights-train-1",
    "train_image": "repository@sha256:2",
    "manifest": "b" * 64,
    "commit": "a" * 40,
    "card": f"s3://{BUCKET}/cards/flights-train-1/card.md",
    "by": "ann",
}
Call = Callable[..., tuple[int, Document]]


@pytest.fixture
def tags(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Which image was tagged with what."""
    given: list[tuple[str, str]] = []
    monkeypatch.setattr(image, "keep", lambda uri, tag: given.append((uri, tag)))
    return given


@pytest.fixture
def call(
    checkout: Path,
    cloud: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tags: list[tuple[str, str]],
) -> Call:
    """Run the verb on the tree whose serving image is named by its sources; version 1 was made from it."""
    monkeypatch.setattr(tree, "read", lambda *_: tree.Tree(COMMIT, dirty=False, branch="main"))
    monkeypatch.setattr(image, "ensure", lambda target: image.Image("t", uri(checkout, target), built=False))
    cloud("sagemaker").create_model_package(
        ModelPackageGroupName="flights",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": uri(checkout, "serve"), "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        ModelMetrics=METRICS,
        CustomerMetadataProperties=MADE,
    )

    def answer(model_of: int = 1) -> tuple[int, Document]:
        code = run(["register", "--model-of", str(model_of), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return answer


def uri(root: Path, target: str) -> str:
    """An image whose digest is that of what it is built from."""
    return f"repository/{target}@sha256:{image.tag(root, target)}"


def patch(root: Path) -> None:
    """Change what serves, and nothing that trains."""
    before = image.tag(root, "train")
    with (root / "serving/service.py").open("a") as file:
        file.write("# patched\n")
    assert image.tag(root, "train") == before


def version(number: int) -> Version:
    """As the registry has it."""
    return registry.get(settings.registry().model_package_group, number)


def test_a_patched_image_ships_without_a_retrain(call: Call, checkout: Path) -> None:
    """The same model data, metrics and card; another image digest; whose model it is."""
    patch(checkout)
    code, said = call()
    assert (code, said["version"], said["model_of"], said["status"]) == (0, 2, 1, "Approved")
    first, second = version(1), version(2)
    assert second.model_data == first.model_data
    assert second.image == uri(checkout, "serve") != first.image
    assert second.evaluation == first.evaluation == EVALUATION
    assert second.properties["by"].startswith("arn:aws:")
    mine = {"by", "model_of", "serve_commit"}
    assert {key: value for key, value in second.properties.items() if key not in mine} == {
        key: value for key, value in MADE.items() if key != "by"
    }
    assert (second.properties["model_of"], second.properties["serve_commit"]) == ("1", COMMIT)


def test_both_images_are_spared(call: Call, checkout: Path, tags: list[tuple[str, str]]) -> None:
    """The training image too: the champion is evaluated in it."""
    patch(checkout)
    call()
    assert tags == [(uri(checkout, "serve"), "registered-2"), (MADE["train_image"], "registered-2")]


def test_a_pair_that_exists_is_given(call: Call, checkout: Path) -> None:
    """An image that did not change makes no version, and the same patch makes one."""
    assert call()[1]["version"] == 1
    patch(checkout)
    assert call()[1] == call()[1]
    assert [one.number for one in registry.versions(GROUP)] == [2, 1]


def test_a_pair_of_a_pair_names_the_version_that_was_trained(call: Call, checkout: Path) -> None:
    """And not the one in between."""
    patch(checkout)
    call()
    patch(checkout)
    assert call(2)[1]["model_of"] == 1


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_a_model_whose_version_is_not_approved_is_in_no_pair(call: Call, checkout: Path, status: str) -> None:
    """The gate is not asked, so its word has to stand."""
    reason = {"ModelApprovalStatus": status, "ApprovalDescription": "it failed"}
    aws.client("sagemaker").update_model_package(ModelPackageArn=version(1).arn, **reason)
    patch(checkout)
    code, said = call()
    assert code == 1
    assert said["error"].startswith(f"version 1 is {status} (it failed): name an approved version")
    assert len(list(registry.versions(GROUP))) == 1


def test_a_pair_that_was_rejected_stays_so(call: Call, checkout: Path) -> None:
    """The same patch is no new version."""
    patch(checkout)
    call()
    reason = {"ModelApprovalStatus": "Rejected", "ApprovalDescription": "its alarm fired"}
    aws.client("sagemaker").update_model_package(ModelPackageArn=version(2).arn, **reason)
    code, said = call()
    assert code == 1
    assert "version 2 is this candidate and was rejected: its alarm fired" in said["error"]


def test_an_unknown_version_is_named(call: Call) -> None:
    """With where to find one."""
    code, said = call(9)
    assert code == 2
    assert "has no version 9" in said["error"]


def test_a_tree_that_nobody_has_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its image could not be made again."""
    monkeypatch.setattr(tree, "read", lambda *_: tree.Tree(COMMIT, dirty=True, branch="main"))
    code, said = call()
    assert code == 1
    assert "an experiment cannot be registered" in said["error"]


def test_a_version_that_does_not_say_what_it_was_made_of_is_in_no_pair(
    call: Call, register: Callable[..., int]
) -> None:
    """Nobody could compare the next candidate with it."""
    code, said = call(register())
    assert code == 2
    assert "version 2 does not say its train_job" in said["error"]


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong; the model's card comes along."""
    source = Version(1, "arn", "Approved", "", "image@sha256:1", "s3://bucket/m", MADE)
    described = {
        "ModelMetrics": METRICS,
        "ModelCard": {"ModelCardContent": "{}", "ModelCardStatus": "Approved"},
    }
    made = pair.request("group", source, described, "image@sha256:2", COMMIT, "é" * 300)
    shape = get_session().get_service_model("sagemaker").operation_model("CreateModelPackage").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""
    assert {name: made[name] for name in pair.KEPT} == described
    assert len(made["CustomerMetadataProperties"]["by"]) <= registry.PROPERTY_LENGTH


def test_history_and_lineage_say_whose_model_it_is(call: Call, checkout: Path) -> None:
    """And of which commit each half is."""
    patch(checkout)
    call()
    found = version(2)
    assert history.of_version(found).why == "the model of version 1, served as of commit cccccccccccc"
    described = lineage.describe(found, {}, None, None, [])
    assert (described["model_of"], described["candidate"]) == (1, "flights-train-1")
    assert (described["code"]["commit"], described["code"]["serve_commit"]) == ("a" * 40, COMMIT)
    assert f"the model of version 1, served as of commit {COMMIT}" in lineage.lines_of(described)["version"]
    alone = lineage.describe(replace(found, properties=MADE), {}, None, None, [])
    assert (alone["model_of"], alone["code"]["serve_commit"]) == (None, "a" * 40)
