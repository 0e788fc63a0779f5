"""Where Pulumi keeps what it knows: a bucket and a key for the state of every stack in the account."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws

KEY_ALIAS = "alias/mlops-pulumi-state"


@dataclass(frozen=True, kw_only=True)
class StateStoreArgs:
    """Arguments of StateStore."""

    account: str
    region: str
    tags: Mapping[str, str]


class StateStore(pulumi.ComponentResource):
    """The bucket, versioned and encrypted, closed to the public and to plain HTTP; and protected."""

    bucket: pulumi.Output[str]
    key_alias: pulumi.Output[str]

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:StateStore", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=True)
        key = aws.kms.Key(
            "key",
            description="Pulumi's state and the secrets in it",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            tags=args.tags,
            opts=kept,
        )
        alias = aws.kms.Alias("alias", name=KEY_ALIAS, target_key_id=key.key_id, opts=inside)
        named = f"mlops-pulumi-state-{args.account}-{args.region}"
        bucket = aws.s3.Bucket("bucket", bucket=named, tags=args.tags, opts=kept)
        self._guard(bucket.bucket, named, key.arn)
        self.bucket, self.key_alias = bucket.bucket, alias.name
        self.register_outputs({"bucket": self.bucket, "key_alias": self.key_alias})

    def _guard(self, bucket: pulumi.Output[str], named: str, key_arn: pulumi.Input[str]) -> None:
        """Version the bucket, encrypt it, close it to the public and to plain HTTP."""
        inside = pulumi.ResourceOptions(parent=self)
        aws.s3.BucketVersioning(
            "versioning", bucket=bucket, versioning_configuration={"status": "Enabled"}, opts=inside
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
