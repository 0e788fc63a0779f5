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
    "application-autoscaling:DescribeScheduledActions": SEARCH,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    "cloudwatch:DescribeAlarms": COMPOSITE,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    "cloudwatch:PutCompositeAlarm": COMPOSITE,
    "cloudwatch:GetMetricData": "AWS knows no resource for a metric, and no namespace where it is read",
    "cloudwatch:PutMetricData": "a metric has no ARN; the statement names its namespace",
    "ec2:DescribeDhcpOptions": SEARCH,
    "ec2:DescribeNetworkInterfaces": SEARCH,
    "ec2:DescribeSecurityGroups": SEARCH,
    "ec2:DescribeSubnets": SEARCH,
    "ec2:DescribeVpcs": SEARCH,
    "ecr:GetAuthorizationToken": "the token is the account's; what it opens is decided per repository",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    "events:DescribeApiDestination": "AWS asks for its connection, too, and both ARNs together would not fit "
    "into the policy with the longest names",
    "kms:ListAliases": SEARCH,
    "logs:DescribeLogGroups": SEARCH,
    "sagemaker:ListEndpointConfigs": SEARCH,
    "sagemaker:ListModels": SEARCH,
    "sns:GetSubscriptionAttributes": "AWS knows no resource for a subscription",
    "sns:Unsubscribe": "AWS knows no resource for a subscription",
    "ssm:DescribeParameters": SEARCH,
}

# the same for policies of resources, whose `*` is the resource itself
WILDCARD_ACTIONS = {
    "kms:*": "a key whose policy does not hand it to its account's IAM can be neither used nor repaired",
    "s3:*": "a Deny, of everything that comes without TLS",
}

DOCUMENTED = "AWS documents it for every job; a manifest's files are read without a listing"
PROVIDER = "held against what the real AWS provider calls instead: tests/infra/test_provider_operations.py"
PREVIEW = "what ci-infra may read, by construction: tests/infra/test_policies_infrastructure.py"
CHANGED = "asked when production was changed between a version's gate and its release"
DEAD = "what a process has left open when it died, closed by whoever comes next; `make rehearse-faults`"
BACK = "a process has to die while its candidate shadows, or between a failed contract test and the way back"
FEW = "asked when a promotion leaves a configuration that nobody goes back to"
ROOM = "asked where an endpoint that scales has less room than a bake takes, and put back where it was"
LOOK = "a person in the registry's account sees by it what an environment serves"
PERSON = "left to the person who applies the stack first or destroys it"
STREAMS = "AWS's reference names the group, and its refusals the group's streams: so both are named"
CALMED = "asked when the alarm has calmed down since it fired"
RESIZED = "asked when the instance type changes: AWS does not change it while the endpoint scales"
MOVED = "in the rehearsal staging goes back to what production serves, which stays at its stage"
STATE = "Pulumi keeps the state of every account's stacks there; the rehearsal applies them without a state"
STATE_ACTIONS = [
    *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
    *("s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"),
]
JOBS, ENDPOINTS = (
    ("train", "validate", "evaluate", "replay", "ingest", "monitor"),
    [f"endpoint-{one}" for one in names.ENVIRONMENTS],
)
PARTS = ("", *(f"-{one}" for one in names.ENVIRONMENTS))  # the platform's roles name none

# what scaling an endpoint anew takes, and what only more room takes
SCALED = [
    *(f"application-autoscaling:{one}" for one in ("DeregisterScalableTarget", "PutScalingPolicy")),
    *(f"application-autoscaling:{one}" for one in ("PutScheduledAction", "TagResource")),
    *("cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"),
]
RAISED = ["application-autoscaling:RegisterScalableTarget", "sagemaker:UpdateEndpointWeightsAndCapacities"]
# what closing a release takes, and beside it a canary's
GUARDED = [
    *("application-autoscaling:DescribeScalingPolicies", "application-autoscaling:DescribeScheduledActions"),
    *(f"cloudwatch:{one}" for one in ("DescribeAlarmHistory", "DescribeAlarms")),
    *SCALED,
    *RAISED,
]
CLOSED = [
    "application-autoscaling:DescribeScalableTargets",
    *(f"dynamodb:{one}" for one in ("DeleteItem", "PutItem", "UpdateItem")),
    *(f"sagemaker:{one}" for one in ("AddTags", "ListEndpointConfigs", "ListModelPackages", "ListModels")),
    "sagemaker:UpdateModelPackage",
]
# what judging production takes as well
LOOKED = [f"sagemaker:{one}" for one in ("DescribeEndpointConfig", "DescribeModelPackage")]
# what asking the gate again takes
REGATED = [
    *("iam:PassRole", "s3:GetObject", "s3:PutObject"),
    *(f"sagemaker:{one}" for one in ("AddTags", "CreateProcessingJob", "DescribeProcessingJob")),
]
PAIRED = ("sagemaker:UpdateEndpoint",)  # asked for endpoint and configuration: a statement each
SOMETIMES = (CALMED, ROOM)  # reasons that hold in one rehearsal and not in another

# (a role's policy, or whom a resource's admits; action, or * for all of a role's) → why it stays unused.
# A row is about one statement: a second one with the same action is not excused.
UNUSED = {
    **{(f"ci-monitor-{one}", action): DEAD for one in names.ENVIRONMENTS for action in CLOSED},
    **{("ci-monitor-staging", action): DEAD for action in LOOKED},
    **{("ci-monitor-production", action): DEAD for action in GUARDED},
    **{
        (f"ci-monitor-{one}", action): BACK
        for one in names.ENVIRONMENTS
        for action in ("kms:CreateGrant", "sagemaker:UpdateEndpoint")
    },
    **{(one, "logs:DescribeLogStreams"): STREAMS for one in (*JOBS, *ENDPOINTS)},
    **{
        (f"ci-{verb}-staging", "application-autoscaling:DescribeScalableTargets"): RESIZED
        for verb in ("release", "rollback")
    },
    **{(f"ci-{verb}-production", action): RESIZED for verb in ("release", "rollback") for action in SCALED},
    **{("ci-rollback-production", action): ROOM for action in RAISED},
    **{
        (f"ci-{job}", f"sagemaker:Delete{thing}"): FEW
        for job in ("release-staging", "monitor-staging", "monitor-production")
        for thing in ("EndpointConfig", "Model")
    },
    **{("examine", action): CHANGED for action in REGATED},
    **{(f"ci-infra{part}", "*"): PROVIDER for part in PARTS},
    **{(f"ci-preview{part}", "*"): PREVIEW for part in PARTS},
    ("ci-release-production", "cloudwatch:DescribeAlarmHistory"): CALMED,
    ("ci-rollback-production", "cloudwatch:DescribeAlarmHistory"): CALMED,
    ("ci-rollback-staging", "sagemaker:UpdateModelPackage"): MOVED,
    ("observe-staging", "sagemaker:DescribeEndpointConfig"): LOOK,
    ("observe-staging", "sagemaker:DescribeModel"): LOOK,
    ("train", "s3:ListBucket"): DOCUMENTED,
    ("validate", "s3:ListBucket"): DOCUMENTED,
}

# the same where registry, staging and production have an account each
UNUSED_APART = {
    **{
        (f"platform's sagemaker to ci-monitor-{one}", f"sagemaker:{action}"): DEAD
        for one in names.ENVIRONMENTS
        for action in ("ListModelPackages", "UpdateModelPackage")
    },
    ("platform's sagemaker to ci-monitor-staging", "sagemaker:DescribeModelPackage"): DEAD,
    ("platform's sagemaker to ci-rollback-staging", "sagemaker:UpdateModelPackage"): MOVED,
    **{
        (f"state's {action.partition(':')[0]} to the account of {one}", action): STATE
        for one in names.ENVIRONMENTS
        for action in STATE_ACTIONS
    },
}

OUTWARDS = "what posts to an address outside is handed a role, which the boundary denies; " + PERSON
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
    "events:CreateApiDestination": OUTWARDS,
    "events:DeleteApiDestination": OUTWARDS,
    "events:UpdateApiDestination": OUTWARDS,
    "iam:PassRole": OUTWARDS,
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
