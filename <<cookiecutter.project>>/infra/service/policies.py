"""IAM policies as pure functions. Each document says who, what, on which resources."""

from typing import Any

from pipeline import names

Document = dict[str, Any]


def boundary(account: str) -> str:
    """The permission boundary that the account's foundation makes, and that every role here carries."""
    return f"arn:aws:iam::{account}:policy/mlops-boundary"


def assumed_by_sagemaker(account: str) -> Document:
    """The trust of an execution role: SageMaker, on behalf of this account only."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def capture_prefix(environment: str) -> str:
    """Where the captured traffic of an environment lies in the project's bucket."""
    return f"capture/{environment}"


def serve(project: names.Project, account: str, environment: str, key_arn: str) -> Document:
    """The endpoint: pulls its image, reads models, writes captured traffic and logs.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, "CreateModel API".
    """
    bucket = f"arn:aws:s3:::{names.bucket(project, account)}"
    here = f"{project.region}:{account}"
    log_group = f"arn:aws:logs:{here}:log-group:{names.endpoint_log_group(project, environment)}"
    repository = f"arn:aws:ecr:{here}:repository/{names.repository(project, 'serve')}"
    allowed = [
        (["s3:GetObject"], [f"{bucket}/models/*"]),
        (["s3:PutObject"], [f"{bucket}/{capture_prefix(environment)}/*"]),
        (["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
        (["ecr:GetAuthorizationToken"], ["*"]),  # the token is the account's: it takes no resource
        (
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [repository],
        ),
        (
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [log_group, f"{log_group}:*"],
        ),
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": resources} for actions, resources in allowed
        ],
    }
