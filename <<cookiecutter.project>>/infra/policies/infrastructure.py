"""What `pulumi up` may do: make, read back and change what a stack consists of. `pulumi preview` reads alone.

The roles that carry these documents are made by the stack itself, so a person with the account's
administrator applies a stack first, and destroys it last. They therefore neither create the keys nor delete
what holds data: key, bucket, images, packages, ledger, endpoint. No role changes itself: the account's
boundary denies every change of one that runs `pulumi up`.
"""

from collections.abc import Sequence

from infra.policies import scaling as scaled
from infra.policies import state
from infra.policies.documents import Document, Place, allow, document, endpoint, grant, guarded, named
from pipeline import names

PLATFORM_ROLES = (
    "train",
    "validate",
    "evaluate",
    "replay",
    "monitor",
    "ingest",
    "ci-preview",
    "ci-report",
    "ci-retrain",
    "examine",
    "inspect",
)
GUARDED_ROLES = ("dispatch",)  # where a model is looked after
ENVIRONMENT_ROLES = ("endpoint", "observe", "ci-preview", "ci-release", "ci-rollback", "ci-monitor")
READS = ("Describe", "Get", "List", "View")


def up(place: Place, part: str, key_arn: str, boundary: str) -> Document:
    """`pulumi up` of a part's stack."""
    own = stack(place, part, key_arn, boundary)
    return document(*state.change(place, part), *own)


def preview(place: Place, part: str, key_arn: str, boundary: str) -> Document:
    """`pulumi preview --refresh` of a pull request: what an `up` reads, of the state and of the stack."""
    reads = [reading(one) for one in stack(place, part, key_arn, boundary)]
    return document(*state.read(place, part), *(one for one in reads if one["Action"]))


def reading(statement: Document) -> Document:
    """`statement` without the actions that change or open something, by AWS's verbs."""
    actions = [one for one in statement["Action"] if one.partition(":")[2].startswith(READS)]
    return {**statement, "Action": actions}


def stack(place: Place, part: str, key_arn: str, boundary: str) -> list[Document]:
    """What is said of a part's stack, beside its state."""
    if part == names.REGISTRY:
        return platform(place, key_arn, boundary)
    return environment(place, part, key_arn, boundary)


def platform(place: Place, key_arn: str, boundary: str) -> list[Document]:
    """The platform stack."""
    part = names.REGISTRY
    return [
        *roles(place, part, PLATFORM_ROLES, "ci-infra", boundary),
        *key(key_arn, place.arn("kms", names.key_alias(place.project))),
        allow(BUCKET, place.bucket),
        allow(REPOSITORY, *place.repositories("train", "serve")),
        allow(GROUP, place.group),
        allow(PARAMETER, f"{place.parameters(part)}*"),
        allow(SEARCHES, "*"),
    ]


def environment(place: Place, part: str, key_arn: str, boundary: str) -> list[Document]:
    """An environment's stack."""
    project = place.project
    account = place.accounts[part]
    purposes = [f"{one}-{part}" for one in (*ENVIRONMENT_ROLES, *GUARDED_ROLES * guarded(part))]
    return [
        *roles(place, part, purposes, f"ci-infra-{part}", boundary),
        *key(key_arn, place.arn("kms", names.key_alias(project, part), part)),
        *ledger(place, part, key_arn),
        allow(TOPIC, place.arn("sns", names.alarm_topic(project, part), part)),
        allow(ALARM, *alarms(place, part)),
        allow(DASHBOARD, f"arn:aws:cloudwatch::{account}:dashboard/{names.dashboard(project, part)}"),
        *log_group(place.arn("logs", f"log-group:{names.endpoint_log_group(project, part)}", part)),
        allow(ENDPOINT, endpoint(place, part)),
        allow(CONFIGURATION, named(place, part, "endpoint-config")),
        *scaling(place, part),
        rules(place, part),
        allow(BUDGET, f"arn:aws:budgets::{account}:budget/{names.budget(project, part)}"),
        allow(PARAMETER, f"{place.parameters(part)}*"),
        allow([*SEARCHES, *ENVIRONMENT_SEARCHES, *POSTED * guarded(part)], "*"),
    ]


def roles(place: Place, part: str, purposes: Sequence[str], itself: str, boundary: str) -> list[Document]:
    """The stack's roles, which it makes within the account's boundary alone; its own it only reads."""
    ours = [place.role(one, part) for one in purposes]
    own = place.role(itself, part)
    return [
        allow(
            [
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ],
            *ours,
            StringEquals={"iam:PermissionsBoundary": boundary},
        ),
        allow(
            [
                *ROLE,
                "iam:DeleteRole",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ],
            *ours,
        ),
        allow(ROLE, own),
        allow(["iam:GetPolicy", "iam:GetPolicyVersion"], boundary),
    ]


def key(key_arn: str, alias: str) -> list[Document]:
    """The key that the stack has, its alias, and its use for what the stack encrypts."""
    return [
        allow(KEY, key_arn),
        allow(["kms:CreateAlias"], alias, key_arn),
        grant(key_arn),
    ]


def ledger(place: Place, part: str, key_arn: str) -> list[Document]:
    """The ledger, and what DynamoDB does with its key in the name of whoever makes it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    through = {"kms:ViaService": f"dynamodb.{place.project.region}.amazonaws.com"}
    return [
        allow(LEDGER, place.arn("dynamodb", f"table/{names.ledger(place.project, part)}", part)),
        allow(LEDGER_KEY, key_arn, StringEquals=through),
    ]


def alarms(place: Place, part: str) -> list[str]:
    """The alarms of an environment's stack: on the service, and on a model that the monitor looks after."""
    subjects = ("slo", "model") if guarded(part) else ("slo",)
    return [
        place.arn("cloudwatch", f"alarm:{names.alarm(place.project, part, one, '*')}", part)
        for one in subjects
    ]


def log_group(group: str) -> list[Document]:
    """The endpoint's log group: its ARN ends in `:*`, but for the actions on its tags.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html, `arn`
    """
    return [allow(LOG_GROUP, f"{group}:*"), allow(LOG_GROUP_TAGS, group)]


def scaling(place: Place, part: str) -> list[Document]:
    """The endpoint's scaling; the service's own role is made by the first."""
    service = "sagemaker.application-autoscaling.amazonaws.com"
    linked = f"arn:aws:iam::{place.accounts[part]}:role/aws-service-role/{service}/{LINKED}"
    return [
        allow(SCALING, scaled.targets(place, part)),
        allow(["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"], *scaled.alarms(place, part)),
        allow(["iam:CreateServiceLinkedRole"], linked, StringEquals={"iam:AWSServiceName": service}),
    ]


def rules(place: Place, part: str) -> Document:
    """The stack's rules, whose targets are the alarm topic.

    ForAllValues holds of the requests that name no target. What posts to an address outside is a person's to
    make and to change: that hands a role to EventBridge, which the account's boundary denies.
    """
    topic = place.arn("sns", names.alarm_topic(place.project, part), part)
    return allow(
        RULE,
        place.arn("events", f"rule/{place.project.name}-{part}-*", part),
        **{"ForAllValues:ArnEquals": {"events:TargetArn": topic}},
    )


def _of(service: str, *actions: str) -> list[str]:
    return [f"{service}:{one}" for one in sorted(actions)]


LINKED = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
ROLE = _of(
    "iam",
    *("GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole"),
    "ListRolePolicies",
)
BUCKET = _of(
    "s3",
    *("CreateBucket", "DeleteBucketPolicy", "GetAccelerateConfiguration", "GetBucketAcl", "GetBucketCORS"),
    *(
        "GetBucketLogging",
        "GetBucketObjectLockConfiguration",
        "GetBucketPolicy",
        "GetBucketPublicAccessBlock",
    ),
    *("GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite"),
    *("GetEncryptionConfiguration", "GetLifecycleConfiguration", "GetReplicationConfiguration", "ListBucket"),
    *("ListTagsForResource", "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketTagging"),
    *("PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration", "TagResource"),
    "UntagResource",
)
REPOSITORY = _of(
    "ecr",
    *("CreateRepository", "DeleteRepositoryPolicy", "DescribeRepositories", "GetLifecyclePolicy"),
    *("GetRepositoryPolicy", "ListTagsForResource", "PutImageScanningConfiguration", "PutImageTagMutability"),
    *("PutLifecyclePolicy", "SetRepositoryPolicy", "TagResource", "UntagResource"),
)
GROUP = _of(
    "sagemaker",
    *("AddTags", "CreateModelPackageGroup", "DeleteModelPackageGroupPolicy", "DeleteTags"),
    *("DescribeModelPackageGroup", "GetModelPackageGroupPolicy", "ListTags", "PutModelPackageGroupPolicy"),
)
# a program looks parameters up by the folder that they are in, and about that AWS asks
PARAMETER = _of(
    "ssm",
    *("AddTagsToResource", "DeleteParameter", "GetParameter", "GetParametersByPath", "ListTagsForResource"),
    *("PutParameter", "RemoveTagsFromResource"),
)
KEY = _of(
    "kms",
    *("DescribeKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"),
    *("PutKeyPolicy", "TagResource", "UntagResource", "UpdateKeyDescription"),
)
LEDGER_KEY = _of("kms", "Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
LEDGER = _of(
    "dynamodb",
    *("CreateTable", "DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive"),
    *("ListTagsOfResource", "TagResource", "UntagResource", "UpdateContinuousBackups", "UpdateTable"),
)
TOPIC = _of(
    "sns",
    *("CreateTopic", "GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource"),
    *("SetTopicAttributes", "Subscribe", "TagResource", "UntagResource"),
)
ALARM = _of(
    "cloudwatch",
    *("DeleteAlarms", "ListTagsForResource", "PutMetricAlarm", "TagResource", "UntagResource"),
)
DASHBOARD = _of("cloudwatch", "DeleteDashboards", "GetDashboard", "PutDashboard")
LOG_GROUP = _of("logs", "CreateLogGroup", "PutRetentionPolicy")
LOG_GROUP_TAGS = _of("logs", "ListTagsForResource", "TagResource", "UntagResource")
ENDPOINT = _of(
    "sagemaker",
    *("AddTags", "CreateEndpoint", "DeleteTags", "DescribeEndpoint", "ListTags"),
    "UpdateEndpointWeightsAndCapacities",
)
CONFIGURATION = _of("sagemaker", "CreateEndpoint", "DescribeEndpointConfig")
SCALING = _of(
    "application-autoscaling",
    *("DeleteScalingPolicy", "DeregisterScalableTarget", "ListTagsForResource", "PutScalingPolicy"),
    *("RegisterScalableTarget", "TagResource", "UntagResource"),
)
RULE = _of(
    "events",
    *("DeleteRule", "DescribeRule", "ListTagsForResource", "ListTargetsByRule", "PutRule"),
    *("PutTargets", "RemoveTargets", "TagResource", "UntagResource"),
)
# what AWS knows no resource for: exceptions.py has the reasons
SEARCHES = ["kms:ListAliases", "ssm:DescribeParameters"]
ENVIRONMENT_SEARCHES = [
    *_of("application-autoscaling", "DescribeScalableTargets", "DescribeScalingPolicies"),
    *_of("cloudwatch", "DescribeAlarms", "PutCompositeAlarm"),
    "logs:DescribeLogGroups",
    *_of("sns", "GetSubscriptionAttributes", "Unsubscribe"),
]
POSTED = ["events:DescribeApiDestination"]  # what starts a retrain
BUDGET = _of("budgets", "ListTagsForResource", "ModifyBudget", "TagResource", "UntagResource", "ViewBudget")
