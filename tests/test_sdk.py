"""What the SageMaker Python SDK sends for the project's job is what `pipeline train` sends, member by member.

Both talk to an account that keeps every request and completes no job, and to nobody else. The SDK is installed apart,
from its own lock.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import TEMPLATE, UV
from pipeline.docker import MANIFEST

pytestmark = pytest.mark.slow
SDK = TEMPLATE / "docs" / "sdk"
HERE = "123456789012"
BUCKET = f"flight-delays-{HERE}-eu-west-1"
KEY = f"arn:aws:kms:eu-west-1:{HERE}:key/0123abcd-0000-0000-0000-000000000000"
ROLE = f"arn:aws:iam::{HERE}:role/mlops/flight-delays-eu-west-1-train"
ECR = f"{HERE}.dkr.ecr.eu-west-1.amazonaws.com/flight-delays"
MACHINE = {"instance_type": "ml.m5.large", "instance_count": 1, "volume_gb": 10, "max_runtime_seconds": 3600}
PLAIN = {"role_arn": ROLE, **MACHINE}
WHOLE = PLAIN | {
    "subnets": ["subnet-0a1b2c3d"],
    "security_groups": ["sg-0a1b2c3d"],
    "kms_key_arn": KEY,
    "spot": True,
    "max_wait_seconds": 7200,
}
# Where the two differ: what the SDK sends there, and why. All other members are equal.
DIFFERS = {
    "TrainingJobName": (
        "flight-delays-experiment-",
        "the SDK appends the time to its base name, the project the hash of what the job is made of",
    ),
    "OutputDataConfig.CompressionType": ("GZIP", "the SDK names what AWS does by itself, the project leaves it out"),
}
# In front of every program: the names that it looks up. Telemetry goes past AWS_ENDPOINT_URL, in a thread that the
# end of the program would cut off.
LOOK_UPS = """
import atexit, os, socket, threading
def look_up(host, *rest, resolve=socket.getaddrinfo, **more):
    with open(os.environ["LOOK_UPS"], "a") as file:
        file.write(f"{host}\\n")
    return resolve(host, *rest, **more)
socket.getaddrinfo = look_up
@atexit.register
def wait():
    for thread in threading.enumerate():
        if thread.name == "sagemaker-telemetry":
            thread.join(20)
"""
FAILED = {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": "nothing runs here"}


class Account(BaseHTTPRequestHandler):
    """Answers in AWS's JSON protocols; a training job that was created has failed."""

    server: "Server"

    def do_POST(self) -> None:
        """One operation of SSM, ECR or SageMaker; STS alone speaks XML."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "sts.GetCallerIdentity").partition(".")[2]
        request = json.loads(body) if "X-Amz-Target" in self.headers else {}
        self.server.calls.append((operation, request))
        if operation == "GetCallerIdentity":
            inner = f"<Arn>arn:aws:iam::{HERE}:user/somebody</Arn><Account>{HERE}</Account>"
            result = f"<GetCallerIdentityResult>{inner}</GetCallerIdentityResult>"
            return self.answer(200, f"<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>")
        status, document = self.server.of(operation, request)
        return self.answer(status, json.dumps(document))

    def do_HEAD(self) -> None:
        """Whatever is asked for is in the bucket."""
        self.answer(200, "")

    def do_PUT(self) -> None:
        """Whatever is put is taken."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(200, "")

    def answer(self, status: int, text: str) -> None:
        """Send `text`."""
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode() if self.command != "HEAD" else b"")

    def log_message(self, *_: Any) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    """An account with a platform, whose jobs are of the given definition."""

    daemon_threads = True

    def __init__(self, job: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Account)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        storage = {"bucket": BUCKET} | ({"kms_key_arn": KEY} if "kms_key_arn" in job else {})
        images = {target: f"{ECR}/{target}" for target in ("train", "serve")}
        published = {"storage": storage, "images": images, "jobs/train": job}
        self.parameters = {f"/flight-delays/platform/{name}": json.dumps(value) for name, value in published.items()}

    def of(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        if operation == "GetParameter":
            return 200, {"Parameter": {"Name": request["Name"], "Value": self.parameters[request["Name"]]}}
        if operation == "DescribeImages":
            return 200, {"imageDetails": [{"imageDigest": "sha256:" + "4" * 64, "imageManifestMediaType": MANIFEST}]}
        if operation == "DescribeLogStreams":
            return 200, {"logStreams": []}
        if operation == "CreateTrainingJob":
            return 200, {"TrainingJobArn": self.arn(request)}
        if operation == "DescribeTrainingJob" and self.created():
            return 200, {**self.created()[-1], **FAILED, "TrainingJobArn": self.arn(request)}
        missing = "ValidationException" if operation == "DescribeTrainingJob" else "UnknownOperationException"
        return 400, {"__type": missing, "message": "Requested resource not found."}

    def arn(self, request: dict[str, Any]) -> str:
        """The ARN of the job that a request names."""
        return f"arn:aws:sagemaker:eu-west-1:{HERE}:training-job/{request['TrainingJobName']}"

    def created(self) -> list[dict[str, Any]]:
        """The requests for a training job."""
        return [request for operation, request in self.calls if operation == "CreateTrainingJob"]


def members(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf of a request, by its path."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if not pairs:
        return {path: value}
    return {key: leaf for name, one in pairs for key, leaf in members(one, f"{path}.{name}".strip(".")).items()}


def sent(folder: Path, job: dict[str, Any], notes: Path, *command: str | Path) -> dict[str, Any]:
    """The one CreateTrainingJob request of a command that is run in the project, and reaches the account alone."""
    notes.mkdir()
    (notes / "sitecustomize.py").write_text(LOOK_UPS)
    server = Server(job)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    variables = {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "PYTHONPATH": str(notes),
        "LOOK_UPS": str(notes / "names"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    try:
        done = subprocess.run([*command], cwd=folder, env=variables, capture_output=True, text=True, timeout=300)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "nothing runs here" in done.stdout + done.stderr, done.stdout + done.stderr
    assert set((notes / "names").read_text().split()) == {"127.0.0.1"}
    [request] = server.created()
    return request


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of the SDK's environment."""
    venv = tmp_path_factory.mktemp("sdk") / "venv"
    command = [UV, "sync", "--quiet", "--frozen", "--project", SDK]
    subprocess.run(command, check=True, env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(venv)})
    return venv / "bin" / "python"


@pytest.fixture(scope="module")
def committed(project: Path) -> Iterator[Path]:
    """The project, at a commit."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.cd"]
    for words in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    yield project
    subprocess.run(["rm", "-rf", project / ".git"], check=True)


@pytest.mark.parametrize("job", [PLAIN, WHOLE], ids=["plain", "whole"])
def test_the_sdk_asks_for_the_same_job(job: dict[str, Any], committed: Path, sdk: Path, tmp_path: Path) -> None:
    """With and without network, keys and spot: all but what is listed, and that as it is listed."""
    pipeline = committed / ".venv" / "bin" / "pipeline"
    ours = members(sent(committed, job, tmp_path / "ours", pipeline, "train", "--experiment"))
    theirs = members(sent(committed, job, tmp_path / "theirs", sdk, "-m", "docs.sdk.train"))
    assert {name for name in ours | theirs if ours.get(name) != theirs.get(name)} == set(DIFFERS)
    for name, (begins, _) in DIFFERS.items():
        assert theirs[name].startswith(begins)
    assert ours["TrainingJobName"].startswith("flight-delays-experiment-")
