"""Image layers, of which moto keeps only the sizes, and images unpacked into folders.

The five layer operations are those that `docker push` uses behind ECR's registry address
(https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html and its neighbours);
blobs are files named by digest. PutImage, BatchGetImage and DescribeImages are moto's.

ECR keeps OCI manifests (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html), and
SageMaker's CreateModel refuses them in the words below; AWS's documentation says so nowhere, its users do
(https://github.com/aws/amazon-sagemaker-feedback/issues/180, https://github.com/mlflow/mlflow/issues/13834). One of
them saw a training job take an OCI index (https://github.com/kurosawa-kuro/multicloud-ml-platform-lab). The sandbox
refuses it there too: what a job takes and CreateModel does not is found out after the training is paid for.
"""

import contextlib
import hashlib
import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from sandbox.tarball import unpack
from sandbox.world import ApiError, World

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"  # the only manifest that SageMaker takes
PART_SIZE = 10 * 1024 * 1024  # what AWS answers too; parts are consecutive
OF_THE_MACHINE = ("PATH", "HOME", "VIRTUAL_ENV", "PYTHONHOME")  # programs are this machine's, not the image's
_URI = re.compile(
    r"(?:(?P<account>\d{12})\.dkr\.ecr\.)?[^/]+/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Missing(ApiError):
    """There is no such image."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


@dataclass(frozen=True)
class Container:
    """An unpacked image: its files lie under `root`; `workdir` is a path on this machine.

    `env` is what the image sets, without what names places of its own file system, and PYTHONPATH=`workdir`.
    """

    digest: str
    root: Path
    workdir: Path
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)


class Images:
    """The blobs of all repositories, under `folder`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._blobs = world.folder / "layers"
        self._containers = world.folder / "containers"
        self._blobs.mkdir()
        self._containers.mkdir()
        self._uploads: dict[str, bytearray] = {}
        self._lock = threading.Lock()

    def begin(self) -> str:
        """The id of a new upload."""
        upload = str(uuid.uuid4())
        self._uploads[upload] = bytearray()
        return upload

    def add(self, upload: str, first: int, last: int, blob: bytes) -> int:
        """Append bytes `first` to `last`, and return `last`. Raises ApiError when a part is out of order."""
        received = self._upload(upload)
        if first != len(received) or last - first + 1 != len(blob):
            raise ApiError("InvalidLayerPartException", f"the next part begins at byte {len(received)}, not {first}")
        received += blob
        return last

    def finish(self, upload: str, digests: list[str]) -> str:
        """Store an upload under its digest. Raises ApiError: empty, known, or not what was announced."""
        blob = bytes(self._upload(upload))
        digest = "sha256:" + hashlib.sha256(blob).hexdigest()
        if not blob:
            raise ApiError("EmptyUploadException", f"nothing was uploaded under {upload}")
        if digest not in digests:
            raise ApiError("InvalidLayerException", f"the layer is {digest}, the request says {', '.join(digests)}")
        del self._uploads[upload]
        if self.has(digest):
            raise ApiError("LayerAlreadyExistsException", f"{digest} exists")
        self._path(digest).write_bytes(blob)
        return digest

    def has(self, digest: str) -> bool:
        """Whether the blob is here."""
        return self._path(digest).is_file()

    def layer(self, digest: str) -> bytes:
        """The blob. Raises ApiError LayersNotFoundException."""
        if not self.has(digest):
            raise ApiError("LayersNotFoundException", f"layer {digest} does not exist")
        return self._path(digest).read_bytes()

    def unpack(self, image_uri: str) -> Container:
        """The image's files, extracted once per digest.

        The account that the URI names has them, whichever it is. Raises ApiError ValidationException when the
        image or one of its layers does not exist, or SageMaker does not take its manifest.
        """
        owner = self._owner(image_uri)
        if owner is not self:
            return owner.unpack(image_uri)
        digest, manifest = self._manifest(image_uri)
        config = json.loads(self.layer(manifest["config"]["digest"])).get("config", {})
        root = self._containers / digest.removeprefix("sha256:")
        with self._lock:
            if not root.is_dir():
                part = root.with_suffix(".part")
                part.mkdir()
                for layer in manifest["layers"]:
                    unpack(self._path(layer["digest"]).read_bytes(), part)
                part.rename(root)
        workdir = root / str(config.get("WorkingDir") or "/").lstrip("/")
        workdir.mkdir(parents=True, exist_ok=True)
        variables = dict(pair.split("=", 1) for pair in config.get("Env") or ())
        for name in OF_THE_MACHINE:
            variables.pop(name, None)
        variables["PYTHONPATH"] = str(workdir)  # the image's packages win over installed ones
        entrypoint, cmd = config.get("Entrypoint") or (), config.get("Cmd") or ()
        return Container(digest, root, workdir, tuple(entrypoint), tuple(cmd), variables)

    def require_manifest(self, image_uri: str) -> None:
        """Do nothing about an image that is not there. Raises ApiError ValidationException on another manifest."""
        owner = self._owner(image_uri)
        with contextlib.suppress(Missing):
            owner._manifest(image_uri)

    def _owner(self, image_uri: str) -> "Images":
        parts = _URI.fullmatch(image_uri)
        if not parts or parts["account"] in (None, self._world.account):
            return self
        return self._world.accounts.world(parts["account"]).images

    def _manifest(self, image_uri: str) -> tuple[str, dict[str, Any]]:
        """Digest and manifest. Raises Missing, and ApiError when SageMaker does not take it."""
        parts = _URI.fullmatch(image_uri)
        if not parts:
            raise Missing(f"{image_uri} is not the URI of an image in ECR")
        wanted = {"imageDigest": parts["digest"]} if parts["digest"] else {"imageTag": parts["tag"] or "latest"}
        ecr = self._world.client("ecr")
        try:
            found = ecr.batch_get_image(repositoryName=parts["repository"], imageIds=[wanted])["images"]
        except ClientError as error:
            raise Missing(f"{image_uri}: {error.response['Error']['Message']}") from error
        if not found:
            raise Missing(f"Requested image {image_uri} not found.")
        kind = found[0]["imageManifestMediaType"]
        if kind != DOCKER:
            raise ApiError(
                "ValidationException",
                f"Unsupported manifest media type {kind} for image {image_uri}. "
                "Ensure that valid manifest media type is used for specified image.",
            )
        return found[0]["imageId"]["imageDigest"], json.loads(found[0]["imageManifest"])

    def _upload(self, upload: str) -> bytearray:
        if upload not in self._uploads:
            raise ApiError("UploadNotFoundException", f"upload {upload} does not exist")
        return self._uploads[upload]

    def _path(self, digest: str) -> Path:
        return self._blobs / digest.removeprefix("sha256:")


def _initiate(world: World, request: dict[str, Any]) -> dict[str, Any]:
    _repository(world, request)
    return {"uploadId": world.images.begin(), "partSize": PART_SIZE}


def _upload_part(world: World, request: dict[str, Any]) -> dict[str, Any]:
    last = world.images.add(
        request["uploadId"], request["partFirstByte"], request["partLastByte"], request["layerPartBlob"]
    )
    return _repository(world, request) | {"uploadId": request["uploadId"], "lastByteReceived": last}


def _complete(world: World, request: dict[str, Any]) -> dict[str, Any]:
    digest = world.images.finish(request["uploadId"], request["layerDigests"])
    return _repository(world, request) | {"uploadId": request["uploadId"], "layerDigest": digest}


def _availability(world: World, request: dict[str, Any]) -> dict[str, Any]:
    _repository(world, request)
    layers, failures = [], []
    for digest in request["layerDigests"]:
        if world.images.has(digest):
            layers.append({"layerDigest": digest, "layerAvailability": "AVAILABLE"})
        else:
            reason = "Requested layer was not found"
            failures.append({"layerDigest": digest, "failureCode": "MissingLayerDigest", "failureReason": reason})
    return {"layers": layers, "failures": failures}


def _download_url(world: World, request: dict[str, Any]) -> dict[str, Any]:
    _repository(world, request)
    digest = request["layerDigest"]
    if not world.images.has(digest):
        raise ApiError("LayersNotFoundException", f"layer {digest} does not exist")
    return {"downloadUrl": f"{world.url}/sandbox/layers/{world.account}/{digest}", "layerDigest": digest}


def _repository(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """The members that name the repository. Raises ApiError RepositoryNotFoundException."""
    name = request["repositoryName"]
    try:
        world.client("ecr").describe_repositories(repositoryNames=[name])
    except ClientError as error:
        details = error.response["Error"]
        raise ApiError(str(details["Code"]), str(details["Message"])) from error
    return {"registryId": world.account, "repositoryName": name}


OPERATIONS = {
    "ecr.InitiateLayerUpload": _initiate,
    "ecr.UploadLayerPart": _upload_part,
    "ecr.CompleteLayerUpload": _complete,
    "ecr.BatchCheckLayerAvailability": _availability,
    "ecr.GetDownloadUrlForLayer": _download_url,
}


def attach(world: World) -> None:
    """Hang `world.images`."""
    world.images = Images(world)
