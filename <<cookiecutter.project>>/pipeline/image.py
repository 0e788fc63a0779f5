"""`pipeline image`: an image is named by the hash of its inputs, and built when ECR has none of that name.

Docker builds are not reproducible, so the tag says what went in, and what is deployed uses the digest.
"""

import base64
from dataclasses import asdict, dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from pipeline import aws, digest, docker, dockerfile, names, settings
from pipeline.command import Answer, Document, verb
from pipeline.errors import InfrastructureError, RefusalError, UserError
from pipeline.progress import say

TARGETS = ("train", "serve")
TAG_LENGTH = 20


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
    """The image of the present sources. Builds and pushes it when ECR has none.

    Raises RefusalError when ECR has one that SageMaker would not take.
    """
    root, images = names.root(), settings.images()
    repository, name = getattr(images, target), tag(root, target)
    if found := _there(repository, name):
        return Image(name, found, built=False)
    say(f"image: building {target} {name}")
    _push(root, target, f"{repository}:{name}", images.mirror)
    pushed = _there(repository, name)
    if pushed is None:
        raise InfrastructureError(
            f"{repository}:{name} was pushed but ECR does not list it: run the verb again"
        )
    return Image(name, pushed, built=True)


def find(target: str) -> str | None:
    """The URI, which ends in its digest, of the image of the present sources; None when ECR has none.

    Raises RefusalError when SageMaker would not take it.
    """
    return _there(getattr(settings.images(), target), tag(names.root(), target))


def _there(repository: str, name: str) -> str | None:
    found = aws.find(
        aws.client("ecr").describe_images,
        repositoryName=repository.split("/", 1)[1],
        imageIds=[{"imageTag": name}],
    )
    if found is None:
        return None
    [there] = found["imageDetails"]
    if wrong := fault(f"{repository}:{name}", there.get("imageManifestMediaType", "unknown")):
        raise RefusalError(wrong)
    return f"{repository}@{there['imageDigest']}"


def fault(uri: str, media_type: str) -> str | None:
    """Why SageMaker would not take the image in ECR (pipeline/docker.py); None when it would. Pure."""
    if media_type == docker.MANIFEST:
        return None
    return (
        f"{uri} has a manifest of type {media_type} and SageMaker takes {docker.MANIFEST} only: "
        "delete that tag in ECR, and let `pipeline image` push it"
    )


def keep(uri: str, tag: str) -> None:
    """Give the image at `uri`, which ends in its digest, one more tag; an image that has it is left alone.

    The same manifest under another tag: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    if kept(uri, tag):
        return
    repository, sha = uri.split("/", 1)[1].split("@")
    ecr, wanted = aws.client("ecr"), [{"imageDigest": sha}]
    there = ecr.batch_get_image(repositoryName=repository, imageIds=wanted)["images"]
    if not there:
        raise InfrastructureError(f"ECR has no {uri} any more: somebody, or a lifecycle rule, has deleted it")
    [found] = there
    try:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=found["imageManifest"],
            imageManifestMediaType=found["imageManifestMediaType"],
            imageTag=tag,
        )
    except ClientError:
        if not kept(uri, tag):  # else another has just given it
            raise


def kept(uri: str, tag: str) -> bool:
    """Whether ECR has the image at `uri`, which ends in its digest, and the image has the tag."""
    repository, sha = uri.split("/", 1)[1].split("@")
    wanted = [{"imageDigest": sha}]
    found = aws.find(aws.client("ecr").describe_images, repositoryName=repository, imageIds=wanted)
    return found is not None and tag in found["imageDetails"][0].get("imageTags", ())


def _push(root: Path, target: str, uri: str, mirror: str | None) -> None:
    """Build an image and push it."""
    token = aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, password = base64.b64decode(token).decode().split(":", 1)
    docker.run(["login", "--username", user, "--password-stdin", uri.split("/", 1)[0]], root, password)
    docker.build(root, target, uri, docker.PUSH, mirror)


@verb("image", "pipeline image")
def command() -> Answer:
    """Build the training and the serving image and push them, unless ECR has them.

    The tag is the hash of the Dockerfile, uv.lock and the sources that the target copies. `pipeline smoke`
    tries both without pushing.
    """
    images = {target: ensure(target) for target in TARGETS}
    lines = [f"{t}: {image.uri} {'built' if image.built else 'was there'}" for t, image in images.items()]
    told = [f"`{t}` {image.tag} {'built' if image.built else 'was there'}" for t, image in images.items()]
    document: Document = {target: asdict(image) for target, image in images.items()}
    return Answer(document, lines, summary=f"**images**: {', '.join(told)}.")
