"""Only what the gate has passed, against what production serves now, is registered."""

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import manifest, names, register
from pipeline.train import Candidate

from .conftest import evaluation

LONG = names.Project(name="p" * 24, description="", github_owner="", region="ap-southeast-2", owner_email="")
JOB = names.job(LONG, "train", "a" * 64, attempt=999)
IMAGE = (
    f"123456789012.dkr.ecr.{LONG.region}.amazonaws.com/{names.repository(LONG, 'train')}@sha256:{'a' * 64}"
)
CANDIDATE = Candidate(JOB, f"s3://{names.bucket(LONG, '1' * 12)}/m", manifest.Manifest(b"{}"), IMAGE)
CHAMPION = {"version": 1, "name": "model-1"}
VERDICT = {
    "passed": True,
    "champion": CHAMPION,
    "rules": [],
    "evaluations": {"candidate": evaluation()},
    "evaluation_uri": "s3://bucket/evaluation.json",
}


def test_what_the_gate_passed_can_be_registered() -> None:
    """The same champion as then, and a verdict that says yes."""
    assert register.refusal(VERDICT, CHAMPION) is None


def test_the_gate_has_to_be_asked() -> None:
    """No verdict is no permission."""
    assert "run `pipeline gate`" in str(register.refusal(None, CHAMPION))


def test_a_refused_candidate_names_the_rules() -> None:
    """The sentence says which rule it was."""
    passed = {"rows": True, "accuracy": None, "champion": False}
    rules = [{"rule": name, "passed": value, "override": None} for name, value in passed.items()]
    assert "(champion)" in str(register.refusal({**VERDICT, "passed": False, "rules": rules}, CHAMPION))


@pytest.mark.parametrize("now", [None, {"version": 2, "name": "model-2"}])
def test_a_verdict_against_another_champion_is_stale(now: dict[str, object] | None) -> None:
    """What was better than the old model may be worse than the new one."""
    assert "production has changed" in str(register.refusal(VERDICT, now))


def test_properties_fit_with_the_longest_names() -> None:
    """AWS takes 256 characters for a value and refuses an empty one."""
    found = register.properties(CANDIDATE, VERDICT, "c" * 40)
    assert [key for key, value in found.items() if not 1 <= len(value) <= 256] == []


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong."""
    made = register.request("group", CANDIDATE, "image@sha256:1", VERDICT, "c" * 40)
    shape = get_session().get_service_model("sagemaker").operation_model("CreateModelPackage").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""
