"""`docker login` and `docker push`, through ECR's layer operations.

An image whose build did not ask for Docker's own media types is pushed as docker with containerd's image store does
it: an OCI manifest, and with attestations an index of it
(https://docs.docker.com/build/metadata/attestations/attestation-storage/). Docker's own manifest is
https://distribution.github.io/distribution/spec/manifest-v2-2/.
"""

import hashlib
import json
import sys
from typing import Any

from sandbox.docker.options import Refused, image, options

DOCKER = {
    "manifest": "application/vnd.docker.distribution.manifest.v2+json",
    "config": "application/vnd.docker.container.image.v1+json",
    "layer": "application/vnd.docker.image.rootfs.diff.tar.gzip",
}
OCI = {
    "manifest": "application/vnd.oci.image.manifest.v1+json",
    "config": "application/vnd.oci.image.config.v1+json",
    "layer": "application/vnd.oci.image.layer.v1.tar+gzip",
}
INDEX = "application/vnd.oci.image.index.v1+json"


def login(words: list[str]) -> None:
    """`docker login --username U --password-stdin REGISTRY`."""
    options("login", ("registry",), ("--username",), words, ("--password-stdin",))
    sys.stdin.read()
    print("Login Succeeded")


def push(words: list[str]) -> None:
    """`docker push URI:TAG`."""
    send(options("push", ("uri",), (), words).uri)


def send(uri: str) -> None:
    """Push an image that was built. Raises Refused with what ECR says."""
    folder = image(uri)
    if not folder.is_dir():
        raise Refused(f"there is no image {uri}: build it with --tag {uri}")
    import boto3  # here, as it takes longer to import than a build takes
    from botocore.exceptions import BotoCoreError, ClientError

    registry, _, path = uri.partition("/")
    repository, _, tag = path.rpartition(":")
    place = {"repositoryName": repository, "registryId": registry.partition(".")[0]}
    layer, config = (folder / "layer").read_bytes(), (folder / "config").read_bytes()
    form = json.loads((folder / "form").read_text())
    try:
        ecr = boto3.client("ecr")
        for blob in (layer, config):
            _upload(ecr, place, blob)
        named, size = _put(ecr, place, tag, form, layer=layer, config=config)
    except (BotoCoreError, ClientError) as error:
        raise Refused(str(error)) from error
    print(f"{tag}: digest: {named} size: {size}")


def _put(
    ecr: Any, place: dict[str, str], tag: str, form: dict[str, bool], layer: bytes, config: bytes
) -> tuple[str, int]:
    """Put what the tag names; digest and size of it."""
    types = OCI if form["oci"] else DOCKER
    kind = types["manifest"]
    manifest = _document(kind, config=descriptor(types["config"], config), layers=[descriptor(types["layer"], layer)])
    if form["attested"]:
        _image(ecr, place, kind, manifest)  # by its digest alone
        kind, manifest = INDEX, _document(INDEX, manifests=[descriptor(kind, manifest)])
    _image(ecr, place, kind, manifest, imageTag=tag)
    return digest(manifest), len(manifest)


def _image(ecr: Any, place: dict[str, str], kind: str, manifest: bytes, **named: str) -> None:
    ecr.put_image(
        **place,
        **named,
        imageManifest=manifest.decode(),
        imageManifestMediaType=kind,
        imageDigest=digest(manifest),  # moto would hash the layers alone
    )


def _document(kind: str, **parts: Any) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": kind, **parts}, indent=3).encode()


def _upload(ecr: Any, place: dict[str, str], blob: bytes) -> None:
    named = digest(blob)
    asked = ecr.batch_check_layer_availability(**place, layerDigests=[named])
    if asked["layers"]:
        return
    begun = ecr.initiate_layer_upload(**place)
    for first in range(0, len(blob), begun["partSize"]):
        part = blob[first : first + begun["partSize"]]
        ecr.upload_layer_part(
            **place,
            uploadId=begun["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    ecr.complete_layer_upload(**place, uploadId=begun["uploadId"], layerDigests=[named])


def descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    """How a manifest names a blob."""
    return {"mediaType": media_type, "size": len(blob), "digest": digest(blob)}


def digest(blob: bytes) -> str:
    """What a registry calls a blob."""
    return "sha256:" + hashlib.sha256(blob).hexdigest()
