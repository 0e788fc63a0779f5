"""An image is named by its inputs, and looked up before it is built."""

import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import docker, image
from pipeline.errors import InfrastructureError, RefusalError, UserError

from .conftest import REPOSITORY

DOCKERFILE = """
FROM python:3.13-slim AS train
COPY model/ model/
FROM python:3.13-slim AS serve
COPY serving/ serving/
"""
FILES = {
    "Dockerfile": DOCKERFILE,
    "uv.lock": "lock",
    "model/train.py": "1",
    "serving/app.py": "1",
    "README.md": "read me",
}


@pytest.fixture
def sources(project: Path) -> Path:
    """A project with a Dockerfile."""
    for name, content in FILES.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(content)
    return project


@pytest.mark.parametrize("name", ["Dockerfile", "uv.lock", "model/train.py"])
def test_the_tag_changes_with_each_input(sources: Path, name: str) -> None:
    """Whatever goes in has a part in the name."""
    before = image.tag(sources, "train")
    (sources / name).write_text(FILES[name] + "\n# more")
    assert image.tag(sources, "train") != before


@pytest.mark.parametrize("name", ["README.md", "serving/app.py", "policy.toml"])
def test_the_tag_does_not_change_with_anything_else(sources: Path, name: str) -> None:
    """A corrected word in the README builds and trains nothing."""
    before = image.tag(sources, "train")
    (sources / name).write_text("other")
    assert image.tag(sources, "train") == before


def test_targets_have_different_tags(sources: Path) -> None:
    """Two targets of the same inputs are two images."""
    (sources / "Dockerfile").write_text("FROM a AS train\nFROM a AS serve\n")
    assert image.tag(sources, "train") != image.tag(sources, "serve")


def test_a_missing_input_is_named(sources: Path) -> None:
    """One sentence instead of a failed build."""
    shutil.rmtree(sources / "model")
    with pytest.raises(UserError, match="model is missing, and the train image needs it"):
        image.tag(sources, "train")


BUILD_FAILS = "test $1 = login || exit 7"


def fake_docker(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a `docker` on the PATH that notes how it was called."""
    log, program = folder / "docker.log", folder / "bin/docker"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {log}\n{script}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return log


def put(cloud: Callable[[str], Any], tag: str, kind: str = docker.MANIFEST) -> None:
    """An image in ECR, as a push leaves it."""
    body = json.dumps(
        {"schemaVersion": 2, "mediaType": kind, "config": {"digest": "sha256:" + "0" * 64}, "layers": []}
    )
    cloud("ecr").put_image(repositoryName="flights/serve", imageTag=tag, imageManifest=body)


def test_an_image_that_is_there_is_not_built(
    cloud: Callable[[str], Any], sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The URI ends in the digest, so what is deployed cannot change under the same name."""
    log = fake_docker(sources, monkeypatch, "exit 1")
    put(cloud, image.tag(sources, "serve"))
    found = image.ensure("serve")
    assert (found.built, "/flights/serve@sha256:" in found.uri, log.exists()) == (False, True, False)


@pytest.mark.usefixtures("cloud")
def test_a_failed_build_stops_the_verb(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is pushed after it."""
    log = fake_docker(sources, monkeypatch, BUILD_FAILS)
    with pytest.raises(InfrastructureError, match="docker buildx build failed with code 7"):
        image.ensure("serve")
    assert log.read_text().splitlines()[-1].startswith("buildx build --target serve")


@pytest.mark.usefixtures("cloud")
def test_docker_is_told_what_sagemaker_takes(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Platform, no attestations, Docker's own media types, and buildx pushes."""
    log = fake_docker(sources, monkeypatch, "exit 0")
    with pytest.raises(InfrastructureError):
        image.ensure("serve")
    login, build = log.read_text().splitlines()
    assert login.startswith("login --username AWS --password-stdin ")
    said = "--platform linux/amd64 --provenance=false --sbom=false --tag "
    assert said in build and build.endswith(" --output type=image,push=true,oci-mediatypes=false .")


@pytest.mark.parametrize(
    "kind", ["application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"]
)
def test_a_manifest_that_sagemaker_would_refuse_is_refused_here(
    cloud: Callable[[str], Any], sources: Path, kind: str
) -> None:
    """Before a training is paid for, and with what to do."""
    put(cloud, image.tag(sources, "serve"), kind)
    with pytest.raises(RefusalError, match=re.escape(f"has a manifest of type {kind}")) as refused:
        image.ensure("serve")
    assert "delete that tag in ECR" in str(refused.value)


def test_what_was_pushed_is_held_against_it_too(
    cloud: Callable[[str], Any], sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever docker was told: ECR says what has arrived."""
    oci = "application/vnd.oci.image.manifest.v1+json"
    monkeypatch.setattr(image, "_push", lambda *_asked: put(cloud, image.tag(sources, "serve"), oci))
    with pytest.raises(RefusalError, match="SageMaker takes"):
        image.ensure("serve")


def test_a_mirror_stands_in_for_the_registries_of_the_base_images(
    cloud: Callable[[str], Any], sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform's setting reaches the Dockerfile's arguments."""
    log = fake_docker(sources, monkeypatch, BUILD_FAILS)
    published = {"train": "t", "serve": "host/flights/serve", "mirror": "mirror.example.com/docker"}
    cloud("ssm").put_parameter(
        Name="/flights/platform/images", Value=json.dumps(published), Type="String", Overwrite=True
    )
    with pytest.raises(InfrastructureError):
        image.ensure("serve")
    said = log.read_text()
    assert [f"--build-arg={name}=mirror.example.com/docker" in said for name in docker.BASES] == [True, True]


def test_the_dockerfile_takes_the_arguments_that_are_passed() -> None:
    """Docker only warns of one that it does not know."""
    text = (REPOSITORY / "Dockerfile").read_text()
    assert [
        name for name in docker.BASES if f"\nARG {name}=" not in text or f"${{{name}}}/" not in text
    ] == []


@pytest.mark.usefixtures("cloud")
def test_a_push_that_did_not_arrive_is_noticed(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's word is not taken for ECR's."""
    fake_docker(sources, monkeypatch, "exit 0")
    with pytest.raises(InfrastructureError, match="ECR does not list it"):
        image.ensure("serve")


@pytest.mark.usefixtures("cloud")
def test_without_docker_a_sentence_says_so(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verb needs a docker only when there is something to build."""
    monkeypatch.setenv("PATH", str(sources))
    with pytest.raises(UserError, match="docker is not on the PATH"):
        image.ensure("serve")


def test_a_registered_image_is_tagged_once(cloud: Callable[[str], Any]) -> None:
    """The repositories' lifecycle spares the tag; registering again changes nothing."""
    put(cloud, "content")
    for _ in range(2):
        image.keep(f"host/flights/serve@{digest_of(cloud, 'content')}", "registered-3")
    [found] = cloud("ecr").describe_images(repositoryName="flights/serve")["imageDetails"]
    assert sorted(found["imageTags"]) == ["content", "registered-3"]


def test_two_may_give_a_tag_at_once(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """ECR refuses the second; a refusal that leaves the image without its tag is raised."""
    put(cloud, "content")
    uri = f"host/flights/serve@{digest_of(cloud, 'content')}"
    image.keep(uri, "registered-3")
    looks = iter([False, True, False, False])
    monkeypatch.setattr(image, "kept", lambda *_asked: next(looks))
    image.keep(uri, "registered-3")
    with pytest.raises(ClientError, match="ImageAlreadyExists"):
        image.keep(uri, "registered-3")


def test_an_image_that_is_gone_is_named(cloud: Callable[[str], Any]) -> None:
    """It was registered, and its repository's lifecycle or a person deleted it."""
    uri = f"host/flights/serve@sha256:{'0' * 64}"
    assert not image.kept(uri, "registered-3")
    with pytest.raises(InfrastructureError, match="ECR has no host/flights/serve"):
        image.keep(uri, "registered-3")


def test_the_image_of_the_sources_is_found_by_its_tag(cloud: Callable[[str], Any], sources: Path) -> None:
    """And not built."""
    assert image.find("serve") is None
    put(cloud, image.tag(sources, "serve"))
    assert str(image.find("serve")).endswith(digest_of(cloud, image.tag(sources, "serve")))


def digest_of(cloud: Callable[[str], Any], tag: str) -> str:
    """The digest behind a tag."""
    wanted = [{"imageTag": tag}]
    found = cloud("ecr").describe_images(repositoryName="flights/serve", imageIds=wanted)
    return str(found["imageDetails"][0]["imageDigest"])


@pytest.mark.usefixtures("project")
def test_a_workflow_is_told_what_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was there."""
    monkeypatch.setattr(image, "ensure", lambda target: image.Image("tag", "uri", built=target == "serve"))
    answer = image.command.main([], standalone_mode=False)
    assert answer.summary == "**images**: `train` tag was there, `serve` tag built."
