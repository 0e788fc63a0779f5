"""Who reaches a resource from outside its account's IAM: other accounts, and AWS's own services.

Where registry and environments share an account, no other account is named. What an environment's account may
do with a registry's resources follows
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html#model-registry-deploy-xaccount,
less what the verbs do not call.
"""

from infra.policies.documents import Document, Place, admit, document, guarded, staged
from pipeline import names

MOVERS = ("ci-release", "ci-rollback")
CLOSERS = (*MOVERS, "ci-monitor")  # what is over moves versions, too


def bucket(place: Place) -> Document:
    """The project's bucket: nobody reaches it over plain HTTP, other accounts' roles what they need of it."""
    everything = [place.bucket, f"{place.bucket}/*"]
    statements = [tls_only(everything)]
    for one in place.others():
        captured = place.objects(f"capture/{one}/")
        readers = [f"endpoint-{one}", *provers(one)]
        statements += [
            admit(place, one, readers, _allow(["s3:GetObject"], place.objects("models/"))),
            admit(place, one, [f"endpoint-{one}"], _allow(["s3:PutObject"], captured)),
        ]
    return document(*statements)


def provers(environment: str) -> list[str]:
    """The roles that read a model in order to prove what serves it."""
    return [] if guarded(environment) else [f"{purpose}-{environment}" for purpose in MOVERS]


def tls_only(resources: list[str]) -> Document:
    """Deny everything to everybody who comes without TLS."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def platform_key(place: Place) -> Document:
    """The platform's key: for its account IAM decides; other accounts' roles read, and endpoints write.

    Without the first statement nobody could use or repair the key:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
    """
    statements = [_owner(place.registry)]
    for one in place.others():
        readers = [f"endpoint-{one}", *provers(one)]
        statements += [
            admit(place, one, readers, _allow(["kms:Decrypt"], ["*"])),
            admit(place, one, [f"endpoint-{one}"], _allow(["kms:GenerateDataKey"], ["*"])),
        ]
    return document(*statements)


def environment_key(place: Place, environment: str) -> Document:
    """An environment's key: its account's IAM decides, and AWS's services publish to the encrypted topic.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html, "Enable compatibility between event
    sources from AWS services and encrypted topics". A key's policy calls the key itself `*`.
    """
    use = _allow(["kms:Decrypt", "kms:GenerateDataKey"], ["*"])
    return document(_owner(place.accounts[environment]), *_publishers(place, environment, use))


def topic(place: Place, environment: str) -> Document:
    """The alarm topic: the environment's own alarms publish to it, and EventBridge's rules.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    arn = place.arn("sns", names.alarm_topic(place.project, environment), environment)
    return document(*_publishers(place, environment, _allow(["sns:Publish"], [arn])))


def repository(place: Place) -> Document | None:
    """The serving images' repository: other accounts' endpoints pull. None when there is no other account."""
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    # ECR takes no Resource: the policy is the repository's
    statement: Document = {"Effect": "Allow", "Action": pull}
    return _maybe([admit(place, one, [f"endpoint-{one}"], statement) for one in place.others()])


def group(place: Place) -> Document | None:
    """The group: other accounts' releases read and move packages. None when there is no other account."""
    read = _allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], [place.packages])
    statements = []
    for one in place.others():
        closers = [f"{purpose}-{one}" for purpose in CLOSERS]
        statements += [admit(place, one, closers, read), admit(place, one, closers, staged(place, one))]
    return _maybe(statements)


def lifecycle(keep: int, untagged_days: int) -> Document:
    """A repository's lifecycle: images that nothing refers to expire, those of registered models never do.

    An image that matches a rule cannot be expired by a later one, so the first rule, whose count is not
    reached in practice, spares what is tagged `registered-`:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    """
    registered = {"tagStatus": "tagged", "tagPrefixList": ["registered-"]}
    untagged = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days"}
    counted = {"countType": "imageCountMoreThan"}
    selections = [
        ("Images of registered models stay", {**registered, **counted, "countNumber": 99_999}),
        ("Layers of interrupted pushes go", {**untagged, "countNumber": untagged_days}),
        ("Of the others the newest stay", {"tagStatus": "any", **counted, "countNumber": keep}),
    ]
    return {
        "rules": [
            {
                "rulePriority": priority,
                "description": words,
                "selection": selection,
                "action": {"type": "expire"},
            }
            for priority, (words, selection) in enumerate(selections, start=1)
        ]
    }


def _owner(account: str) -> Document:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def _allow(actions: list[str], resources: list[str]) -> Document:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _publishers(place: Place, environment: str, statement: Document) -> list[Document]:
    """`statement` for CloudWatch, on behalf of this environment's alarms alone, and for EventBridge.

    EventBridge sends no source, so that a condition would drop its messages in silence: "You can't use
    Condition blocks in Amazon SNS topic policies for EventBridge",
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html.
    """
    alarms = place.arn("cloudwatch", f"alarm:{place.project.name}-{environment}-*", environment)
    source = {
        "StringEquals": {"aws:SourceAccount": place.accounts[environment]},
        "ArnLike": {"aws:SourceArn": alarms},
    }
    return [
        {**statement, "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Condition": source},
        {**statement, "Principal": {"Service": "events.amazonaws.com"}},
    ]


def _maybe(statements: list[Document]) -> Document | None:
    return document(*statements) if statements else None
