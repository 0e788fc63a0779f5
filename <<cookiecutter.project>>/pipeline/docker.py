"""The docker command: images built for SageMaker, and containers that end with the block that runs them.

SageMaker's CreateModel refuses an image whose manifest is not Docker's own ("Unsupported manifest media
type application/vnd.oci.image.manifest.v1+json …"). AWS's documentation says so nowhere, its users do:
https://repost.aws/questions/QUQgFRXiCYTjCtyxH_e2x9yg/oci-format-unsupported-when-creating-a-sagemaker-model
and https://github.com/aws/amazon-sagemaker-feedback/issues/180. What docker makes depends on

- where it keeps images: https://docs.docker.com/engine/storage/containerd/ (the default of Docker Desktop and
  of Engine 29.0),
- attestations: https://docs.docker.com/build/metadata/attestations/attestation-storage/ (an index),
- `oci-mediatypes`: https://docs.docker.com/build/exporters/image-registry/.

So buildx is told all of it, and pushes by itself: `docker push` would send what the image store made of it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from pipeline.errors import InfrastructureError, UserError

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
PLATFORM = "linux/amd64"
BASES = ("HUB", "GHCR")  # build arguments of the Dockerfile: whose base images it takes
PUSH = ("--output", "type=image,push=true,oci-mediatypes=false")
LOAD = ("--load",)  # into docker's own images, to be run here
UNKNOWN = 125  # docker's code for words that it does not know
GONE_SECONDS = 30  # for `docker rm`, and for the client of a container that was removed


def build(root: Path, target: str, tag: str, output: Sequence[str], mirror: str | None = None) -> None:
    """Build a target of the Dockerfile as `tag`; `output` is PUSH or LOAD. Raises as `run` does."""
    sources = [f"--build-arg={name}={mirror}" for name in BASES] if mirror else []
    plain = ("--provenance=false", "--sbom=false")
    options = ["--target", target, "--platform", PLATFORM, *plain, *sources, "--tag", tag, *output]
    run(["buildx", "build", *options, "."], root)


def run(arguments: Sequence[str], folder: Path | None = None, text: str | None = None) -> None:
    """Run docker; what it prints goes to stderr.

    Raises InfrastructureError when it fails, UserError without docker or its buildx.
    """
    done = subprocess.run(  # noqa: S603  # fixed program, no shell
        [_program(), *arguments],
        cwd=folder,
        input=text,
        text=True,
        stdout=sys.stderr,
        env={**os.environ, "DOCKER_CLI_HINTS": "false"},
        check=False,
    )
    if done.returncode == UNKNOWN and arguments[0] == "buildx":
        raise UserError(
            "this docker has no buildx, or an old one: https://github.com/docker/buildx says how to get it"
        )
    if done.returncode:
        what = " ".join(arguments[:2] if arguments[0] == "buildx" else arguments[:1])
        raise InfrastructureError(
            f"docker {what} failed with code {done.returncode}; its own words are above"
        )


class Container:
    """A container of an image, which is removed when the `with` block ends; what it prints goes to `log`.

    It runs in the foreground of a docker client of its own, so the client's end and code are the container's.
    """

    def __init__(
        self, name: str, image: str, words: Sequence[str], options: Sequence[str], log: Path
    ) -> None:
        """Nothing is started yet. Raises UserError without docker."""
        self.name, self.log = name, log
        fixed = ("--rm", "--name", name, "--platform", PLATFORM)
        self._command = [_program(), "run", *fixed, *options, image, *words]
        self._client: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Container":
        """Start it."""
        with self.log.open("wb") as log:
            self._client = subprocess.Popen(  # noqa: S603  # fixed program, no shell
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours to answer
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it, running or not: first the client, so that none starts behind our back."""
        assert self._client  # noqa: S101
        self._client.terminate()
        try:
            self._client.wait(GONE_SECONDS)
        except subprocess.TimeoutExpired:
            self._client.kill()
        _quietly("rm", "--force", "--volumes", self.name)
        self._client.wait()

    @property
    def code(self) -> int | None:
        """The exit code, None while it runs."""
        assert self._client  # noqa: S101
        return self._client.poll()

    def wait(self, seconds: float) -> int | None:
        """The exit code, or None when it still runs after `seconds`."""
        assert self._client  # noqa: S101
        try:
            return self._client.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def port(self, inside: int) -> int | None:
        """Where `inside` is published on this machine; None as long as it is not."""
        said = _quietly("port", self.name, str(inside)).rpartition(":")[2].strip()
        return int(said) if said.isdigit() else None

    def last_lines(self, most: int) -> list[str]:
        """The end of what it has printed."""
        return self.log.read_text(errors="replace").splitlines()[-most:]


def _quietly(*arguments: str) -> str:
    """What docker prints; nothing when it fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603  # fixed program, no shell
            [_program(), *arguments], capture_output=True, text=True, timeout=GONE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout if done.returncode == 0 else ""


def _program() -> str:
    found = shutil.which("docker")
    if found is None:
        raise UserError("docker is not on the PATH: install Docker, or let CI build the image")
    return found
