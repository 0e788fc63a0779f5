"""sandbox.access.issuer: tokens like GitHub's, and the command that prints them."""

import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from sandbox.access.issuer import Issuer, Job, claims


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with an issuer's key."""
    found = tmp_path_factory.mktemp("issuer")
    Issuer.found(found)
    return found


@pytest.mark.parametrize(
    ("job", "subject"),
    [
        (Job(repository="acme/flights"), "repo:acme/flights:ref:refs/heads/main"),
        (Job(repository="acme/flights", environment="production"), "repo:acme/flights:environment:production"),
        (Job(repository="acme/flights", event="pull_request"), "repo:acme/flights:pull_request"),
        (
            Job(repository="acme/flights", event="pull_request", environment="infra"),
            "repo:acme/flights:environment:infra",
        ),
        (
            Job(repository="acme/flights", environment="staging", owner_id=7, repository_id=8),
            "repo:acme@7/flights@8:environment:staging",
        ),
    ],
)
def test_the_subject_has_the_context_that_fits_first(job: Job, subject: str) -> None:
    """In both of GitHub's formats."""
    assert claims(job, now=0)["sub"] == subject


def test_a_job_without_an_environment_has_no_such_claim() -> None:
    """So that a condition on it cannot hold."""
    assert "environment" not in claims(Job(repository="acme/flights"), now=0)


def test_numbers_are_the_repositorys_own() -> None:
    """Also where its subject has none."""
    first, second = (claims(Job(repository=name), now=0) for name in ("acme/flights", "evil/flights"))
    assert first["repository_id"] != second["repository_id"]


def test_the_key_that_is_read_is_the_one_that_was_written(folder: Path) -> None:
    """As `sandbox token` signs for the running sandbox."""
    token = Issuer.read(folder).token(Job(repository="acme/flights"))
    found = jwt.decode(token, Issuer.read(folder).public_key, algorithms=["RS256"], audience="sts.amazonaws.com")
    assert found["iss"] == "https://token.actions.githubusercontent.com"


def test_the_key_is_its_owners(folder: Path) -> None:
    """Whoever can read it can take any role."""
    assert (folder / "issuer.pem").stat().st_mode & 0o077 == 0


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `sandbox token`."""
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "token", *words], env=environment, capture_output=True, text=True, check=False
    )


def test_the_command_prints_a_token(folder: Path) -> None:
    """A pull request's, with its ref, and nothing after it: boto3 sends a file of it as it is."""
    done = command("--repository", "acme/flights", "--event", "pull_request", SANDBOX_STATE=str(folder))
    found = jwt.decode(done.stdout, options={"verify_signature": False})
    assert (found["sub"], found["ref"]) == ("repo:acme/flights:pull_request", "refs/pull/1/merge")
    assert done.stdout == done.stdout.strip()


@pytest.mark.parametrize(
    ("words", "state", "said"),
    [
        (("--repository", "acme/flights"), {}, "SANDBOX_STATE is not set"),
        (("--repository", "flights"), {"SANDBOX_STATE": "/nowhere"}, "--repository is flights, it must be OWNER/NAME"),
        (("--repository", "acme/flights"), {"SANDBOX_STATE": "/nowhere"}, "is not the state of a running sandbox"),
    ],
)
def test_a_mistake_is_a_sentence(words: tuple[str, ...], state: dict[str, str], said: str) -> None:
    """No traceback."""
    done = command(*words, **state)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr
