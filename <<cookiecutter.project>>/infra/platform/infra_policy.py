"""What `pulumi up` may do: make, read back, change and remove what the two programs consist of."""

from ci_policies import parameters, registry, state
from policies import Document, Place, allow, boundary, document

from pipeline import names


def infra(place: Place, key_arn: str) -> Document:
    """`pulumi up` of the platform and the services, after a merge and for a first release."""
    project = place.project.name
    return document(
        *state(place, writes=True),
        *roles(place),
        allow(STORAGE, place.bucket),
        allow(IMAGES, place.repository("train"), place.repository("serve")),
        allow(PARAMETERS, *parameters(place)),
        allow(["ssm:DescribeParameters"], "*"),  # a search over the account: takes no resource
        allow(REGISTRY, *registry(place)),
        allow(KEY, key_arn, place.arn("kms", f"alias/{project}")),
        allow(["kms:CreateKey", "kms:ListAliases"], "*"),  # before there is a key; over the account
        allow(
            ENDPOINT,
            *(place.arn("sagemaker", f"{one}/{project}-*") for one in ("endpoint", "endpoint-config")),
        ),
        allow(LEDGER, place.arn("dynamodb", f"table/{project}-*")),
        allow(TOPIC, place.arn("sns", f"{project}-*")),
        allow(["sns:GetSubscriptionAttributes", "sns:Unsubscribe"], "*"),  # AWS knows no resource for them
        allow(ALARMS, place.arn("cloudwatch", f"alarm:{project}-*")),
        allow(DASHBOARD, f"arn:aws:cloudwatch::{place.account}:dashboard/{project}-*"),
        allow(LOGS, place.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{project}-*")),
        allow(["logs:DescribeLogGroups"], "*"),  # a search over the account: takes no resource
        allow(SCALING, place.arn("application-autoscaling", "scalable-target/*")),
        allow(
            [
                "application-autoscaling:DescribeScalableTargets",
                "application-autoscaling:DescribeScalingPolicies",
            ],
            "*",  # searches over the account: take no resource
        ),
    )


def roles(place: Place) -> list[Document]:
    """The project's roles, which it may make only within the account's boundary."""
    ours = f"arn:aws:iam::{place.account}:role/{names.role(place.project, '*')}"
    return [
        allow(
            ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy"],
            ours,
            StringEquals={"iam:PermissionsBoundary": boundary(place.account)},
        ),
        allow(
            [
                "iam:DeleteRole",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies",
                "iam:TagRole",
                "iam:UpdateAssumeRolePolicy",
            ],
            ours,
        ),
    ]


STORAGE = [
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListTagsForResource",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
]
IMAGES = [
    "ecr:CreateRepository",
    "ecr:DeleteRepository",
    "ecr:DescribeRepositories",
    "ecr:ListTagsForResource",
    "ecr:PutImageScanningConfiguration",
    "ecr:PutImageTagMutability",
    "ecr:TagResource",
]
PARAMETERS = [
    "ssm:AddTagsToResource",
    "ssm:DeleteParameter",
    "ssm:GetParameter",
    "ssm:GetParametersByPath",
    "ssm:ListTagsForResource",
    "ssm:PutParameter",
]
REGISTRY = [
    "sagemaker:AddTags",
    "sagemaker:CreateModelPackageGroup",
    "sagemaker:DeleteModelPackageGroup",
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:ListTags",
]
KEY = [
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:EnableKeyRotation",
    "kms:GenerateDataKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
]
ENDPOINT = [
    "sagemaker:AddTags",
    "sagemaker:CreateEndpoint",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:ListTags",
]
LEDGER = [
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
]
TOPIC = [
    "sns:CreateTopic",
    "sns:DeleteTopic",
    "sns:GetTopicAttributes",
    "sns:ListTagsForResource",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
    "sns:TagResource",
]
ALARMS = [
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
]
DASHBOARD = ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
LOGS = [
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
]
SCALING = [
    "application-autoscaling:DeleteScalingPolicy",
    "application-autoscaling:DeregisterScalableTarget",
    "application-autoscaling:ListTagsForResource",
    "application-autoscaling:PutScalingPolicy",
    "application-autoscaling:RegisterScalableTarget",
    "application-autoscaling:TagResource",
]
