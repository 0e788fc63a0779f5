"""A request asks IAM for what AWS says it needs."""

from typing import Any

import pytest

from sandbox.access.actions import Asked, NoRow, questions
from sandbox.access.resources import Known
from sandbox.access.table import TABLE
from sandbox.operations import PASSED
from sandbox.server import MODULES

KEY = "arn:aws:kms:eu-west-1:1:key/k"
SAGEMAKER = "arn:aws:sagemaker:eu-west-1:1"
ROLE = "arn:aws:iam::1:role/r"
ALARM = "arn:aws:cloudwatch:eu-west-1:1:alarm:"


def asked(operation: str, known: Known | None = None, **parameters: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The questions of a request, as action and resource, with the context of each."""
    service, _, name = operation.partition(".")
    request = Asked(service=service, operation=name, parameters=parameters, account="1", region="eu-west-1")
    return {(each.action, each.resource): dict(each.context) for each in questions(request, known)}


def test_every_operation_has_a_row() -> None:
    """Whatever the sandbox answers has its actions in the table."""
    ours = {name for module in MODULES for name in getattr(module, "OPERATIONS", {})}
    passed = {f"{service}.{name}" for service, names in PASSED.items() for name in names}

    assert (ours | passed | {"sagemaker-runtime.InvokeEndpoint"}) - TABLE.keys() == set()


def test_an_operation_without_a_row_is_named() -> None:
    """The error says where to write the row."""
    with pytest.raises(NoRow, match=r"s3\.Unknown has no row in sandbox/access/table"):
        asked("s3.Unknown")


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("s3.HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        (
            "s3.GetObject",
            {"Bucket": "b", "Key": "k", "VersionId": "v"},
            [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
        ),
        ("s3.GetBucketEncryption", {"Bucket": "b"}, [("s3:GetEncryptionConfiguration", "arn:aws:s3:::b")]),
        (
            "s3.DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}, {"Key": "c", "VersionId": "1"}]}},
            [("s3:DeleteObject", "arn:aws:s3:::b/a"), ("s3:DeleteObjectVersion", "arn:aws:s3:::b/c")],
        ),
        ("s3.DeleteObjects", {"Bucket": "b"}, [("s3:DeleteObject", "*")]),
        (
            "sagemaker.UpdateEndpoint",
            {"EndpointName": "E", "EndpointConfigName": "c"},
            [
                ("sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint/e"),
                ("sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint-config/c"),
            ],
        ),
        (
            "sagemaker.CreateModelPackage",
            {"ModelPackageGroupName": "arn:aws:sagemaker:eu-west-1:2:model-package-group/g"},
            [
                ("sagemaker:CreateModelPackage", "arn:aws:sagemaker:eu-west-1:2:model-package/g/*"),
                ("sagemaker:CreateModelPackage", "arn:aws:sagemaker:eu-west-1:2:model-package-group/g"),
            ],
        ),
        (
            "dynamodb.TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "t"}}]},
            [
                ("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:1:table/t"),
                ("dynamodb:ConditionCheckItem", "arn:aws:dynamodb:eu-west-1:1:table/t"),
            ],
        ),
        (
            "ssm.GetParameters",
            {"Names": ["/a/b", "c"]},
            [
                ("ssm:GetParameters", "arn:aws:ssm:eu-west-1:1:parameter/a/b"),
                ("ssm:GetParameters", "arn:aws:ssm:eu-west-1:1:parameter/c"),
            ],
        ),
        ("sts.GetCallerIdentity", {}, []),
        ("budgets.DescribeBudget", {"BudgetName": "b"}, [("budgets:ViewBudget", "arn:aws:budgets::1:budget/b")]),
        (
            "iam.CreateRole",
            {"RoleName": "r", "Path": "/p/"},
            [("iam:CreateRole", "arn:aws:iam::1:role/p/r")],
        ),
        (
            "logs.CreateLogStream",
            {"logGroupName": "/g", "logStreamName": "s"},
            [("logs:CreateLogStream", "arn:aws:logs:eu-west-1:1:log-group:/g:log-stream:s")],
        ),
    ],
)
def test_actions_and_resources(operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """The action is AWS's, which often has another name than the operation, and so is the resource."""
    assert list(asked(operation, **parameters)) == expected


def test_encrypted_objects_need_their_key() -> None:
    """Whoever writes or reads an object of an encrypted bucket uses the bucket's key through S3."""
    known = Known(key={"arn:aws:s3:::b": KEY}.get)

    written, read = (asked(f"s3.{name}", known, Bucket="b", Key="k") for name in ("PutObject", "GetObject"))

    assert written["kms:GenerateDataKey", KEY]["kms:ViaService"] == ("s3.eu-west-1.amazonaws.com",)
    assert ("kms:Decrypt", KEY) in read
    assert ("kms:Decrypt", KEY) not in asked("s3.HeadObject", known, Bucket="b", Key="k")
    assert len(asked("s3.GetObject", known, Bucket="other", Key="k")) == 1


def test_a_role_is_handed_over() -> None:
    """A job's role needs iam:PassRole, to SageMaker, for this job."""
    found = asked("sagemaker.CreateTrainingJob", TrainingJobName="j", RoleArn=ROLE)["iam:PassRole", ROLE]

    assert found["iam:PassedToService"] == ("sagemaker.amazonaws.com",)
    assert found["iam:AssociatedResourceArn"] == (f"{SAGEMAKER}:training-job/j",)


def test_tags_on_creation_are_a_question_of_their_own() -> None:
    """A request with tags asks for the tagging too, and the tags are condition keys."""
    tags = [{"Key": "project", "Value": "p"}]

    found = asked("sagemaker.CreateEndpointConfig", EndpointConfigName="c", Tags=tags)

    assert found["sagemaker:AddTags", f"{SAGEMAKER}:endpoint-config/c"]["aws:RequestTag/project"] == ("p",)
    assert len(asked("sagemaker.CreateEndpointConfig", EndpointConfigName="c")) == 1


def test_tags_of_the_resource_are_condition_keys() -> None:
    """A configuration's tags count when an endpoint is updated to it."""
    known = Known(tags=lambda arn: {"promoted": "true"} if ":endpoint-config/" in arn else {})

    found = asked("sagemaker.UpdateEndpoint", known, EndpointName="e", EndpointConfigName="c")

    assert found["sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint-config/c"]["aws:ResourceTag/promoted"] == ("true",)
    assert "aws:ResourceTag/promoted" not in found["sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint/e"]


def test_an_endpoints_volumes_need_a_grant() -> None:
    """Whoever brings up a configuration with a key gives the key away, to an AWS resource only."""
    known = Known(key={f"{SAGEMAKER}:endpoint-config/c": KEY}.get)

    found = asked("sagemaker.UpdateEndpoint", known, EndpointName="e", EndpointConfigName="c")

    assert found["kms:CreateGrant", KEY]["kms:GrantIsForAWSResource"] == ("true",)


def test_a_role_carries_its_boundary_into_the_question() -> None:
    """For a new role the request's boundary counts, for another policy the one that the role has."""
    known = Known(boundary=lambda name: "arn:aws:iam::1:policy/had", role=lambda name: f"arn:aws:iam::1:role/p/{name}")

    made = asked("iam.CreateRole", known, RoleName="r", PermissionsBoundary="arn:aws:iam::1:policy/given")
    changed = asked("iam.PutRolePolicy", known, RoleName="r", PolicyName="p")

    assert made["iam:CreateRole", ROLE]["iam:PermissionsBoundary"] == ("arn:aws:iam::1:policy/given",)
    assert changed["iam:PutRolePolicy", "arn:aws:iam::1:role/p/r"]["iam:PermissionsBoundary"] == (
        "arn:aws:iam::1:policy/had",
    )


def test_a_listing_has_its_prefix() -> None:
    """An absent prefix counts as an empty one."""
    assert asked("s3.ListObjectsV2", Bucket="b", Prefix="a/")["s3:ListBucket", "arn:aws:s3:::b"]["s3:prefix"] == ("a/",)
    assert asked("s3.ListObjectsV2", Bucket="b")["s3:ListBucket", "arn:aws:s3:::b"]["s3:prefix"] == ("",)


def test_a_key_is_known_by_its_aliases_and_its_encryption_context() -> None:
    """Both are condition keys of a request to KMS, the aliases of any use of a key."""
    known = Known(key=lambda _: KEY, aliases=lambda _: ["alias/state"])

    direct = asked("kms.Decrypt", known, CiphertextBlob="blob", EncryptionContext={"stack": "s"})["kms:Decrypt", KEY]
    through = asked("s3.GetObject", known, Bucket="b", Key="k")["kms:Decrypt", KEY]

    assert direct["kms:EncryptionContext:stack"] == ("s",)
    assert direct["kms:EncryptionContextKeys"] == ("stack",)
    assert direct["kms:ResourceAliases"] == through["kms:ResourceAliases"] == ("alias/state",)
    assert "kms:EncryptionContextKeys" not in through


def test_plain_http_is_told() -> None:
    """Every question knows whether the request came over TLS."""
    request = Asked(service="s3", operation="ListBuckets", account="1", region="eu-west-1", secure=False)

    assert questions(request)[0].context["aws:SecureTransport"] == ("false",)


def test_whoever_scales_an_endpoint_may_do_what_the_scaling_does() -> None:
    """A registration tries it out: on the endpoint, on what it serves, and on an alarm without a name."""
    known = Known(configuration={"e": "C"}.get)
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/E/variant/v"}

    found = asked("application-autoscaling.RegisterScalableTarget", known, **target)

    assert set(found) == {
        (
            "application-autoscaling:RegisterScalableTarget",
            "arn:aws:application-autoscaling:eu-west-1:1:scalable-target/*",
        ),
        ("sagemaker:DescribeEndpoint", f"{SAGEMAKER}:endpoint/e"),
        ("sagemaker:DescribeEndpointConfig", f"{SAGEMAKER}:endpoint-config/c"),
        ("sagemaker:UpdateEndpointWeightsAndCapacities", f"{SAGEMAKER}:endpoint/e"),
        ("cloudwatch:DescribeAlarms", f"{ALARM}*"),
        ("cloudwatch:PutMetricAlarm", ALARM),
        ("cloudwatch:DeleteAlarms", ALARM),
    }


@pytest.mark.parametrize(
    ("operation", "more", "action"),
    [
        ("PutScalingPolicy", {"PolicyType": "TargetTrackingScaling"}, "cloudwatch:PutMetricAlarm"),
        ("DeleteScalingPolicy", {}, "cloudwatch:DeleteAlarms"),
    ],
)
def test_target_tracking_has_its_alarms(operation: str, more: dict[str, str], action: str) -> None:
    """They are named by the variant."""
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/v", **more}

    assert (action, f"{ALARM}TargetTracking-endpoint/e/variant/v-*") in asked(
        f"application-autoscaling.{operation}", **target
    )


def test_scaling_by_steps_has_none() -> None:
    """Whoever configures it sets alarms itself."""
    stepped = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/v", "PolicyType": "StepScaling"}

    assert len(asked("application-autoscaling.PutScalingPolicy", **stepped)) == 1
