"""sandbox.docker, running: a container is a process, and gone when it was removed."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from conftest import Sandbox, start, until

SHOWS = """
import json, os, sys
from pathlib import Path
seen = {"words": sys.argv[1:], "env": dict(os.environ), "here": os.getcwd(), "pid": os.getpid()}
print(json.dumps(seen), flush=True)
root = Path(os.environ["ML_ROOT"])
if (root / "model").is_dir():
    (root / "model/left").write_text("by the container")
sys.exit(int(os.environ.get("CODE", "0")))
"""
SERVES = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer((os.environ["BIND_TO_ADDRESS"], int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""
SLEEPS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def built(sandbox: Sandbox, tmp_path: Path) -> Callable[[str], str]:
    """`built(program)` is the tag of an image, made here and pushed nowhere, that runs `program` (Python source)."""

    def build(program: str) -> str:
        context = tmp_path / "context"
        context.mkdir()
        (context / "toy.py").write_text(program)
        (context / "Dockerfile").write_text(
            "FROM scratch AS toy\nWORKDIR /app\nENV OWN=1 PATH=/nowhere\nCOPY toy.py ./\n"
            'ENTRYPOINT ["python", "-m", "toy"]\n'
        )
        done = sandbox.docker("buildx", "build", "--target", "toy", "--load", "--tag", "toy/here:1", str(context))
        assert done.returncode == 0, done.stderr
        return "toy/here:1"

    return build


@pytest.fixture
def running(sandbox: Sandbox) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`running(name, image, *options)` starts a container in the foreground; all are removed after the test."""
    started: dict[str, subprocess.Popen[str]] = {}

    def run(name: str, image: str, *options: str) -> subprocess.Popen[str]:
        words = ["docker", "run", "--rm", "--name", name, *options, image, "serve"]
        started[name] = subprocess.Popen(words, env=sandbox.environment, stdout=subprocess.PIPE, text=True)
        return started[name]

    yield run
    for name, process in started.items():
        sandbox.docker("rm", "--force", name)
        process.communicate(timeout=10)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        try:
            os.kill(pid, 0)  # where there is no /proc
        except ProcessLookupError:
            return False
        return not Path("/proc").is_dir()


def test_it_sees_the_image_and_its_volumes(sandbox: Sandbox, built: Callable[[str], str], tmp_path: Path) -> None:
    """The words after the image, its settings, what is mounted; nothing of the person's environment."""
    folder = tmp_path / "ml"
    (folder / "model").mkdir(parents=True)
    options = ("--network", "none", "--platform", "linux/amd64", "--volume", f"{folder}:/opt/ml", "--env", "A=b")
    done = sandbox.docker("run", "--rm", "--name", "sees", *options, built(SHOWS), "train")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    env = seen["env"]
    assert (seen["words"], env["OWN"], env["A"], env["PATH"] == "/nowhere") == (["train"], "1", "b", False)
    assert not {"SANDBOX_STATE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "PYTEST_CURRENT_TEST"} & set(env)
    assert seen["here"].endswith("/root/app")
    assert (folder / "model/left").read_text() == "by the container"


def test_its_code_is_the_programs(sandbox: Sandbox, built: Callable[[str], str]) -> None:
    """As `docker run` in the foreground."""
    assert sandbox.docker("run", "--rm", "--name", "ends", "--env", "CODE=7", built(SHOWS)).returncode == 7


def test_a_published_port_answers(
    sandbox: Sandbox, built: Callable[[str], str], running: Callable[..., subprocess.Popen[str]]
) -> None:
    """On the loopback interface, where `docker port` says."""
    running("publishes", built(SERVES), "--publish", "127.0.0.1::8080")
    where = until(lambda: sandbox.docker("port", "publishes", "8080").stdout.strip())
    host, _, port = where.partition(":")
    assert host == "127.0.0.1"

    def status() -> int:
        connection = HTTPConnection(host, int(port), timeout=5)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    assert until(status) == 200
    assert "publishes the port 8080, not 9090" in sandbox.docker("port", "publishes", "9090").stderr


def test_removing_ends_it_and_what_it_started(
    sandbox: Sandbox, built: Callable[[str], str], running: Callable[..., subprocess.Popen[str]]
) -> None:
    """With SIGKILL, as docker does."""
    process = running("removed", built(SLEEPS))
    pids = [int(word) for word in process.stdout.readline().split()]
    assert all(map(alive, pids))
    assert sandbox.docker("rm", "--force", "--volumes", "removed").returncode == 0
    assert process.wait(timeout=10) == -9
    until(lambda: not any(map(alive, pids)))
    assert "no container removed" in sandbox.docker("port", "removed", "8080").stderr


def test_removing_what_is_not_there_is_no_mistake(sandbox: Sandbox) -> None:
    """As of docker, with --force."""
    assert sandbox.docker("rm", "--force", "never-there").returncode == 0


def test_a_name_is_used_once_at_a_time(
    sandbox: Sandbox, built: Callable[[str], str], running: Callable[..., subprocess.Popen[str]]
) -> None:
    """And may be used again by a later one."""
    image = built(SLEEPS)
    running("name", image).stdout.readline()
    assert "the name name is in use" in sandbox.docker("run", "--rm", "--name", "name", image).stderr
    sandbox.docker("rm", "--force", "name")
    assert running("name", image).stdout.readline()


def test_the_process_with_a_stale_id_is_left_alone(sandbox: Sandbox) -> None:
    """The id that a container left may be another process's by now: only who holds the lock is ended."""
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        folder = sandbox.folder / "docker/containers/stale"
        folder.mkdir(parents=True)
        (folder / "pid").write_text(str(bystander.pid))
        assert sandbox.docker("rm", "--force", "stale").returncode == 0
        time.sleep(0.1)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_the_end_of_the_sandbox_is_theirs(built: Callable[[str], str], tmp_path: Path, sandbox: Sandbox) -> None:
    """Whoever started them."""
    image, own = built(SLEEPS), start(tmp_path / "own")
    shutil.copytree(sandbox.folder / "docker/images", own.folder / "docker/images")
    process = subprocess.Popen(
        ["docker", "run", "--rm", "--name", "left", image], env=own.environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline()
    own.process.stdin.close()
    assert (own.process.wait(timeout=30), process.wait(timeout=10)) == (0, -9)
    process.stdout.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x/y:1",), "without --name and --rm"),
        (("--rm", "--name", "x", "x/y:1"), "there is no image x/y:1"),
        (("--rm", "--name", "../x", "IMAGE"), "is no name of a container"),
        (("--rm", "--name", "x", "--volume", "/etc:/etc", "IMAGE"), "write FOLDER:/opt/ml"),
        (("--rm", "--name", "x", "--volume", "/nowhere:/opt/ml", "IMAGE"), "write FOLDER:/opt/ml"),
        (("--rm", "--name", "x", "--publish", "8080:8080", "IMAGE"), "write 127.0.0.1::PORT"),
        (("--rm", "--name", "x", "--privileged", "IMAGE"), "`docker run --privileged` is not"),
    ],
)
def test_what_it_cannot_run_ends_with_a_sentence(
    sandbox: Sandbox, built: Callable[[str], str], words: tuple[str, ...], said: str
) -> None:
    """And exit code 1."""
    image = built(SHOWS)
    done = sandbox.docker("run", *(image if word == "IMAGE" else word for word in words))
    assert (done.returncode, said in done.stderr) == (1, True)
