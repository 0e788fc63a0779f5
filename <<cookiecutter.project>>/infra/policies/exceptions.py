"""Where a policy is wider than what the rehearsal uses, or names no resource; each with its reason.

Two tests hold the tables: one that nothing else is allowed on everything, one that takes every action away
and expects the rehearsal to miss it.
"""

from pipeline import names

SEARCH = "a search over the account: AWS knows no resource for it"
COMPOSITE = "AWS: of composite alarms only when it is allowed on everything"

# action → why it is allowed on every resource
ON_EVERYTHING = {
    "application-autoscaling:DescribeScalableTargets": SEARCH,
    "application-autoscaling:DescribeScalingPolicies": SEARCH,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    "cloudwatch:DescribeAlarms": COMPOSITE,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    "cloudwatch:PutCompositeAlarm": COMPOSITE,
    "cloudwatch:PutMetricData": "a metric has no ARN; the statement names its namespace",
    "ec2:DescribeDhcpOptions": SEARCH,
    "ec2:DescribeNetworkInterfaces": SEARCH,
    "ec2:DescribeSecurityGroups": SEARCH,
    "ec2:DescribeSubnets": SEARCH,
    "ec2:DescribeVpcs": SEARCH,
    "ecr:GetAuthorizationToken": "the token is the account's; what it opens is decided per repository",
    "kms:ListAliases": SEARCH,
    "logs:DescribeLogGroups": SEARCH,
    "sns:GetSubscriptionAttributes": "AWS knows no resource for a subscription",
    "sns:Unsubscribe": "AWS knows no resource for a subscription",
    "ssm:DescribeParameters": SEARCH,
}

# the same for policies of resources, whose `*` is the resource itself
WILDCARD_ACTIONS = {
    "kms:*": "a key whose policy does not hand it to its account's IAM can be neither used nor repaired",
    "s3:*": "a Deny, of everything that comes without TLS",
}

LATER = "the verb that uses it is not written yet; the role is there so that its first run needs no new trust"
DOCUMENTED = "AWS documents it for every job; a manifest's files are read without a listing"
PROVIDER = "held against what the real AWS provider calls instead: tests/infra/test_provider_operations.py"
PREVIEW = "what ci-infra may read, by construction: tests/infra/test_policies_infrastructure.py"
LOOK = "a person in the registry's account sees by it what an environment serves"
PERSON = "left to the person who applies the stack first or destroys it"
STREAMS = "AWS's reference names the group, and its refusals the group's streams: so both are named"
REPORTS = "the monitor's verbs that read captured traffic, and tell what they saw, are not written yet"
CALMED = "asked when the alarm has calmed down since it fired"
AGAIN = "asked when what is to be released is live already: was it promoted?"
RESIZED = "asked when the instance type changes: AWS does not change it while the endpoint scales"
MOVED = "in the rehearsal staging goes back to what production serves, which stays at its stage"
STATE = "Pulumi keeps the state of every account's stacks there; the rehearsal applies them without a state"
STATE_ACTIONS = [
    *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
    *("s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"),
]
JOBS, ENDPOINTS = ("train", "validate", "evaluate"), [f"endpoint-{one}" for one in names.ENVIRONMENTS]
PARTS = ("", *(f"-{one}" for one in names.ENVIRONMENTS))  # the platform's roles name none
EVENTS = "EventBridge publishes for rules that a team adds to the topic; the sandbox has no events"

# (a role's policy, or whom a resource's admits; action, or * for all of a role's) → why it stays unused.
# A row is about one statement: a second one with the same action is not excused.
UNUSED = {
    ("replay", "*"): LATER,
    ("monitor", "*"): LATER,
    ("ci-monitor-production", "*"): LATER,
    ("ci-monitor-staging", "cloudwatch:PutMetricData"): REPORTS,
    ("ci-monitor-staging", "kms:Decrypt"): REPORTS,
    ("ci-monitor-staging", "s3:GetObject"): REPORTS,
    ("ci-monitor-staging", "s3:ListBucket"): REPORTS,
    ("ci-monitor-staging", "ssm:GetParameter"): REPORTS,
    **{(one, "logs:DescribeLogStreams"): STREAMS for one in (*JOBS, *ENDPOINTS)},
    **{
        (f"ci-{verb}-{one}", "application-autoscaling:DescribeScalableTargets"): RESIZED
        for verb in ("release", "rollback")
        for one in names.ENVIRONMENTS
    },
    **{(f"ci-infra{part}", "*"): PROVIDER for part in PARTS},
    **{(f"ci-preview{part}", "*"): PREVIEW for part in PARTS},
    ("ci-release-production", "cloudwatch:DescribeAlarmHistory"): CALMED,
    ("ci-release-production", "dynamodb:Scan"): AGAIN,
    ("ci-release-staging", "dynamodb:Scan"): AGAIN,
    ("ci-rollback-production", "cloudwatch:DescribeAlarmHistory"): CALMED,
    ("ci-rollback-staging", "sagemaker:UpdateModelPackage"): MOVED,
    ("observe-staging", "sagemaker:DescribeEndpointConfig"): LOOK,
    ("observe-staging", "sagemaker:DescribeModel"): LOOK,
    ("train", "s3:ListBucket"): DOCUMENTED,
    ("validate", "s3:ListBucket"): DOCUMENTED,
    **{
        (f"{one}'s {action.partition(':')[0]} to events.amazonaws.com", action): EVENTS
        for one in names.ENVIRONMENTS
        for action in ("kms:Decrypt", "kms:GenerateDataKey", "sns:Publish")
    },
}

# the same where registry, staging and production have an account each
UNUSED_APART = {
    ("platform's kms to ci-monitor-staging", "kms:Decrypt"): REPORTS,
    ("platform's kms to ci-monitor-production", "kms:Decrypt"): LATER,
    ("platform's s3 to ci-monitor-staging", "s3:GetObject"): REPORTS,
    ("platform's s3 to ci-monitor-staging", "s3:ListBucket"): REPORTS,
    ("platform's s3 to ci-monitor-production", "s3:GetObject"): LATER,
    ("platform's s3 to ci-monitor-production", "s3:ListBucket"): LATER,
    ("platform's sagemaker to ci-rollback-staging", "sagemaker:UpdateModelPackage"): MOVED,
    **{
        (f"state's {action.partition(':')[0]} to the account of {one}", action): STATE
        for one in names.ENVIRONMENTS
        for action in STATE_ACTIONS
    },
}

APART = "only where an environment has an account of its own"
TAGS = "the provider reads a bucket's tags by ListTagsForResource of the same API"
LOOKED_UP = "the program looks it up; it is no resource of the stack's"
UNTAG = "a tag that the stack no longer has is taken away"
# what `pulumi up` is allowed beyond the real provider's calls and the changes of our kinds of resources → why
BEYOND = {
    "application-autoscaling:UntagResource": UNTAG,
    "budgets:UntagResource": UNTAG,
    "ecr:DeleteRepositoryPolicy": APART,
    "ecr:GetRepositoryPolicy": APART,
    "ecr:SetRepositoryPolicy": APART,
    "iam:CreateServiceLinkedRole": "the account's first scaling target makes the service's own role",
    "iam:GetPolicy": LOOKED_UP,
    "iam:GetPolicyVersion": LOOKED_UP,
    "s3:GetBucketTagging": "a bucket's tags, where the provider does not read them by ListTagsForResource",
    "s3:TagResource": TAGS,
    "s3:UntagResource": TAGS,
    "sagemaker:DeleteModelPackageGroupPolicy": APART,
    "sagemaker:GetModelPackageGroupPolicy": APART,
    "sagemaker:PutModelPackageGroupPolicy": APART,
    "ssm:GetParametersByPath": LOOKED_UP,
}

# what is called for our resources, by the real provider or for a change, and no infra role is given → why not
LEFT_OUT = {
    "dynamodb:DeleteTable": PERSON,
    "dynamodb:UpdateTimeToLive": "the ledger's records do not expire",
    "ecr:DeleteLifecyclePolicy": PERSON,
    "ecr:DeleteRepository": PERSON,
    "kms:CreateKey": "AWS knows no resource for it: a role with it makes keys without end; " + PERSON,
    "kms:DeleteAlias": PERSON,
    "kms:ScheduleKeyDeletion": PERSON,
    "kms:UpdateAlias": "it names another key, and making that is a person's",
    "logs:DeleteLogGroup": PERSON,
    "s3:DeleteBucket": PERSON,
    "sagemaker:DeleteEndpoint": PERSON,
    "sagemaker:DeleteModelPackageGroup": PERSON,
    "sns:DeleteTopic": PERSON,
}
