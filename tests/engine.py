"""The real Pulumi command on a baked project and a sandbox: what the engine tier stands on."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import cookiecutter, make
from pipeline import names

REGION = "eu-west-1"
ACCOUNT = "123456789012"
QUIET = {
    "PULUMI_SKIP_UPDATE_CHECK": "1",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
}


@dataclass
class Account:
    """A sandbox, started for these tests, and the environment that leads to it."""

    project: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        """Start the sandbox and read what it exports."""
        binaries = self.project / ".venv" / "bin"
        self.environment = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
        self.environment["PATH"] = f"{binaries}{os.pathsep}{self.environment['PATH']}"
        words = ["start", "--state", str(self.folder), "--region", REGION, "--speed", "600", "--until-stdin-closes"]
        sandbox = self._run(*words)
        for line in iter(sandbox.stdout.readline, "ready\n"):
            name, _, value = shlex.split(line)[1].partition("=")
            self.environment[name] = value.replace("$PATH", self.environment["PATH"])

    def attach(self) -> None:
        """Start the provider, with the project's own rows, and have the Pulumi command use it."""
        port = self._run("provider", "--kinds", str(self.project / "infra")).stdout.readline().strip()
        self.environment |= {"PULUMI_DEBUG_PROVIDERS": f"aws:{port}"}

    @contextmanager
    def under(self, role_arn: str, *job: str) -> Iterator[None]:
        """Be a role, by the token of a workflow's job (the options of `sandbox token`): its keys, as on a runner."""
        token = self.command("sandbox", "token", *job).stdout
        taken = self.client("sts").assume_role_with_web_identity(
            RoleArn=role_arn, RoleSessionName="engine", WebIdentityToken=token
        )["Credentials"]
        administrator = dict(self.environment)
        self.environment |= {
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }
        try:
            self.attach()
            yield
        finally:
            self.environment = administrator

    def stop(self) -> None:
        """End what was started."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=30)

    def sandbox(self, *words: str) -> dict[str, Any]:
        """What a command of the sandbox answers in JSON."""
        done = self.command("sandbox", *words, "--json")
        return dict(json.loads(done.stdout))

    def client(self, service: str) -> Any:
        """A boto3 client of the account."""
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
        return boto3.client(service, endpoint_url=self.environment["AWS_ENDPOINT_URL"], region_name=REGION, **keys)

    def command(
        self, *words: str, folder: Path | None = None, fails: bool = False, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in `folder`, with `more` in its environment; it must end as expected, and is asked nothing."""
        done = subprocess.run(
            words,
            cwd=folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert bool(done.returncode) is fails, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done

    def _run(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [str(self.project / ".venv" / "bin" / "sandbox"), *words],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process


@dataclass
class Stack:
    """A stack of a program, under the Pulumi command; `state` are the variables that lead to its state."""

    account: Account
    folder: Path
    name: str
    state: dict[str, str]

    def __call__(self, *words: str, fails: bool = False) -> str:
        """What `pulumi WORDS` printed on this stack."""
        command = ["pulumi", "--non-interactive", "--color", "never", *words, "--stack", self.name]
        done = self.account.command(*command, folder=self.folder, fails=fails, **self.state)
        return done.stdout + done.stderr if fails else done.stdout

    def make(self, goal: str, fails: bool = False) -> str:
        """What `make GOAL` of the project printed on this stack."""
        command = ["make", "--no-print-directory", goal, f"STACK={self.name}"]
        more = {**self.state, "PULUMI_SKIP_CONFIRMATIONS": "true"}
        done = self.account.command(*command, folder=self.folder.parent.parent, fails=fails, **more)
        return done.stdout + done.stderr

    def init(self, *words: str) -> "Stack":
        """Make the stack, empty."""
        self("stack", "init", *words)
        return self

    def up(self, *words: str, fails: bool = False) -> str:
        """Apply it without a preview."""
        return self("up", "--yes", "--skip-preview", *words, fails=fails)

    def unchanged(self, *words: str) -> None:
        """Fail unless a preview has nothing to do."""
        self("preview", "--expect-no-changes", *words)

    def destroy(self) -> None:
        """Remove everything, what is protected too."""
        self("state", "unprotect", "--all", "--yes")
        self("destroy", "--yes", "--skip-preview")

    def preview(self, *words: str) -> dict[str, str]:
        """What a preview would do to each resource that it would not leave as it is, by URN."""
        steps = json.loads(self("preview", "--json", *words))["steps"]
        return {step["urn"]: step["op"] for step in steps if step["op"] not in ("same", "read", "refresh")}

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        return list(json.loads(self("stack", "export"))["deployment"].get("resources", []))

    def outputs(self) -> dict[str, Any]:
        """The outputs in the state."""
        return dict(json.loads(self("stack", "output", "--json")))


@dataclass
class Engine:
    """A baked project whose `infra` may be written to, an account, and where the stacks' states are."""

    project: Path
    account: Account
    programs: Path

    @property
    def files(self) -> dict[str, str]:
        """The variables that lead to a state in files."""
        return {"PULUMI_BACKEND_URL": f"file://{self.programs / 'backend'}", "PULUMI_CONFIG_PASSPHRASE": "local"}

    def bucket(self, prefix: str) -> dict[str, str]:
        """The variables that lead to the states below a prefix of the foundation's bucket."""
        return {"PULUMI_BACKEND_URL": f"s3://mlops-pulumi-state-{ACCOUNT}-{REGION}/{prefix}?region={REGION}"}

    def stack(self, program: str, name: str) -> Stack:
        """A stack of one of the project's programs; its state is in the bucket, once it is made."""
        own = names.project(self.project).name
        return Stack(self.account, self.project / "infra" / program, name, self.bucket(own))

    def toy(self, name: str, source: str) -> Stack:
        """A stack of a program of its own; or the same stack with another source."""
        folder = self.project / "infra" / name
        new = not folder.is_dir()
        folder.mkdir(exist_ok=True)
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (folder / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n{source}\n")
        stack = Stack(self.account, folder, "dev", self.files)
        if new:
            (folder / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: {REGION}\n")
            stack.init()
        return stack


def required(command: str) -> None:
    """Skip without `command` on PATH; fail where REQUIRE_TOOLS says that it must be there."""
    if shutil.which(command) is None:
        missing = f"NO ENGINE TIER: there is no `{command}` on PATH"
        if os.environ.get("REQUIRE_TOOLS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A project baked for this tier, an account, and the Pulumi command attached to it."""
    required("pulumi")
    folder = tmp_path_factory.mktemp("engine")
    project = cookiecutter(folder / "bake")
    make(project, "setup")
    (project / "infra" / "kinds.toml").write_text(QUEUE)
    account = Account(project, folder / "account")
    try:
        account.start()
        account.attach()
        (folder / "backend").mkdir()
        account.environment |= QUIET | {"PULUMI_HOME": str(folder / "home")}
        yield Engine(project, account, folder)
    finally:
        account.stop()


QUEUE = """\
["aws:sqs/queue:Queue"]
service = "sqs"
id = "response.QueueUrl"
replace = ["name"]
outputs.url = "id"

[["aws:sqs/queue:Queue".create]]
operation = "create_queue"
rename = { name = "QueueName", visibilityTimeoutSeconds = "Attributes.VisibilityTimeout" }

[["aws:sqs/queue:Queue".update]]
operation = "set_queue_attributes"
rename = { visibilityTimeoutSeconds = "Attributes.VisibilityTimeout" }
members.QueueUrl = "id"

["aws:sqs/queue:Queue".read]
operation = "get_queue_attributes"
members = { QueueUrl = "id", AttributeNames = "['All']" }
found = "Attributes"

[["aws:sqs/queue:Queue".delete]]
operation = "delete_queue"
members.QueueUrl = "id"
"""
