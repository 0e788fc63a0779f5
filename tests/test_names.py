"""Every AWS name that a project derives fits AWS's bounds, even with the longest answers."""

import json
import re

import botocore.session
import pytest
from conftest import REPOSITORY
from pipeline import names
from test_answers import AWKWARD, REFUSED

HOOK = (REPOSITORY / "hooks" / "pre_gen_project.py").read_text()
GOOD = {
    "project": "ab",
    "description": "a project",
    "github_owner": "o",
    "aws_region": "eu-west-1",
    "owner_email": "a@b.c",
}
KEYS = {"project": "name", "aws_region": "region"}  # of project.toml, where they are not the questions
ACCOUNT = "123456789012"
DIGEST = "f" * 64
KINDS = ("train", "experiment", "validate", "evaluate", "replay", "ingest", "monitor")  # of jobs
PURPOSES = ("train", "endpoint-production", "observe-production", "ci-release-production", "ci-rollback-production")


def service_bounds(service: str, operation: str, member: str) -> tuple[int, int, str]:
    """Shortest and longest length and the pattern that AWS's service model gives for a request's member."""
    model = botocore.session.get_session().get_service_model(service)
    facts = model.operation_model(operation).input_shape.members[member].metadata
    return facts.get("min", 0), facts.get("max", 10**6), facts.get("pattern", ".*")


@pytest.fixture(scope="module", params=["ab", "abcdefgh-abcdefgh-abcdef"])
def derived(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """All names of the shortest and of the longest project, by what they name."""
    p = names.Project(
        name=request.param, description="", github_owner="o", region="ap-southeast-1", owner_email="a@b.c"
    )
    environments = names.ENVIRONMENTS
    return {
        "bucket": [names.bucket(p, ACCOUNT)],
        "role": [names.role(p, purpose) for purpose in PURPOSES],
        "repository": [names.repository(p, target) for target in ("train", "serve")],
        "key alias": [names.key_alias(p), *(names.key_alias(p, e) for e in environments)],
        "group": [names.model_package_group(p)],
        "parameter": [names.parameter(p, e, "first-configuration") for e in (*environments, "platform")],
        "endpoint": [names.endpoint(p, e) for e in environments],
        "release": [names.release(p, e, DIGEST) for e in environments],
        "job": [names.job(p, kind, DIGEST, attempt=99) for kind in KINDS],
        "log group": [names.endpoint_log_group(p, e) for e in environments],
        "ledger": [names.ledger(p, e) for e in environments],
        "rule": [names.deployments(p, e) for e in environments],
        "retraining": [names.retraining(p, e) for e in environments],
        "topic": [names.alarm_topic(p, e) for e in environments],
        "alarm": [names.alarm(p, e, f"{DIGEST[:12]}-99", "errors") for e in environments],
        "namespace": [names.metrics(p, e) for e in environments],
        "dashboard": [names.dashboard(p, e) for e in environments],
        "budget": [names.budget(p, part) for part in (*environments, "platform")],
    }


# S3's and CloudWatch's bounds are not in the service model: S3 user guide, "Bucket naming rules";
# CloudWatch API, PutDashboard ("A-Z, a-z, 0-9, "-", and "_"").
@pytest.mark.parametrize(
    ("kind", "bounds"),
    [
        ("bucket", (3, 63, r"[a-z0-9][a-z0-9-]+[a-z0-9]")),
        ("role", service_bounds("iam", "CreateRole", "RoleName")),
        ("repository", service_bounds("ecr", "CreateRepository", "repositoryName")),
        ("key alias", service_bounds("kms", "CreateAlias", "AliasName")),
        ("group", service_bounds("sagemaker", "CreateModelPackageGroup", "ModelPackageGroupName")),
        ("parameter", service_bounds("ssm", "PutParameter", "Name")),
        ("endpoint", service_bounds("sagemaker", "CreateEndpoint", "EndpointName")),
        ("release", service_bounds("sagemaker", "CreateEndpointConfig", "EndpointConfigName")),
        ("release", service_bounds("sagemaker", "CreateModel", "ModelName")),
        ("job", service_bounds("sagemaker", "CreateTrainingJob", "TrainingJobName")),
        ("job", service_bounds("sagemaker", "CreateProcessingJob", "ProcessingJobName")),
        ("log group", service_bounds("logs", "CreateLogGroup", "logGroupName")),
        ("ledger", (3, 255, r"[a-zA-Z0-9_.-]+")),
        ("rule", service_bounds("events", "PutRule", "Name")),
        ("retraining", service_bounds("events", "PutRule", "Name")),
        ("retraining", service_bounds("events", "CreateApiDestination", "Name")),
        ("topic", (1, 256, r"[A-Za-z0-9_-]+")),
        ("alarm", service_bounds("cloudwatch", "PutMetricAlarm", "AlarmName")),
        ("namespace", service_bounds("cloudwatch", "PutMetricData", "Namespace")),
        ("dashboard", (1, 255, r"[A-Za-z0-9_-]+")),
        ("budget", (1, 100, r"[^:\\]+")),
    ],
)
def test_name_fits(kind: str, bounds: tuple[int, int, str], derived: dict[str, list[str]]) -> None:
    """A name is neither too short nor too long, and matches the service's own pattern."""
    shortest, longest, pattern = bounds

    unfit = [n for n in derived[kind] if not shortest <= len(n) <= longest or not re.fullmatch(pattern, n)]
    assert unfit == []


def test_every_function_of_names_is_held(derived: dict[str, list[str]]) -> None:
    """A name added to the project must be added here too."""
    own = {n for n, f in vars(names).items() if callable(f) and getattr(f, "__module__", "") == names.__name__}
    public = {name for name in own if not name.startswith("_")}

    no_names = {"Project", "root", "project", "parse", "fault", "account", "stack", "program", "role_arn", "measure"}
    assert len(derived) == len(public - no_names)


def test_a_roles_arn_has_the_projects_path() -> None:
    """IAM puts it between `role` and the name."""
    p = names.Project(
        name="ab", description="", github_owner="o", region="eu-west-1", owner_email="a@b.c", role_path="/x/"
    )
    assert names.role_arn(p, ACCOUNT, "train") == f"arn:aws:iam::{ACCOUNT}:role/x/ab-eu-west-1-train"


def refused_by_hook(answers: dict[str, str]) -> bool:
    """Whether the hook, rendered with `answers`, stops."""
    text = HOOK
    for question, answer in answers.items():
        text = text.replace(f"<< cookiecutter.{question} | jsonify >>", json.dumps(answer))
    try:
        exec(compile(text, "hook", "exec"), {})  # noqa: S102  # this repository's own hook
    except SystemExit:
        return True
    return False


@pytest.mark.parametrize(
    "change",
    [
        {},
        *AWKWARD.values(),
        *({question: answer} for question, answers in REFUSED.items() for answer in answers),
    ],
    ids=str,
)
def test_project_toml_has_the_bounds_of_the_answers(change: dict[str, str]) -> None:
    """What the template refuses to write may not be written later, and the other way round."""
    answers = GOOD | change
    written = {KEYS.get(question, question): answer for question, answer in answers.items()}

    assert (names.fault(names.Project(**written)) is not None) == refused_by_hook(answers)


def test_only_answers_are_bounded_by_the_hook() -> None:
    """Each of its questions has a key, so that the test above leaves none out."""
    assert re.findall(r"cookiecutter[.](\w+)", HOOK) == list(GOOD)
