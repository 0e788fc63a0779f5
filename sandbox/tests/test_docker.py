"""sandbox.docker, building and pushing, through the program that `sandbox start` puts on PATH."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from conftest import DOCKERS_OWN, policy

from sandbox.docker.building import build

DOCKERFILE = """
# syntax=docker/dockerfile:1
ARG BASE=python:3.13-slim
FROM example.org/tool:1 AS tool
FROM ${BASE} AS base
ENV ONE=1 TWO="two words"
WORKDIR /app
FROM base AS train
RUN --mount=from=tool,source=/tool,target=/bin/tool \\
    tool sync
COPY --from=tool /tool /bin/tool
COPY model/ model/
USER 10001
ENTRYPOINT ["python", "-m", "model.train"]
FROM base AS serve
COPY model/__init__.py model/features.py model/
ENTRYPOINT ["python", "-m", "serving"]
CMD ["serve"]
"""


@pytest.fixture(scope="module")
def repository(sandbox: Any) -> str:
    """The URI of a repository."""
    return sandbox.client("ecr").create_repository(repositoryName="docker")["repository"]["repositoryUri"]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context."""
    (tmp_path / "model").mkdir()
    for name in ("__init__.py", "features.py", "train.py"):
        (tmp_path / "model" / name).write_text(f"# {name}\n")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


@pytest.fixture
def pushed(sandbox: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`pushed(uri, target, context)` builds and pushes in this process, and is the digest that push
    printed."""
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)

    def push(uri: str, target: str, context: Path) -> str:
        build(["--target", target, "--platform", "linux/amd64", *DOCKERS_OWN, "--tag", uri, str(context)])
        return capsys.readouterr().out.rpartition("digest: ")[2].split()[0]

    return push


def test_ecr_has_the_digest_that_push_prints(sandbox: Any, repository: str, context: Path, pushed: Any) -> None:
    """Deployments use the digest."""
    digest = pushed(f"{repository}:digest", "train", context)
    images = sandbox.client("ecr").describe_images(repositoryName="docker", imageIds=[{"imageTag": "digest"}])
    assert images["imageDetails"][0]["imageDigest"] == digest


def test_the_same_inputs_give_the_same_digest(sandbox: Any, repository: str, context: Path, pushed: Any) -> None:
    """Whatever the files' times."""
    first = pushed(f"{repository}:first", "serve", context)
    (context / "model" / "features.py").touch()
    assert pushed(f"{repository}:again", "serve", context) == first


def test_another_input_gives_another_digest(sandbox: Any, repository: str, context: Path, pushed: Any) -> None:
    """One byte is enough."""
    first = pushed(f"{repository}:before", "train", context)
    (context / "model" / "train.py").write_text("# changed\n")
    assert pushed(f"{repository}:after", "train", context) != first


def test_configuration_follows_the_stages(sandbox: Any, repository: str, context: Path, pushed: Any) -> None:
    """A stage has what the stage below it set."""
    pushed(f"{repository}:config", "serve", context)
    ecr = sandbox.client("ecr")
    manifest = json.loads(
        ecr.batch_get_image(repositoryName="docker", imageIds=[{"imageTag": "config"}])["images"][0]["imageManifest"]
    )
    layer = manifest["config"]["digest"]
    with urlopen(
        ecr.get_download_url_for_layer(repositoryName="docker", layerDigest=layer)["downloadUrl"], timeout=5
    ) as answer:
        config = json.load(answer)["config"]
    assert config == {
        "WorkingDir": "/app",
        "Env": ["ONE=1", "TWO=two words"],
        "Entrypoint": ["python", "-m", "serving"],
        "Cmd": ["serve"],
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pull", "x"), "`docker pull` is not in the sandbox's docker"),
        (("buildx", "bake"), "`docker buildx bake` is not in the sandbox's docker"),
        (("build", "--tag", "x/y:1", "--output", "type=tar", "."), "--output type=tar is not in the sandbox's docker"),
        (("build",), "docker build: the following arguments are required: context"),
        (("build", "--tag", "x/y:1", "--squash", "."), "`docker build --squash` is not"),
        (("push", "x/y:1"), "there is no image x/y:1"),
    ],
)
def test_what_it_cannot_do_ends_with_a_sentence(sandbox: Any, words: tuple[str, ...], said: str) -> None:
    """And exit code 1."""
    done = sandbox.docker(*words)
    assert (done.returncode, said in done.stderr) == (1, True)


def test_a_stage_that_is_not_there_is_named(sandbox: Any, context: Path) -> None:
    """With those that are."""
    done = sandbox.docker("build", "--target", "test", "--tag", "x/y:1", str(context))
    assert "no stage 'test', it has tool, base, train, serve" in done.stderr


def test_a_file_that_is_not_there_is_named(sandbox: Any, context: Path) -> None:
    """As docker does."""
    (context / "model" / "features.py").unlink()
    done = sandbox.docker("build", "--target", "serve", "--tag", "x/y:1", str(context))
    assert done.returncode == 1 and "model/features.py is not in" in done.stderr


def test_dockerignore_keeps_files_out(repository: str, context: Path, pushed: Any) -> None:
    """And takes back what it names after an exclamation mark."""
    (context / ".dockerignore").write_text("*\n!model\nmodel/train.py\n")
    first = pushed(f"{repository}:ignored", "train", context)
    (context / "model" / "train.py").write_text("# not part of it\n")
    assert pushed(f"{repository}:ignored-2", "train", context) == first
    (context / "model" / "features.py").write_text("# part of it\n")
    assert pushed(f"{repository}:ignored-3", "train", context) != first


def test_login_takes_the_password_from_stdin(sandbox: Any) -> None:
    """It has nothing to check it against."""
    assert "Login Succeeded" in sandbox.docker("login", "--username", "AWS", "--password-stdin", "x").stdout


def test_a_push_goes_to_the_account_in_the_uri(
    sandbox: Any, repository: str, context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pushes, as far as the repository's policy lets him."""
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    build(["--target", "train", "--tag", f"{repository}:visitor", str(context)])
    elsewhere = sandbox.environment | {"AWS_ACCESS_KEY_ID": "sandbox-777777777777"}
    push = [sys.executable, "-m", "sandbox.docker", "push", f"{repository}:visitor"]
    refused = subprocess.run(push, env=elsewhere, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "no resource-based policy allows the ecr:" in refused.stderr
    names = (
        "BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage",
    )  # fmt: skip
    may = {"Effect": "Allow", "Principal": {"AWS": "777777777777"}, "Action": [f"ecr:{name}" for name in names]}
    sandbox.client("ecr").set_repository_policy(repositoryName="docker", policyText=policy(may))
    subprocess.run(push, env=elsewhere, check=True)
    found = sandbox.client("ecr").describe_images(repositoryName="docker", imageIds=[{"imageTag": "visitor"}])
    assert found["imageDetails"]


OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (DOCKERS_OWN, DOCKER),
        (("--provenance=false", "--output", "type=image,push=true"), OCI),
        (("--output", "type=image,push=true,oci-mediatypes=false"), INDEX),
        (("--provenance=false", "--sbom=true", "--output", "type=image,push=true,oci-mediatypes=false"), INDEX),
    ],
)
def test_the_manifest_is_what_was_asked_for(
    sandbox: Any, repository: str, context: Path, options: tuple[str, ...], kind: str
) -> None:
    """As of docker with containerd's image store: OCI, and an index as soon as there are attestations."""
    tag = hashlib.sha256(repr(options).encode()).hexdigest()[:12]
    sandbox.docker("buildx", "build", "--target", "serve", "--tag", f"{repository}:{tag}", *options, str(context))
    found = sandbox.client("ecr").describe_images(repositoryName="docker", imageIds=[{"imageTag": tag}])
    assert found["imageDetails"][0]["imageManifestMediaType"] == kind
