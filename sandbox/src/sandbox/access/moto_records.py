"""moto's records of what permissions are about, read in this process: by ARN, and None where there is none."""

import base64
import binascii
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.ecr.models import ecr_backends
from moto.events.models import events_backends
from moto.iam.models import OpenIDConnectProvider, Role, iam_backends
from moto.kms.models import Key, kms_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.sns.models import Topic, sns_backends


def named_role(account: str, name: str) -> Role | None:
    """The role of that name."""
    return next((role for role in list(iam_backends[account]["aws"].roles.values()) if role.name == name), None)


def role(arn: str) -> Role | None:
    """A role; its path must be right."""
    parts = arn.split(":", 5)
    found = named_role(parts[4], arn.rpartition("/")[2]) if len(parts) == 6 else None
    return found if found and found.arn == arn else None


def managed_policy(arn: str, account: str) -> str | None:
    """The document of a managed policy's default version."""
    policy: Any = iam_backends[account]["aws"].managed_policies.get(arn)
    versions = policy.versions if policy else ()
    return next((str(each.document) for each in versions if each.version_id == policy.default_version_id), None)


def connection(account: str, region: str, destination: str) -> str | None:
    """The ARN of the connection of an API destination."""
    found = events_backends[account][region].destinations.get(destination)
    return str(found.connection_arn) if found else None


def bucket_account(name: str) -> str:
    """The account that has a bucket; empty when none has."""
    return s3_backends.bucket_accounts.get(name, ("", ""))[1]


def bucket(name: str) -> FakeBucket | None:
    """A bucket of any account."""
    account = bucket_account(name)
    return s3_backends[account]["aws"].buckets.get(name) if account else None


def key(account: str, region: str, text: str) -> Key | None:
    """A KMS key by id, alias, or the ARN of either. Keys that AWS manages count as none.

    Their policies let everybody use them through their service
    (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk).
    """
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        if parts[2:4] != ["kms", region] or len(parts) < 6:
            return None
        account, text = parts[4:]
    keys = list(kms_backends[account][region].keys.values())
    found = next((key for key in keys if text in (key.id, f"key/{key.id}") or text in key.aliases), None)
    return None if found is None or any(alias.startswith("alias/aws/") for alias in found.aliases) else found


def topic(arn: str) -> Topic | None:
    """An SNS topic."""
    parts = arn.split(":")
    return sns_backends[parts[4]][parts[3]].topics.get(arn)


def repository_policy(arn: str) -> str | None:
    """The policy of an ECR repository."""
    _, _, _, region, account, name = arn.split(":", 5)
    found = ecr_backends[account][region].repositories.get(name.removeprefix("repository/"))
    return found.policy if found else None


def encrypting_key(account: str, region: str, text: str) -> Key | None:
    """The key that encrypts a bucket, table or topic (an ARN), or with which a ciphertext (base64) was made."""
    if text.startswith("arn:aws:s3:::"):
        name = text.removeprefix("arn:aws:s3:::")
        found = bucket(name)
        rule = ((found.encryption if found else None) or {}).get("Rule", {})
        wanted = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
        return key(bucket_account(name), region, wanted) if wanted else None
    if text.startswith("arn:aws:dynamodb:"):
        _, _, _, place, owner, name = text.split(":", 5)
        table: Any = dynamodb_backends[owner][place].tables.get(name.removeprefix("table/"))
        wanted = ((table.sse_specification if table else None) or {}).get("KMSMasterKeyId")
        return key(owner, place, wanted) if wanted else None
    if text.startswith("arn:aws:sns:"):
        found_topic = topic(text)
        wanted = found_topic.kms_master_key_id if found_topic else ""
        return key(text.split(":")[4], region, wanted) if wanted else None
    try:  # moto begins a ciphertext with the id of its key
        return key(account, region, base64.b64decode(text, validate=True)[:36].decode())
    except (binascii.Error, UnicodeDecodeError):
        return None


def identity_provider(account: str, issuer: str) -> OpenIDConnectProvider | None:
    """The account's OIDC provider of an issuer (its URL)."""
    providers = list(iam_backends[account]["aws"].open_id_providers.values())
    return next((each for each in providers if f"https://{each.url}" == issuer.rstrip("/")), None)
