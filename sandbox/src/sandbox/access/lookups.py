"""The policies that count for a question, and what a request leaves unsaid. Policies of queues are not looked at."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from moto.iam.models import Role

from sandbox.access import moto_records as records
from sandbox.access.decision import Caller, Document, Policies
from sandbox.access.question import Question
from sandbox.access.resources import Known

if TYPE_CHECKING:
    from sandbox.accounts import Accounts

Named = tuple[str, str]  # a policy's name and its JSON
_NOTHING = '{"Version": "2012-10-17", "Statement": []}'


@dataclass(frozen=True, kw_only=True)
class Found:
    """The policies for one question as they are stored, each with its name.

    A managed policy is named by its ARN, an inline one `ROLE-ARN/NAME`, a resource's by the resource's ARN.
    """

    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    resource: Named | None = None
    resource_account: str = ""

    def policies(self) -> Policies:
        """What `decide` reads."""
        return Policies(
            identity=[_document(text) for _, text in self.identity],
            boundary=_document(self.boundary[1]) if self.boundary else None,
            resource=_document(self.resource[1]) if self.resource else None,
            resource_account=self.resource_account,
        )

    def written(self) -> dict[str, Any]:
        """The same as JSON, documents by name."""
        return {
            "identity": {name: _document(text) for name, text in self.identity},
            "boundary": {self.boundary[0]: _document(self.boundary[1])} if self.boundary else {},
            "resource": {self.resource[0]: _document(self.resource[1])} if self.resource else {},
            "resource_account": self.resource_account,
        }


@cache
def digest(found: Found) -> str:
    """The hash that a record names policies by."""
    return sha256(json.dumps(found.written(), sort_keys=True).encode()).hexdigest()[:16]


@cache
def _document(text: str) -> Document:
    parsed: Document = json.loads(text)
    return parsed


def find(accounts: "Accounts", caller: Caller, question: Question) -> Found:
    """The policies of the caller's role, of its boundary and of the question's resource."""
    role = records.role(caller.role) if caller.role else None
    account = _owner(question)
    return Found(
        identity=tuple(_identity(role)) if role else (),
        boundary=_boundary(role) if role else None,
        resource=_resource(accounts, question),
        resource_account=account if account != caller.account else "",
    )


def _owner(question: Question) -> str:
    """The account of the question's resource; empty where the caller's is meant, as for a bucket that is to be."""
    parts = question.resource.split(":", 5)
    if len(parts) < 6 or question.action == "s3:CreateBucket":
        return ""
    return records.bucket_account(parts[5].partition("/")[0]) if parts[2] == "s3" else parts[4]


def _identity(role: Role) -> Iterator[Named]:
    for name, document in sorted(role.policies.items()):
        yield f"{role.arn}/{name}", document
    for arn in sorted(role.managed_policies):
        yield arn, records.managed_policy(arn, role.account_id) or _NOTHING


def _boundary(role: Role) -> Named | None:
    """The boundary; one that was deleted allows nothing."""
    arn = role.permissions_boundary_arn
    return (arn, records.managed_policy(arn, role.account_id) or _NOTHING) if arn else None


def _resource(accounts: "Accounts", question: Question) -> Named | None:
    """The policy of a bucket, key, topic, repository, group of model packages, or (to take it) role."""
    arn = question.resource
    _, _, service, region, account, name = arn.split(":", 5) if arn.count(":") > 4 else [""] * 6
    text: str | bytes | None = None
    if region not in ("", accounts.region):
        return None
    match service:
        case "s3" if question.action != "s3:CreateBucket":
            bucket = records.bucket(name.partition("/")[0])
            arn, text = f"arn:aws:s3:::{name.partition('/')[0]}", bucket.policy if bucket else None
        case "kms":
            key = records.key(account, region, name)
            arn, text = (key.arn, key.policy) if key else (arn, None)  # an alias is another name of its key
        case "sns":
            topic = records.topic(arn)
            text = topic.policy if topic else None
        case "ecr":
            text = records.repository_policy(arn)
        case "iam" if question.action.startswith("sts:"):
            role = records.role(arn)
            text = role.assume_role_policy_document if role else None
        case "sagemaker" if name.startswith(("model-package-group/", "model-package/")):
            group = name.split("/")[1]
            arn = f"arn:aws:sagemaker:{region}:{account}:model-package-group/{group}"
            text = accounts.world(account).registry.policies.get(group)
    return (arn, text.decode() if isinstance(text, bytes) else text) if text else None


def known(accounts: "Accounts", account: str) -> Known:
    """The look-ups of `questions` for requests of `account`."""
    region = accounts.region

    def key(text: str) -> str | None:
        return _key(accounts, account, text)

    def role(name: str) -> str | None:
        found = records.named_role(account, name)
        return found.arn if found else None

    def boundary(name: str) -> str | None:
        found = records.named_role(account, name)
        return found.permissions_boundary_arn if found else None

    def configuration(endpoint: str) -> str | None:
        serving = accounts.world(account).hosting.endpoints.all()
        return next((one.fleet.config["EndpointConfigName"] for one in serving if one.name.lower() == endpoint), None)

    def connection(destination: str) -> str | None:
        return records.connection(account, region, destination)

    def tags(arn: str) -> Mapping[str, str]:
        return _tags(accounts, arn)

    def aliases(arn: str) -> Sequence[str]:
        found = records.key(account, region, arn)
        return sorted(found.aliases) if found else ()

    return Known(
        key=key,
        role=role,
        boundary=boundary,
        configuration=configuration,
        connection=connection,
        tags=tags,
        aliases=aliases,
    )


def _key(accounts: "Accounts", account: str, text: str) -> str | None:
    """The ARN of the key that a text means, or that encrypts what it names."""
    if ":endpoint-config/" in text:
        name = text.rpartition("/")[2]
        configs = accounts.world(account).hosting.configs.all()
        config = next((each for each in configs if each.arn.rpartition("/")[2] == name), None)
        text = config.request.get("KmsKeyId", "") if config else ""
    if not text:
        return None
    found = records.key(account, accounts.region, text) or records.encrypting_key(account, accounts.region, text)
    return found.arn if found else None


def _tags(accounts: "Accounts", arn: str) -> Mapping[str, str]:
    """The tags of what SageMaker has, and of roles; those of other services count as absent."""
    if arn.startswith("arn:aws:sagemaker:"):
        return dict(accounts.world(arn.split(":")[4]).tags.get(arn, {}))
    role = records.role(arn) if ":role/" in arn else None
    return {tag["Key"]: tag["Value"] for tag in role.tags} if role else {}
