"""Which operations pass on to moto, by service. What is neither here nor in a module's OPERATIONS is refused.

The lists hold what the loop's verbs call, what the stacks need to create, read back and delete, and no more:
an operation that moto merely stubs would rehearse something that does not happen on AWS.
"""

import re
from functools import cache
from urllib.parse import parse_qs

from sandbox.validation import service_model

_WORDS = {
    "application-autoscaling": """
        DeleteScalingPolicy DeregisterScalableTarget DescribeScalableTargets DescribeScalingPolicies
        DescribeScheduledActions PutScalingPolicy PutScheduledAction RegisterScalableTarget""",
    "budgets": """
        CreateBudget CreateNotification DeleteBudget DeleteNotification DescribeBudget DescribeBudgets
        DescribeNotificationsForBudget""",
    "cloudwatch": """
        DeleteDashboards GetDashboard ListDashboards PutDashboard""",
    "dynamodb": """
        CreateTable DeleteItem DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive
        GetItem ListTables ListTagsOfResource PutItem Query Scan TagResource TransactWriteItems
        UntagResource UpdateContinuousBackups UpdateItem UpdateTable UpdateTimeToLive""",
    "ecr": """
        BatchDeleteImage BatchGetImage CreateRepository DeleteLifecyclePolicy DeleteRepository
        DeleteRepositoryPolicy DescribeImages DescribeRepositories GetAuthorizationToken
        GetLifecyclePolicy GetRepositoryPolicy ListImages ListTagsForResource PutImage
        PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy
        TagResource UntagResource""",
    "events": """
        CreateApiDestination CreateConnection DeleteApiDestination DeleteConnection DeleteRule
        DescribeApiDestination DescribeConnection DescribeRule ListConnections ListRules ListTagsForResource
        ListTargetsByRule PutRule PutTargets RemoveTargets TagResource UntagResource UpdateApiDestination""",
    "iam": """
        AddClientIDToOpenIDConnectProvider AttachRolePolicy CreateOpenIDConnectProvider CreatePolicy
        CreatePolicyVersion CreateRole DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion
        DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy
        GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole GetRolePolicy GetUser
        ListAttachedRolePolicies ListEntitiesForPolicy ListInstanceProfilesForRole
        ListOpenIDConnectProviders ListPolicies ListPolicyTags ListPolicyVersions ListRolePolicies
        ListRoleTags ListRoles PutRolePermissionsBoundary PutRolePolicy TagOpenIDConnectProvider TagPolicy
        TagRole UntagOpenIDConnectProvider UntagPolicy UntagRole UpdateAssumeRolePolicy
        UpdateOpenIDConnectProviderThumbprint
        UpdateRole UpdateRoleDescription""",
    "kms": """
        CancelKeyDeletion CreateAlias CreateKey Decrypt DeleteAlias DescribeKey DisableKeyRotation
        EnableKeyRotation Encrypt GenerateDataKey GetKeyPolicy GetKeyRotationStatus ListAliases ListKeys
        ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateAlias
        UpdateKeyDescription""",
    "logs": """
        CreateLogGroup CreateLogStream DeleteLogGroup DeleteLogStream DeleteMetricFilter
        DeleteRetentionPolicy DescribeLogGroups DescribeLogStreams DescribeMetricFilters FilterLogEvents
        GetLogEvents ListTagsForResource ListTagsLogGroup PutLogEvents PutMetricFilter PutRetentionPolicy
        TagLogGroup TagResource UntagResource""",
    "s3": """
        AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload
        DeleteBucket DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketOwnershipControls
        DeleteBucketPolicy DeleteBucketTagging DeleteObject DeleteObjects DeletePublicAccessBlock
        GetBucketAccelerateConfiguration GetBucketAcl GetBucketCors GetBucketEncryption
        GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging
        GetBucketNotificationConfiguration GetBucketOwnershipControls GetBucketPolicy
        GetBucketPolicyStatus GetBucketReplication GetBucketRequestPayment GetBucketTagging
        GetBucketVersioning GetBucketWebsite GetObject GetObjectAttributes GetObjectLockConfiguration
        GetObjectTagging GetPublicAccessBlock HeadBucket HeadObject ListBuckets ListMultipartUploads
        ListObjectVersions ListObjects ListObjectsV2 ListParts PutBucketEncryption
        PutBucketLifecycleConfiguration PutBucketNotificationConfiguration PutBucketOwnershipControls
        PutBucketPolicy PutBucketTagging PutBucketVersioning PutObject PutObjectTagging
        PutPublicAccessBlock UploadPart""",
    "s3control": "DeletePublicAccessBlock GetPublicAccessBlock PutPublicAccessBlock",
    "sns": """
        CreateTopic DeleteTopic GetSubscriptionAttributes GetTopicAttributes ListSubscriptions
        ListSubscriptionsByTopic ListTagsForResource ListTopics Publish SetSubscriptionAttributes
        SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource""",
    "sqs": """
        CreateQueue DeleteMessage DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags ListQueues
        PurgeQueue ReceiveMessage SendMessage SetQueueAttributes TagQueue UntagQueue""",
    "ssm": """
        AddTagsToResource DeleteParameter DeleteParameters DescribeParameters GetParameter GetParameters
        GetParametersByPath ListTagsForResource PutParameter RemoveTagsFromResource""",
    "sts": "AssumeRole AssumeRoleWithWebIdentity GetCallerIdentity",
}
_WORDS["sagemaker"] = ""  # all that is here of SageMaker is ours
PASSED = {service: frozenset(words.split()) for service, words in _WORDS.items()}

QUERY_VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts", "2010-03-31": "sns", "2010-08-01": "cloudwatch"}


@cache
def json_targets() -> dict[str, str]:
    """The first half of X-Amz-Target → service, for the services here that speak JSON."""
    prefixes = {name: service_model(name).metadata.get("targetPrefix") for name in PASSED}
    return {prefix: name for name, prefix in prefixes.items() if prefix}


def s3control_operation(method: str, path: str) -> str:
    """The operation on a whole account's S3 that a request names; `Unknown` if none fits.

    Only those without a name in the path are here
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html).
    """
    model = service_model("s3control")
    places = {name: model.operation_model(name).http for name in PASSED["s3control"]}
    fitting = [name for name, at in places.items() if (at["method"], at["requestUri"]) == (method, path)]
    return fitting[0] if fitting else "Unknown"


def s3_operation(method: str, path: str, query: str) -> str:
    """The S3 operation that a path-style request names; `Unknown` if none fits.

    The request's operation is the one of that method and path depth whose query parameters are all present,
    and of those the one with the most, e.g. `GET /b?policy` is GetBucketPolicy, not ListObjects
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html).
    """
    given = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
    bucket, _, key = path.strip("/").partition("/")
    depth = 2 if key else 1 if bucket else 0
    fitting = [
        (len(required), name in PASSED["s3"], name)  # of several that look alike, one that there is
        for name, required in _s3_table().get((method, depth), ())
        if all(word in given and (not value or given[word] == value) for word, value in required.items())
    ]
    return max(fitting)[2] if fitting else "Unknown"


@cache
def _s3_table() -> dict[tuple[str, int], list[tuple[str, dict[str, str]]]]:
    table: dict[tuple[str, int], list[tuple[str, dict[str, str]]]] = {}
    model = service_model("s3")
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = str(operation.http["requestUri"]).partition("?")
        required = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
        required.pop("x-id", None)
        shape = operation.input_shape
        members = shape.members if shape else {}
        for member in shape.required_members if shape else ():
            place = members[member].serialization
            if place.get("location") == "querystring":
                required[place["name"]] = ""
        depth = len(re.findall(r"{\w+\+?}", path))
        table.setdefault((operation.http["method"], depth), []).append((name, required))
    return table
