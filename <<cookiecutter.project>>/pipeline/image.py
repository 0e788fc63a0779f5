"""`pipeline image`: an image is named by the hash of its inputs, and built when ECR has none of that name.

Docker builds are not reproducible, so the tag says what went in, and what is deployed uses the digest.
"""

import base64
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from pipeline import aws, digest, dockerfile, names, settings
from pipeline.command import Answer, verb
from pipeline.errors import InfrastructureError, UserError
from pipeline.progress import say

TARGETS = ("train", "serve")
TAG_LENGTH = 20
BASES = ("HUB", "GHCR")  # build arguments of the Dockerfile: whose base images it takes


@dataclass(frozen=True)
class Image:
    """An image in ECR; `uri` ends in its digest."""

    tag: str
    uri: str
    built: bool


def tag(root: Path, target: str) -> str:
    """The hash of everything that `target` is built from. Raises UserError when such a file is missing."""
    try:
        paths = dockerfile.inputs((root / "Dockerfile").read_text(), target)
        return digest.of([target, digest.of_files(root, paths)])[:TAG_LENGTH]
    except FileNotFoundError as error:
        raise UserError(f"{error.filename or error} is missing, and the {target} image needs it") from error


def ensure(target: str) -> Image:
    """The image of the present sources. Builds and pushes it when ECR has none."""
    root = names.root()
    repository: str = getattr(settings.images(), target)
    name = tag(root, target)
    found = _digest(repository, name)
    if found is None:
        say(f"image: building {target} {name}")
        _build(root, target, f"{repository}:{name}")
        pushed = _digest(repository, name)
        if pushed is None:
            raise InfrastructureError(
                f"{repository}:{name} was pushed but ECR does not list it: run the verb again"
            )
        return Image(name, f"{repository}@{pushed}", built=True)
    return Image(name, f"{repository}@{found}", built=False)


def keep(uri: str, tag: str) -> None:
    """Give the image at `uri`, which ends in its digest, one more tag; an image that has it is left alone.

    The same manifest under another tag: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    repository, sha = uri.split("/", 1)[1].split("@")
    if _has(repository, sha, tag):
        return
    ecr, wanted = aws.client("ecr"), [{"imageDigest": sha}]
    [found] = ecr.batch_get_image(repositoryName=repository, imageIds=wanted)["images"]
    try:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=found["imageManifest"],
            imageManifestMediaType=found["imageManifestMediaType"],
            imageTag=tag,
        )
    except ClientError:
        if not _has(repository, sha, tag):  # else another has just given it
            raise


def _has(repository: str, sha: str, tag: str) -> bool:
    """Whether the image of that digest has the tag."""
    wanted = [{"imageDigest": sha}]
    [there] = aws.client("ecr").describe_images(repositoryName=repository, imageIds=wanted)["imageDetails"]
    return tag in there.get("imageTags", ())


def _digest(repository: str, name: str) -> str | None:
    """The digest of a tag in ECR, or None."""
    found = aws.find(
        aws.client("ecr").describe_images,
        repositoryName=repository.split("/", 1)[1],
        imageIds=[{"imageTag": name}],
    )
    return found["imageDetails"][0]["imageDigest"] if found else None


def _build(root: Path, target: str, uri: str) -> None:
    """Build for SageMaker's platform; it cannot run an image that comes with an attestation."""
    if shutil.which("docker") is None:
        raise UserError("docker is not on the PATH: install Docker, or let CI build the image")
    mirror = settings.images().mirror
    sources = [f"--build-arg={name}={mirror}" for name in BASES] if mirror else []
    arguments = ["--target", target, "--platform", "linux/amd64", "--provenance=false", *sources]
    _docker(root, ["build", *arguments, "--tag", uri, "."])
    token = aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, password = base64.b64decode(token).decode().split(":", 1)
    _docker(root, ["login", "--username", user, "--password-stdin", uri.split("/", 1)[0]], password)
    _docker(root, ["push", uri])


def _docker(root: Path, arguments: list[str], text: str | None = None) -> None:
    """Run docker; what it prints goes to stderr. Raises InfrastructureError when it fails."""
    done = subprocess.run(  # noqa: S603  # fixed program, no shell
        ["docker", *arguments],  # noqa: S607  # the user's own docker
        cwd=root,
        input=text,
        text=True,
        stdout=sys.stderr,
        env={**os.environ, "DOCKER_CLI_HINTS": "false"},
        check=False,
    )
    if done.returncode:
        raise InfrastructureError(
            f"docker {arguments[0]} failed with code {done.returncode}; its own words are above"
        )


@verb("image", "pipeline image")
def command() -> Answer:
    """Build the training and the serving image and push them, unless ECR has them.

    The tag is the hash of the Dockerfile, uv.lock and the sources that the target copies.
    """
    images = {target: ensure(target) for target in TARGETS}
    lines = [f"{t}: {image.uri} {'built' if image.built else 'was there'}" for t, image in images.items()]
    return Answer({target: asdict(image) for target, image in images.items()}, lines)
