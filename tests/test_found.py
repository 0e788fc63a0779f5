"""The program that founds an account in one command."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

INFRA = Path(__file__).parent.parent / "infra"


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


def test_a_missing_region_is_named() -> None:
    """With what to write."""
    done = run()
    assert (done.returncode, done.stderr) == (2, "no region: say --region eu-west-1, or set AWS_REGION\n")


def test_a_missing_pulumi_is_named() -> None:
    """With where it is."""
    done = run("--region", "eu-west-1")
    assert done.returncode == 2
    assert done.stderr == "pulumi is not on the PATH: https://www.pulumi.com/docs/install/ has it\n"
