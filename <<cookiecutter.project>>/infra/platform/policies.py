"""IAM, key and bucket policies as pure functions. Each document says who, what, on which resources."""

from dataclasses import dataclass
from typing import Any

from pipeline import names

Document = dict[str, Any]
ISSUER = "token.actions.githubusercontent.com"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A project in an account, and the ARNs of what it names there."""

    project: names.Project
    account: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource."""
        return f"arn:aws:{service}:{self.project.region}:{self.account}:{resource}"

    def objects(self, prefix: str) -> str:
        """The objects of the project's bucket below `prefix`."""
        return f"{self.bucket}/{prefix}*"

    @property
    def bucket(self) -> str:
        """The project's bucket."""
        return f"arn:aws:s3:::{names.bucket(self.project, self.account)}"

    def repository(self, target: str) -> str:
        """The image repository of `target`."""
        return self.arn("ecr", f"repository/{names.repository(self.project, target)}")

    def role(self, purpose: str) -> str:
        """A role of this project."""
        return f"arn:aws:iam::{self.account}:role/{names.role(self.project, purpose)}"


def allow(actions: list[str], *resources: str, **condition: dict[str, Any]) -> Document:
    """A statement, with its condition by operator, such as StringEquals={...}."""
    statement: Document = {"Effect": "Allow", "Action": actions, "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def document(*statements: Document) -> Document:
    """A policy of `statements`."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def boundary(account: str) -> str:
    """The permission boundary that the account's foundation makes, and that every role here carries."""
    return f"arn:aws:iam::{account}:policy/mlops-boundary"


def key(account: str, region: str) -> Document:
    """The key's policy: IAM decides for this account, and CloudWatch may publish to an encrypted topic.

    Without the first statement nobody could use or repair the key:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html. The second:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{region}:{account}:alarm:*"},
            },
        },
    )


def tls_only(bucket: str) -> Document:
    """Nobody reaches the bucket over plain HTTP."""
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def assumed_by_sagemaker(account: str) -> Document:
    """The trust of an execution role: SageMaker, on behalf of this account only."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )


def assumed_by_github(place: Place, claim: str) -> Document:
    """The trust of a workflow job's role: one repository, and `claim`, such as `environment:production`.

    https://docs.github.com/actions/reference/security/oidc has the forms of the subject.
    """
    repository = f"{place.project.github_owner}/{place.project.name}"
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{place.account}:oidc-provider/{ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": f"repo:{repository}:{claim}",
                }
            },
        }
    )


def train(place: Place, key_arn: str) -> Document:
    """The training job: reads the pinned data, writes models, logs and metrics."""
    return document(
        *job(place, key_arn, log_group="/aws/sagemaker/TrainingJobs"),
        allow(["s3:GetObject"], place.objects("data/")),
        allow(["s3:PutObject"], place.objects("models/")),
    )


def evaluate(place: Place, key_arn: str) -> Document:
    """The evaluation job: reads the pinned data and models, writes evaluations and logs."""
    return document(
        *job(place, key_arn, log_group="/aws/sagemaker/ProcessingJobs"),
        allow(["s3:GetObject"], place.objects("data/"), place.objects("models/")),
        allow(["s3:PutObject"], place.objects("evaluations/")),
    )


def job(place: Place, key_arn: str, log_group: str) -> list[Document]:
    """What every job needs: its image, the list of its inputs, the key, its log and its metrics.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, "CreateTrainingJob API".
    """
    return [
        allow(
            ["s3:ListBucket"], place.bucket, StringLike={"s3:prefix": ["data/*", "models/*", "evaluations/*"]}
        ),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
        *pull(place, "train"),
        allow(
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            place.arn("logs", f"log-group:{log_group}:log-stream:{place.project.name}-*"),
            place.arn("logs", f"log-group:{log_group}"),
        ),
        allow(
            ["cloudwatch:PutMetricData"],
            "*",
            StringLike={"cloudwatch:namespace": "/aws/sagemaker/*"},
        ),
    ]


def pull(place: Place, *targets: str) -> list[Document]:
    """Pulling the images of `targets`. The token is the account's: it takes no resource."""
    return [
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            *(place.repository(target) for target in targets),
        ),
    ]
