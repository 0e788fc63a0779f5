"""What the jobs may do, each under a role of its own, each in its own prefixes of the bucket.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html lists what SageMaker does under the role
of a training or processing job: it reads inputs, pulls the image, writes outputs and logs, and encrypts the
volume.
"""

from collections.abc import Callable, Sequence

from infra.policies.documents import JOB_LOGS, Document, Place, allow, document, grant

Network = tuple[Sequence[str], Sequence[str]]  # subnets, security groups
NONE: Network = ((), ())


def train(place: Place, key_arn: str, network: Network = NONE) -> Document:
    """The training job: pinned data in, models out."""
    return job(place, key_arn, network, kind="training", reads=["data/"], writes=["models/"])


def validate(place: Place, key_arn: str, network: Network = NONE) -> Document:
    """The validation job: pinned data in, the facts about it and its bad rows out."""
    return job(place, key_arn, network, kind="processing", reads=["data/"], writes=["validations/"])


def evaluate(place: Place, key_arn: str, network: Network = NONE) -> Document:
    """The evaluation job: pinned data and a model in, its metrics out."""
    reads = ["data/", "models/"]
    return job(place, key_arn, network, kind="processing", reads=reads, writes=["evaluations/"])


def replay(place: Place, key_arn: str, network: Network = NONE) -> Document:
    """The replay job, which runs what serves: requests and a model in, its answers out."""
    reads, writes = ["capture/", "evaluations/", "models/", "replays/"], ["replays/"]
    return job(place, key_arn, network, kind="processing", reads=reads, writes=writes, image="serve")


def ingest(place: Place, key_arn: str, network: Network = NONE) -> Document:
    """The job that takes data in: what arrived, late labels and older rows in, good and bad rows out.

    Good rows are copied to data/ by whoever has judged them.
    """
    reads = ["data/", "incoming/", "labels/"]
    return job(place, key_arn, network, kind="processing", reads=reads, writes=["ingests/"])


def monitor(place: Place, key_arn: str, network: Network = NONE) -> Document:
    """The monitoring job, which runs what serves: traffic, late labels and a model in, what they show out."""
    reads, writes = ["capture/", "evaluations/", "labels/", "models/", "monitoring/"], ["monitoring/"]
    return job(place, key_arn, network, kind="processing", reads=reads, writes=writes, image="serve")


JOBS: dict[str, Callable[[Place, str, Network], Document]] = {
    "train": train,
    "validate": validate,
    "evaluate": evaluate,
    "replay": replay,
    "monitor": monitor,
    "ingest": ingest,
}


def job(
    place: Place,
    key_arn: str,
    network: Network,
    *,
    kind: str,
    reads: Sequence[str],
    writes: Sequence[str],
    image: str = "train",
) -> Document:
    """What every job needs; CloudWatch knows no ARN for a metric, so its namespace is a condition."""
    listed = {"s3:prefix": [f"{prefix}*" for prefix in reads]}
    return document(
        allow(["s3:ListBucket"], place.bucket, StringLike=listed),
        allow(["s3:GetObject"], *place.objects(*reads)),
        allow(["s3:PutObject"], *place.objects(*writes)),
        allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], key_arn),
        grant(key_arn),
        *pull(place, image),
        *write_logs(place.arn("logs", f"log-group:{JOB_LOGS[kind]}"), f"{place.project.name}-*"),
        allow(["cloudwatch:PutMetricData"], "*", StringLike={"cloudwatch:namespace": "/aws/sagemaker/*"}),
        *interfaces(place, network),
    )


def pull(place: Place, *targets: str) -> list[Document]:
    """Pull the images of `targets`. The token is the account's: it takes no resource."""
    layers = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(layers, *place.repositories(*targets)),
    ]


def write_logs(group_arn: str, streams: str) -> list[Document]:
    """Write to `streams` of a log group that exists; SageMaker looks for the stream before it makes one."""
    return [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{group_arn}:log-stream:{streams}"),
        allow(["logs:DescribeLogStreams"], group_arn, f"{group_arn}:log-stream:"),
    ]


def interfaces(place: Place, network: Network) -> list[Document]:
    """Network interfaces in the subnets of a VPC, which may be another account's that shares them; none
    without.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, "if you specify a private VPC". AWS
    has no resource for the searches.
    """
    subnets, groups = network
    if not subnets:
        return []
    region = place.project.region
    within = [f"arn:aws:ec2:{region}:*:subnet/{one}" for one in subnets]
    guards = [f"arn:aws:ec2:{region}:*:security-group/{one}" for one in groups]
    made = f"arn:aws:ec2:{region}:*:network-interface/*"
    return [
        allow(["ec2:CreateNetworkInterface"], *within, *guards, made),
        allow(
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            made,
        ),
        allow(
            [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "*",
        ),
    ]
