"""sandbox.start, sandbox.state, sandbox.processes and sandbox.leftovers: the life of a sandbox."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROLE, Sandbox, image, make_role, start, until

from sandbox.leftovers import left

SLEEPER = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
print("up", flush=True)
import time; time.sleep(100)
"""


@pytest.fixture
def busy(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A sandbox of one's own with a job that runs, and the ids of the job's group."""
    own = start(tmp_path / "state")
    make_role(own.client("iam"), ROLE)
    uri = image.__wrapped__(own, tmp_path_factory)("sleeper", SLEEPER)
    own.client("sagemaker").create_processing_job(
        ProcessingJobName="sleeper",
        AppSpecification={"ImageUri": uri},
        RoleArn=ROLE,
        ProcessingResources={"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}},
    )
    group = until(own.processes)[0]["pid"]
    until(lambda: len(members(group)) == 2)
    yield own, group
    own.process.kill()


def members(group: int) -> list[int]:
    """The processes of a group, from /proc."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(folder.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_child_outlives_a_killed_sandbox(busy: tuple[Sandbox, int]) -> None:
    """Nor a child's child."""
    own, group = busy
    own.process.send_signal(signal.SIGKILL)
    until(lambda: not members(group), 5)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_parent_that_dies_ends_the_sandbox_in_order(busy: tuple[Sandbox, int]) -> None:
    """--until-stdin-closes: exit code 0, and no child is left."""
    own, group = busy
    own.process.stdin.close()
    assert own.process.wait(timeout=10) == 0
    assert not members(group)


def test_a_signal_ends_it_in_order(tmp_path: Path) -> None:
    """With exit code 0."""
    own = start(tmp_path / "state")
    own.process.send_signal(signal.SIGTERM)
    assert own.process.wait(timeout=10) == 0


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `sandbox`."""
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_stale_state_is_refused(tmp_path: Path) -> None:
    """With what to do, and without a traceback."""
    (tmp_path / "boot").write_text("an earlier one")
    refused = run("start", "--state", str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: state of an earlier sandbox lies in {tmp_path}; it cannot be resumed because the account "
        "was in memory: delete the folder or choose another with --state\n"
    )


def test_help_names_the_commands() -> None:
    """Without importing what they need."""
    shown = run("--help").stdout
    assert [
        word
        for word in ("start", "token", "up", "provider", "rehearse", "left", "destroy")
        if f"\n  {word} " not in shown
    ] == []


def test_what_is_left_is_listed(tmp_path: Path) -> None:
    """Resources fail the command; a key pending deletion does not."""
    own = start(tmp_path / "state")
    kms, sagemaker = own.client("kms"), own.client("sagemaker")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    assert left(own.client) == (
        [
            {"service": "sagemaker", "kind": "model package group", "name": "g"},
            {"service": "kms", "kind": "key", "name": key},
        ],
        [],
    )
    kms.schedule_key_deletion(KeyId=key)
    sagemaker.delete_model_package_group(ModelPackageGroupName="g")
    after = run("left", "--json", **own.environment)
    own.process.stdin.close()
    assert after.returncode == 0
    assert json.loads(after.stdout) == {
        "left": [],
        "keys_pending_deletion": [{"account": "123456789012", "service": "kms", "kind": "key", "name": key}],
        "processes": [],
    }
