"""Where Pulumi keeps what it knows: a bucket and a key for the state of every stack in the account."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws
from choices import Choice


@dataclass(frozen=True, kw_only=True)
class StateStoreArgs:
    """Arguments of StateStore. `members` are other accounts whose stacks' state is kept here."""

    account: str
    region: str
    bucket: Choice
    key: Choice
    members: Sequence[str]
    tags: Mapping[str, str]


class StateStore(pulumi.ComponentResource):
    """The bucket, versioned and encrypted, closed to the public and to plain HTTP; and protected.

    Roles of projects reach the key by its alias, so a key that is there already gets the alias too.
    """

    bucket: pulumi.Output[str]
    key_alias: pulumi.Output[str]

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:StateStore", name, None, opts)
        key_arn, key_id = self._key(args)
        alias = aws.kms.Alias(
            "alias", name=policies.STATE_KEY, target_key_id=key_id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.key_alias = alias.name
        if args.bucket.arn:
            self.bucket = pulumi.Output.from_input(args.bucket.arn.removeprefix("arn:aws:s3:::"))
        else:
            self.bucket = self._bucket(args, key_arn)
        self.register_outputs({"bucket": self.bucket, "key_alias": self.key_alias})

    def _key(self, args: StateStoreArgs) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
        """ARN and id of the key."""
        if args.key.arn:
            return args.key.arn, args.key.arn.rpartition("/")[2]
        key = aws.kms.Key(
            "key",
            description="Pulumi's state and the secrets in it",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=json.dumps(policies.state_key(args.account, args.members)),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        return key.arn, key.key_id

    def _bucket(self, args: StateStoreArgs, key_arn: pulumi.Input[str]) -> pulumi.Output[str]:
        """The bucket: versioned, encrypted, closed to the public and to plain HTTP."""
        inside = pulumi.ResourceOptions(parent=self)
        named = f"mlops-pulumi-state-{args.account}-{args.region}"
        kept = pulumi.ResourceOptions(parent=self, protect=True)
        bucket = aws.s3.Bucket("bucket", bucket=named, tags=args.tags, opts=kept).bucket
        aws.s3.BucketVersioning(
            "versioning", bucket=bucket, versioning_configuration={"status": "Enabled"}, opts=inside
        )
        default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn}
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
            policy=json.dumps(policies.state_bucket(named, args.members)),
            # S3 refuses two changes of a bucket's access at once
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        return bucket
