"""The program that founds an account in one command."""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from conftest import REPOSITORY
from engine import QUIET, REGION, Account, required

INFRA = REPOSITORY / "infra"
BUCKET = f"mlops-pulumi-state-123456789012-{REGION}"
# as far as a run gets that dies between the making of the stack in the bucket and the import of its state
HALF_MOVED = """
import found
place = found.look("eu-west-1")
found.make(place, ["--yes"])
found.pulumi(f"file://{place.local}", "stack", "change-secrets-provider", place.secrets)
found.pulumi(place.remote, "stack", "init", "--no-select", "--secrets-provider", place.secrets)
"""


@pytest.fixture(scope="module")
def found() -> ModuleType:
    """infra/found.py, which is a program and no package's module."""
    spec = importlib.util.spec_from_file_location("found", INFRA / "found.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["found"] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program, without AWS and without pulumi unless `environment` has them."""
    command = [sys.executable, INFRA / "found.py", *words]
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True)


@pytest.mark.parametrize("remote", [None, 0])
def test_the_state_moves_until_the_bucket_has_it(found: ModuleType, remote: int | None) -> None:
    """An empty state in the bucket is of a move that was interrupted."""
    assert found.steps(remote) == ["make", "move", "prove"]


def test_a_founded_account_is_updated_where_its_state_is(found: ModuleType) -> None:
    """The folder is not used again."""
    assert found.steps(17) == ["update"]


@pytest.mark.parametrize(
    ("config", "bucket"),
    [({}, "mlops-pulumi-state-1-r"), ({"foundation:state": "arn:aws:s3:::ours"}, "ours")],
)
def test_the_state_goes_into_the_bucket_of_the_configuration(
    found: ModuleType, config: dict[str, str], bucket: str
) -> None:
    """The one that the program makes, or the one that is there."""
    assert found.bucket_of(config, "1", "r") == bucket


def test_without_a_state_bucket_there_is_nothing_to_move(found: ModuleType) -> None:
    """The sentence says what to run instead."""
    with pytest.raises(found.FoundError, match="run `pulumi up` in infra/ instead"):
        found.bucket_of({"foundation:state": "skip"}, "1", "r")


@pytest.mark.parametrize(("latest", "count"), [(None, 0), ({"resources": [{}, {}]}, 2), ({}, 0)])
def test_a_state_without_resources_counts_none(found: ModuleType, latest: object, count: int) -> None:
    """Pulumi writes such a file when a stack is made."""
    assert found.resources(json.dumps({"checkpoint": {"latest": latest}})) == count


def test_help_shows_an_example() -> None:
    """And says why there are two places for the state."""
    done = run("--help")
    assert done.returncode == 0
    assert "example: AWS_PROFILE=administrator make found REGION=eu-west-1" in done.stdout


@pytest.mark.parametrize(
    ("words", "given"),
    [([], "missing"), (["--region", "nowhere"], "nowhere"), (["--region", "eu west 1"], "eu west 1")],
)
def test_a_region_that_is_none_is_refused(words: list[str], given: str) -> None:
    """With what to write, and not as a fault of the credentials."""
    done = run(*words)
    said = f"the region is {given}: write one of AWS's, such as REGION=eu-west-1\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_a_founded_account_stays_in_its_region(found: ModuleType) -> None:
    """The stack's file is what says it; another region would be a second foundation under one name."""
    with pytest.raises(found.FoundError, match="write REGION=eu-west-1, or move that file away"):
        found.region_of("us-east-1", {"aws:region": "eu-west-1"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: [\n", "is no YAML"),
        ("- one\n", "is no stack configuration"),
        ("config: 3\n", "is no stack configuration"),
    ],
)
def test_a_broken_configuration_is_refused(
    found: ModuleType, text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a sentence."""
    written = tmp_path / "Pulumi.account.yaml"
    written.write_text(text)
    monkeypatch.setattr(found, "CONFIG", written)
    with pytest.raises(found.FoundError, match=said):
        found.configured()


@pytest.mark.parametrize("text", ["", "config:\n"])
def test_an_empty_configuration_is_none(
    found: ModuleType, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every setting has a default."""
    written = tmp_path / "Pulumi.account.yaml"
    written.write_text(text)
    monkeypatch.setattr(found, "CONFIG", written)
    assert not found.configured().get("config")


def test_a_missing_pulumi_is_named() -> None:
    """With where it is."""
    done = run("--region", "eu-west-1")
    assert done.returncode == 2
    assert done.stderr == "pulumi is not on the PATH: https://www.pulumi.com/docs/install/ has it\n"


@dataclass(frozen=True)
class Clone:
    """A copy of infra/, and an account with the Pulumi command attached to it."""

    folder: Path
    account: Account

    def run(self, *words: str) -> str:
        """What python printed that ran `words` in the copy."""
        return self.account.command(sys.executable, *words, folder=self.folder).stdout

    def state(self) -> dict[str, object]:
        """The foundation's state in the bucket."""
        key = "foundation/.pulumi/stacks/mlops-foundation/account.json"
        body = self.account.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return json.loads(body)["checkpoint"]["latest"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """An account that a run has half founded."""
    required("pulumi")
    folder = tmp_path_factory.mktemp("found")
    copy = shutil.copytree(INFRA, folder / "infra", ignore=shutil.ignore_patterns(".found", "Pulumi.account.yaml"))
    account = Account(REPOSITORY, folder / "account")
    try:
        account.start()
        account.attach()
        account.environment |= QUIET | {"PULUMI_HOME": str(folder / "home")}
        half = Clone(copy, account)
        half.run("-c", HALF_MOVED)
        yield half
    finally:
        account.stop()


@pytest.mark.slow
def test_one_command_finishes_what_was_interrupted(clone: Clone) -> None:
    """The state ends in the bucket, under the state's key, and the folder's is given up."""
    assert "resources" not in clone.state()
    said = clone.run("found.py", "--yes", "--region", REGION)
    assert "3/3 prove that nothing changes" in said
    assert clone.state()["secrets_providers"]["state"]["url"].startswith("awskms:///arn:aws:kms:")
    assert len(clone.state()["resources"]) > 10
    assert not (clone.folder / ".found" / "123456789012").exists()


@pytest.mark.slow
def test_a_founded_account_is_changed_in_the_bucket(clone: Clone) -> None:
    """Also from a clone that lacks the configuration which the first run wrote; what people wrote there stays."""
    written = clone.folder / "Pulumi.account.yaml"
    written.write_text("# who answers\nconfig:\n  foundation:owner: ops@example.com # the team\n")
    said = clone.run("found.py", "--yes", "--region", REGION)
    assert "1/1 apply the foundation, its state in the bucket" in said
    assert "created" not in said
    assert clone.state()["secrets_providers"]["type"] == "cloud"
    assert "# who answers" in written.read_text()
    assert "# the team" in written.read_text()


@pytest.mark.slow
def test_a_second_foundation_beside_the_first_is_refused(clone: Clone) -> None:
    """A clone that knows nothing of the first one is told, before anything is written."""
    written = clone.folder / "Pulumi.account.yaml"
    kept = written.read_text()
    written.unlink()
    command = [sys.executable, "found.py", "--yes", "--region", "us-east-1"]
    done = subprocess.run(command, cwd=clone.folder, env=clone.account.environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "write the REGION that it was founded in" in done.stderr
    assert not written.exists()
    assert not (clone.folder / ".found" / "123456789012").exists()
    written.write_text(kept)
