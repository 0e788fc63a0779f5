"""The same rehearsal with registry, staging and production in three accounts."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import spare
from sandbox.access import removal
from spare import Judged

from infra.policies import exceptions

pytestmark = pytest.mark.slow

TABLE = exceptions.UNUSED | exceptions.UNUSED_APART
REGISTRY, STAGING, PRODUCTION = "111111111111", "222222222222", "333333333333"


@pytest.fixture(scope="module")
def folder(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it wrote."""
    out = tmp_path_factory.mktemp("apart") / "out"
    command = [project / ".venv" / "bin" / "sandbox", "rehearse", "--project", project, "--out", out, "--apart"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return out


@pytest.fixture(scope="module")
def record(folder: Path) -> dict[str, Any]:
    """What it wrote."""
    return json.loads((folder / "rehearsal.json").read_text())


def test_every_step_was_observed(record: dict[str, Any]) -> None:
    """As in one account."""
    assert record["ok"] is True
    assert record["left_after_teardown"] == []


def test_each_role_lives_where_it_works(record: dict[str, Any]) -> None:
    """The registry's jobs in its account, an environment's in that one's."""
    roles = {(one["role"], one["account"]) for one in record["verbs"]} - {("nobody", None)}
    assert roles == {
        *(("administrator", account) for account in (REGISTRY, STAGING, PRODUCTION)),
        *((f"ci-{purpose}", REGISTRY) for purpose in ("infra", "report", "retrain")),
        *((f"ci-{purpose}-staging", STAGING) for purpose in ("infra", "monitor", "release", "rollback")),
        *((f"ci-{purpose}-production", PRODUCTION) for purpose in ("infra", "monitor", "release", "rollback")),
    }


def test_no_permission_was_denied(record: dict[str, Any]) -> None:
    """Neither in the caller's account nor in the resource's."""
    assert [one for one in record["principals"] if one["denied"]] == []


def test_the_gate_looks_at_production_through_its_observer(record: dict[str, Any]) -> None:
    """The role that retrains has no other way into that account."""
    asked = {(one["role"], one["account"]): one["decided"] for one in record["principals"]}
    assert asked["observe-production", PRODUCTION] > 0
    assert ("ci-retrain", PRODUCTION) not in asked


@pytest.fixture(scope="module")
def judged(folder: Path) -> Judged:
    """What was decided, and by which policies."""
    return spare.judge(folder)


def test_what_a_policy_allows_is_needed(judged: Judged) -> None:
    """Of roles, and of the resources that admit other accounts: as in one account."""
    assert removal.contradicting(judged.decisions, judged.policies) == []
    assert spare.reported(judged, TABLE) == {}


def test_every_policy_is_asked(judged: Judged) -> None:
    """Repository and group of model packages have one now, too."""
    assert spare.untaken(judged, TABLE) == set()
    assert judged.resources() == {"s3": 2, "kms": 4, "sns": 2, "ecr": 1, "sagemaker": 1}


def test_no_exception_is_out_of_date(judged: Judged) -> None:
    """Each row of both tables excuses something."""
    assert spare.outdated(judged, TABLE) == set()
