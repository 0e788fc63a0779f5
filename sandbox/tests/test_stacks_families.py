"""Resources of every family of services are made, are as asked for, and go."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stacks import calls
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.recording import offline
from sandbox.stacks.state import Made

PLACE = {"region": "eu-west-1", "account": "123456789012"}


def document(**statement: Any) -> str:
    """A policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


PRINCIPAL = {"AWS": "arn:aws:iam::123456789012:root"}
POLICY = document(Principal=PRINCIPAL, Action="ecr:BatchGetImage")
GRANT = document(Action="s3:GetObject", Resource="arn:aws:s3:::family/*")
TRUST = document(Principal={"Service": "x.amazonaws.com"}, Action="sts:AssumeRole")


@pytest.fixture
def make(client: Callable[..., Any]) -> Callable[..., Made]:
    """Make a resource of a type in the shared sandbox."""

    def made(type_: str, **inputs: Any) -> Made:
        id_, outputs = calls.create(client, KINDS[type_], inputs, PLACE)
        return Made("urn", type_, "name", id_, inputs, outputs)

    return made


@pytest.fixture
def remove(client: Callable[..., Any]) -> Callable[[Made], None]:
    """Remove it again."""
    return lambda made: calls.delete(client, KINDS[made.type], made, PLACE)


Make = Callable[..., Made]
Remove = Callable[[Made], None]
Clients = Callable[..., Any]


def test_a_budget_warns_its_subscribers(make: Make, remove: Remove, client: Clients) -> None:
    """By mail and by topic, at a share of the limit."""
    warning = {
        "comparisonOperator": "GREATER_THAN",
        "threshold": 80,
        "thresholdType": "PERCENTAGE",
        "notificationType": "FORECASTED",
        "subscriberEmailAddresses": ["a@example.org"],
        "subscriberSnsTopicArns": ["arn:aws:sns:eu-west-1:123456789012:t"],
    }
    made = make(
        "aws:budgets/budget:Budget",
        name="b",
        budgetType="COST",
        limitAmount="100",
        limitUnit="USD",
        timeUnit="MONTHLY",
        costFilters=[{"name": "TagKeyValue", "values": ["user:project$p"]}],
        notifications=[warning],
    )
    budgets = client("budgets")
    found = budgets.describe_budget(AccountId=PLACE["account"], BudgetName="b")["Budget"]
    assert (found["BudgetLimit"]["Amount"], found["CostFilters"]) == ("100", {"TagKeyValue": ["user:project$p"]})
    (told,) = budgets.describe_notifications_for_budget(AccountId=PLACE["account"], BudgetName="b")["Notifications"]
    assert (told["NotificationType"], told["Threshold"]) == ("FORECASTED", 80)
    remove(made)
    assert budgets.describe_budgets(AccountId=PLACE["account"])["Budgets"] == []


def test_a_misspelt_part_of_a_budgets_warning_is_refused(make: Make) -> None:
    """It would be dropped in silence."""
    with pytest.raises(calls.CallError, match=r"notifications\.subscriberMail has no place in create_budget"):
        make(
            "aws:budgets/budget:Budget",
            name="b",
            budgetType="COST",
            timeUnit="MONTHLY",
            notifications=[{"subscriberMail": ["a@example.org"]}],
        )


def test_a_bucket_has_rules_and_owners(make: Make, remove: Remove, client: Clients) -> None:
    """Objects end, and belong to the bucket's account."""
    make("aws:s3/bucket:Bucket", bucket="family")
    rule = {
        "id": "old",
        "status": "Enabled",
        "filter": {"prefix": "jobs/"},
        "expiration": {"days": 30},
        "noncurrentVersionExpiration": {"noncurrentDays": 7},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
    }
    lifecycle = make("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", bucket="family", rules=[rule])
    owner = make(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        bucket="family",
        rule={"objectOwnership": "BucketOwnerEnforced"},
    )
    s3 = client("s3")
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket="family")["Rules"]
    assert (found["ID"], found["Expiration"]["Days"], found["Filter"]["Prefix"]) == ("old", 30, "jobs/")
    (owned,) = s3.get_bucket_ownership_controls(Bucket="family")["OwnershipControls"]["Rules"]
    assert owned == {"ObjectOwnership": "BucketOwnerEnforced"}
    for part in (lifecycle, owner):
        remove(part)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket="family")


def test_a_bucket_that_may_be_emptied_is(make: Make, remove: Remove, client: Clients) -> None:
    """All versions of its objects, and the marks of those that are deleted."""
    bucket = make("aws:s3/bucket:Bucket", bucket="full", forceDestroy=True)
    make("aws:s3/bucketVersioning:BucketVersioning", bucket="full", versioningConfiguration={"status": "Enabled"})
    s3 = client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket="full", Key="k", Body=body)
    s3.delete_object(Bucket="full", Key="k")
    remove(bucket)
    assert "full" not in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def test_an_account_is_closed_to_the_public(make: Make, remove: Remove, client: Clients) -> None:
    """For all buckets that it has and will have."""
    shut = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
    made = make("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", **shut)
    control = client("s3control")
    found = control.get_public_access_block(AccountId=made.id)["PublicAccessBlockConfiguration"]
    assert all(found.values())
    remove(made)
    with pytest.raises(control.exceptions.ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        control.get_public_access_block(AccountId=made.id)


def test_a_repository_has_policies(make: Make, remove: Remove, client: Clients) -> None:
    """One on its images' lives, one on who pulls."""
    make("aws:ecr/repository:Repository", name="family")
    rules = json.dumps(
        {
            "rules": [
                {
                    "rulePriority": 1,
                    "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
                    "action": {"type": "expire"},
                }
            ]
        }
    )
    lifecycle = make("aws:ecr/lifecyclePolicy:LifecyclePolicy", repository="family", policy=rules)
    policy = make("aws:ecr/repositoryPolicy:RepositoryPolicy", repository="family", policy=POLICY)
    ecr = client("ecr")
    assert json.loads(ecr.get_lifecycle_policy(repositoryName="family")["lifecyclePolicyText"]) == json.loads(rules)
    assert json.loads(ecr.get_repository_policy(repositoryName="family")["policyText"]) == json.loads(POLICY)
    for part in (lifecycle, policy):
        remove(part)
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.get_repository_policy(repositoryName="family")


def test_a_topics_policy_falls_back_to_its_accounts(make: Make, remove: Remove, client: Clients) -> None:
    """When its own goes."""
    topic = make("aws:sns/topic:Topic", name="family")
    policy = make("aws:sns/topicPolicy:TopicPolicy", arn=topic.id, policy=POLICY)
    sns = client("sns")
    assert json.loads(sns.get_topic_attributes(TopicArn=topic.id)["Attributes"]["Policy"]) == json.loads(POLICY)
    remove(policy)
    (statement,) = json.loads(sns.get_topic_attributes(TopicArn=topic.id)["Attributes"]["Policy"])["Statement"]
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceOwner": PLACE["account"]}}


def test_a_model_package_group_has_a_policy(make: Make, remove: Remove, client: Clients) -> None:
    """Other accounts read the group by it."""
    make("aws:sagemaker/modelPackageGroup:ModelPackageGroup", modelPackageGroupName="family")
    type_ = "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy"
    policy = make(type_, modelPackageGroupName="family", resourcePolicy=POLICY)
    sagemaker = client("sagemaker")
    assert sagemaker.get_model_package_group_policy(ModelPackageGroupName="family")["ResourcePolicy"] == POLICY
    remove(policy)
    with pytest.raises(sagemaker.exceptions.ClientError, match="Cannot find resource policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName="family")


def test_a_composite_alarm_is_an_alarm_on_alarms(make: Make, remove: Remove, client: Clients) -> None:
    """Described apart from those on metrics."""
    made = make("aws:cloudwatch/compositeAlarm:CompositeAlarm", alarmName="family", alarmRule="FALSE")
    described = {"AlarmNames": ["family"], "AlarmTypes": ["CompositeAlarm"]}
    assert len(client("cloudwatch").describe_alarms(**described)["CompositeAlarms"]) == 1
    remove(made)
    assert client("cloudwatch").describe_alarms(**described)["CompositeAlarms"] == []


def test_a_role_has_a_policy_of_the_account(make: Make, remove: Remove, client: Clients) -> None:
    """Attached, and detached."""
    make("aws:iam/role:Role", name="family", assumeRolePolicy=TRUST)
    policy = make("aws:iam/policy:Policy", name="family", policy=GRANT)
    attached = make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role="family", policyArn=policy.id)
    iam = client("iam")
    (found,) = iam.list_attached_role_policies(RoleName="family")["AttachedPolicies"]
    assert found["PolicyArn"] == policy.id
    remove(attached)
    assert iam.list_attached_role_policies(RoleName="family")["AttachedPolicies"] == []
    iam.create_policy_version(PolicyArn=policy.id, PolicyDocument=GRANT, SetAsDefault=True)
    remove(policy)


def test_a_key_has_a_policy(make: Make, client: Clients) -> None:
    """The one that it was made with, which must let somebody read it."""
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    made = make("aws:kms/key:Key", policy=json.dumps(policy))
    assert json.loads(client("kms").get_key_policy(KeyId=made.id, PolicyName="default")["Policy"]) == policy


def test_an_event_is_sent_on(make: Make, remove: Remove, client: Clients) -> None:
    """To the target, with a text of its own."""
    pattern = json.dumps({"source": ["aws.sagemaker"]})
    rule = make("aws:cloudwatch/eventRule:EventRule", name="family", eventPattern=pattern)
    transformed = {"inputPaths": {"at": "$.time"}, "inputTemplate": '"at <at>"'}
    target = make(
        "aws:cloudwatch/eventTarget:EventTarget",
        rule="family",
        targetId="t",
        arn="arn:aws:sns:eu-west-1:123456789012:t",
        inputTransformer=transformed,
    )
    (found,) = client("events").list_targets_by_rule(Rule="family")["Targets"]
    assert (found["Id"], found["InputTransformer"]["InputPathsMap"]) == ("t", {"at": "$.time"})
    remove(target)
    remove(rule)
    assert [one for one in client("events").list_rules()["Rules"] if one["Name"] == "family"] == []


def test_a_target_outside_has_headers(make: Make, remove: Remove, client: Clients) -> None:
    """An API destination, of a connection that somebody made."""
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "Authorization", "ApiKeyValue": "secret"}}
    made = client("events").create_connection(Name="family", AuthorizationType="API_KEY", AuthParameters=key)
    place = {"name": "family", "connectionArn": made["ConnectionArn"], "httpMethod": "POST"}
    kind = "aws:cloudwatch/eventApiDestination:EventApiDestination"
    outside = make(kind, **place, invocationEndpoint="https://example.com", invocationRateLimitPerSecond=1)
    rule = make("aws:cloudwatch/eventRule:EventRule", name="outside", eventPattern='{"source": ["aws.cloudwatch"]}')
    target = make(
        "aws:cloudwatch/eventTarget:EventTarget",
        rule="outside",
        targetId="t",
        arn=outside.outputs["arn"],
        roleArn="arn:aws:iam::123456789012:role/family",
        httpTarget={"headerParameters": {"Accept": "application/json"}},
    )
    (found,) = client("events").list_targets_by_rule(Rule="outside")["Targets"]
    assert found["HttpParameters"] == {"HeaderParameters": {"Accept": "application/json"}}
    assert found["RoleArn"].endswith("/family")
    for one in (target, rule, outside):
        remove(one)
    with pytest.raises(ClientError):
        client("events").describe_api_destination(Name="family")


@pytest.mark.parametrize(
    ("type_", "inputs", "why"),
    [
        ("aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": "On"}}, "enum value set"),
        ("aws:s3/bucketPolicy:BucketPolicy", {}, "policy' failed to satisfy constraint: Member must not be null"),
        ("aws:iam/role:Role", {"name": "a b", "assumeRolePolicy": TRUST}, "regular expression pattern"),
        ("aws:iam/role:Role", {"name": "r" * 65, "assumeRolePolicy": TRUST}, "length less than or equal to 64"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"name": "a", "comparisonOperator": "More"}, "enum value set"),
    ],
)
def test_a_request_that_aws_would_refuse_is_not_made(type_: str, inputs: dict[str, Any], why: str) -> None:
    """Of any protocol, before anything is made."""
    kind = KINDS[type_]
    place = {"bucket": "b", **inputs} if type_.startswith("aws:s3") else inputs
    with pytest.raises(calls.CallError, match=why):
        calls.plan(offline(kind.service), kind, place, PLACE)
