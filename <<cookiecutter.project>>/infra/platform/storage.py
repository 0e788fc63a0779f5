"""The project's bucket: pinned data, models, evaluations, verdicts, captured traffic."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws

from pipeline import names


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """Arguments of Storage."""

    project: names.Project
    account: str
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]


class Storage(pulumi.ComponentResource):
    """A bucket: versioned, encrypted with the project's key, closed to the public and to plain HTTP."""

    bucket: pulumi.Output[str]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Storage", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        named = names.bucket(args.project, args.account)
        bucket = aws.s3.Bucket("bucket", bucket=named, tags=args.tags, opts=inside)
        self._guard(bucket.bucket, named, args.key_arn)
        aws.ssm.Parameter(
            "parameter",
            name=names.parameter(args.project, "platform", "storage"),
            type="String",
            value=pulumi.Output.json_dumps({"bucket": bucket.bucket, "kms_key_arn": args.key_arn}),
            tags=args.tags,
            opts=inside,
        )
        self.bucket = bucket.bucket
        self.register_outputs({"bucket": self.bucket})

    def _guard(self, bucket: pulumi.Output[str], named: str, key_arn: pulumi.Input[str]) -> None:
        """Version the bucket, encrypt it, close it to the public and to plain HTTP."""
        inside = pulumi.ResourceOptions(parent=self)
        aws.s3.BucketVersioning(
            "versioning",
            bucket=bucket,
            versioning_configuration={"status": "Enabled"},
            opts=inside,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            "encryption",
            bucket=bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
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
            policy=json.dumps(policies.tls_only(named)),
            # S3 refuses two changes of a bucket's access at once
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
