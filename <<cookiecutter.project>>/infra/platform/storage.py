"""The project's bucket: pinned data, models, evaluations, verdicts, captured traffic."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from infra.policies import resources
from pipeline import names

ABANDONED_DAYS = 7  # an upload that was begun and never ended


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """Arguments of Storage: the days after which captured traffic and replaced objects go."""

    ground: Ground
    key_arn: pulumi.Input[str]
    capture_days: int
    noncurrent_days: int


class Storage(pulumi.ComponentResource):
    """A bucket: versioned, encrypted with the platform's key, closed to the public and to plain HTTP."""

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Storage", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            "bucket",
            bucket=names.bucket(args.ground.project, args.ground.account),
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self._keep(bucket.bucket, args)
        self._close(bucket.bucket, args)
        aws.ssm.Parameter(
            "parameter",
            name=names.parameter(args.ground.project, "platform", "storage"),
            type="String",
            value=pulumi.Output.json_dumps({"bucket": bucket.bucket, "kms_key_arn": args.key_arn}),
            tags=args.ground.tags,
            opts=inside,
        )
        self.bucket = bucket.bucket
        self.register_outputs({"bucket": self.bucket})

    def _keep(self, bucket: pulumi.Output[str], args: StorageArgs) -> None:
        """Version what is in it, and say what goes when."""
        versioned = aws.s3.BucketVersioning(
            "versioning",
            bucket=bucket,
            versioning_configuration={"status": "Enabled"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.s3.BucketLifecycleConfiguration(
            "lifecycle",
            bucket=bucket,
            rules=rules(args.capture_days, args.noncurrent_days),
            # a rule on versions that are replaced has no meaning before there are versions
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioned]),
        )

    def _close(self, bucket: pulumi.Output[str], args: StorageArgs) -> None:
        """Encrypt it, and close it to the public, to plain HTTP, and to accounts that have no part in it."""
        inside = pulumi.ResourceOptions(parent=self)
        default = {"sse_algorithm": "aws:kms", "kms_master_key_id": args.key_arn}
        aws.s3.BucketServerSideEncryptionConfiguration(
            "encryption",
            bucket=bucket,
            rules=[{"apply_server_side_encryption_by_default": default, "bucket_key_enabled": True}],
            opts=inside,
        )
        closed = aws.s3.BucketPublicAccessBlock(
            "closed",
            bucket=bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=inside,
        )
        aws.s3.BucketPolicy(
            "policy",
            bucket=bucket,
            policy=json.dumps(resources.bucket(args.ground.place)),
            # S3 refuses two changes of a bucket's access at once
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )


def rules(capture_days: int, noncurrent_days: int) -> list[dict[str, object]]:
    """The bucket's lifecycle. Data, models and verdicts stay as long as the project."""
    return [
        {
            "id": "captured-traffic",
            "status": "Enabled",
            "filter": {"prefix": "capture/"},
            "expiration": {"days": capture_days},
        },
        {
            "id": "replaced-and-abandoned",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": noncurrent_days},
            "abort_incomplete_multipart_upload": {"days_after_initiation": ABANDONED_DAYS},
        },
    ]
