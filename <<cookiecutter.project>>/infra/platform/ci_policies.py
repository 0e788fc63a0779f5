"""What each workflow job may do, and the claim in GitHub's token that opens its role."""

from collections.abc import Callable

from policies import Document, Place, allow, document, pull

from pipeline import names

MAIN = "ref:refs/heads/main"
JOB_KINDS = ("train", "evaluate")


def preview(place: Place, key_arn: str) -> Document:
    """`pulumi preview` of a pull request: reads the stacks' state and what the programs look up."""
    return document(*state(place, writes=False), allow(["ssm:GetParametersByPath"], *parameters(place)))


def retrain(place: Place, key_arn: str) -> Document:
    """Push data and images, train, evaluate, gate, register."""
    jobs = [
        place.arn("sagemaker", f"{kind}-job/{place.project.name}-*") for kind in ("training", "processing")
    ]
    return document(
        *shared(place, key_arn, names.ENVIRONMENTS),
        allow(
            ["s3:PutObject"],
            *(place.objects(prefix) for prefix in ("data/", "models/", "evaluations/", "gate/")),
        ),
        allow(
            ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"],
            *(place.repository(target) for target in ("train", "serve")),
        ),
        allow(
            [
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
            ],
            *jobs,
        ),
        allow(
            ["sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"],
            *registry(place),
        ),
        allow(["kms:CreateGrant"], key_arn, Bool={"kms:GrantIsForAWSResource": "true"}),
        pass_role(*(place.role(kind) for kind in JOB_KINDS)),
        read_logs(place, "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/ProcessingJobs"),
    )


def release(environment: str) -> Callable[[Place, str], Document]:
    """The policy of the job that releases to `environment`."""

    def policy(place: Place, key_arn: str) -> Document:
        return document(
            *shared(place, key_arn, (environment,)),
            *guarded_update(place, key_arn, environment),
            allow(
                ["sagemaker:AddTags", "sagemaker:CreateEndpointConfig", "sagemaker:CreateModel"],
                *named(place, environment, "model", "endpoint-config"),
            ),
            allow(["sagemaker:InvokeEndpoint"], endpoint(place, environment)),
            allow(
                ["ssm:DeleteParameter", "ssm:PutParameter"],
                place.arn(
                    "ssm", "parameter" + names.parameter(place.project, environment, "first-configuration")
                ),
            ),
            allow(["kms:CreateGrant"], key_arn, Bool={"kms:GrantIsForAWSResource": "true"}),
            pass_role(place.role(f"endpoint-{environment}")),
            read_logs(place, names.endpoint_log_group(place.project, environment)),
        )

    return policy


def rollback(place: Place, key_arn: str) -> Document:
    """Back to a configuration that exists: creates no model and no configuration, and passes no role."""
    return document(
        *shared(place, key_arn, names.ENVIRONMENTS),
        *(
            statement
            for environment in names.ENVIRONMENTS
            for statement in guarded_update(place, key_arn, environment)
        ),
    )


def shared(place: Place, key_arn: str, environments: tuple[str, ...]) -> list[Document]:
    """What the verbs read: settings, records, packages, images, endpoints and ledgers."""
    project = place.project
    return [
        allow(["ssm:GetParameter", "ssm:GetParametersByPath"], *parameters(place)),
        allow(
            ["s3:GetObject"],
            *(place.objects(prefix) for prefix in ("data/", "models/", "evaluations/", "gate/")),
        ),
        allow(["s3:ListBucket"], place.bucket),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
        *pull(place, "train", "serve"),
        allow(["ecr:DescribeImages"], *(place.repository(target) for target in ("train", "serve"))),
        allow(
            [
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:ListModelPackages",
                "sagemaker:ListTags",
            ],
            *registry(place),
        ),
        allow(
            ["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"],
            *(
                arn
                for environment in environments
                for arn in (
                    endpoint(place, environment),
                    *named(place, environment, "model", "endpoint-config"),
                )
            ),
        ),
        allow(
            ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
            *(place.arn("dynamodb", f"table/{names.ledger(project, one)}") for one in environments),
        ),
    ]


def guarded_update(place: Place, key_arn: str, environment: str) -> list[Document]:
    """Move an endpoint to another configuration under alarms, and write down how it went."""
    project = place.project
    return [
        allow(
            ["sagemaker:UpdateEndpoint"],
            endpoint(place, environment),
            *named(place, environment, "endpoint-config"),
        ),
        allow(
            [
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarmHistory",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:PutMetricAlarm",
            ],
            place.arn("cloudwatch", f"alarm:{project.name}-{environment}-*"),
        ),
        allow(["cloudwatch:GetMetricData"], "*"),  # CloudWatch has no ARN for a metric
        allow(
            ["dynamodb:PutItem", "dynamodb:UpdateItem"],
            place.arn("dynamodb", f"table/{names.ledger(project, environment)}"),
        ),
        allow(["sagemaker:UpdateModelPackage"], *registry(place)),
    ]


def state(place: Place, *, writes: bool) -> list[Document]:
    """The project's part of the Pulumi state bucket that the account's foundation makes, and its key."""
    bucket = f"arn:aws:s3:::mlops-pulumi-state-{place.account}-{place.project.region}"
    objects = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"] if writes else ["s3:GetObject"]
    return [
        allow(objects, f"{bucket}/{place.project.name}/*"),
        allow(["s3:ListBucket"], bucket, StringLike={"s3:prefix": [f"{place.project.name}/*"]}),
        allow(
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"] if writes else ["kms:Decrypt"],
            place.arn("kms", "key/*"),
            **{"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/mlops-pulumi-state"}},
        ),
    ]


def endpoint(place: Place, environment: str) -> str:
    """The environment's endpoint."""
    return place.arn("sagemaker", f"endpoint/{names.endpoint(place.project, environment)}")


def named(place: Place, environment: str, *things: str) -> list[str]:
    """The environment's models, endpoint configurations …"""
    return [place.arn("sagemaker", f"{thing}/{place.project.name}-{environment}-*") for thing in things]


def registry(place: Place) -> list[str]:
    """The model package group and its packages."""
    group = names.model_package_group(place.project)
    return [
        place.arn("sagemaker", f"model-package-group/{group}"),
        place.arn("sagemaker", f"model-package/{group}/*"),
    ]


def parameters(place: Place) -> list[str]:
    """The project's parameters."""
    return [place.arn("ssm", f"parameter{names.parameter(place.project, '*')}")]


def pass_role(*roles: str) -> Document:
    """Hand `roles` to SageMaker, and to nothing else."""
    return allow(["iam:PassRole"], *roles, StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"})


def read_logs(place: Place, *groups: str) -> Document:
    """Read what this project's containers wrote to `groups`."""
    return allow(
        ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
        *(place.arn("logs", f"log-group:{group}:*") for group in groups),
    )
