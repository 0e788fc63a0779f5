"""What is left in the accounts, by ordinary AWS reads, and which of the sandbox's processes run.

KMS keys pending deletion are reported apart: AWS deletes a key after 7 to 30 days at the earliest
(https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html), so no teardown can remove
one. Training jobs, processing jobs and their logs' names stay for ever on AWS and are no leftovers; log
groups are.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.request import urlopen

import boto3
from botocore.config import Config
from rich.console import Console
from rich.table import Table

Client = Callable[[str], Any]


class Kind(NamedTuple):
    """One paginated read; `path` names the list in its answer and `name` the member that names an element."""

    service: str
    kind: str
    operation: str
    path: str
    name: str | None
    arguments: Mapping[str, Any] = MappingProxyType({})


KINDS = (
    Kind("s3", "bucket", "list_buckets", "Buckets", "Name"),
    Kind("ecr", "repository", "describe_repositories", "repositories", "repositoryName"),
    Kind("iam", "role", "list_roles", "Roles", "RoleName"),
    Kind("iam", "policy", "list_policies", "Policies", "PolicyName", {"Scope": "Local"}),
    Kind("iam", "identity provider", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
    Kind("ssm", "parameter", "describe_parameters", "Parameters", "Name"),
    Kind("dynamodb", "table", "list_tables", "TableNames", None),
    Kind("sns", "topic", "list_topics", "Topics", "TopicArn"),
    Kind("sqs", "queue", "list_queues", "QueueUrls", None),
    Kind("logs", "log group", "describe_log_groups", "logGroups", "logGroupName"),
    Kind("cloudwatch", "alarm", "describe_alarms", "MetricAlarms", "AlarmName"),
    Kind(
        "cloudwatch",
        "composite alarm",
        "describe_alarms",
        "CompositeAlarms",
        "AlarmName",
        {"AlarmTypes": ["CompositeAlarm"]},
    ),
    Kind("cloudwatch", "dashboard", "list_dashboards", "DashboardEntries", "DashboardName"),
    Kind("sagemaker", "endpoint", "list_endpoints", "Endpoints", "EndpointName"),
    Kind(
        "sagemaker",
        "endpoint configuration",
        "list_endpoint_configs",
        "EndpointConfigs",
        "EndpointConfigName",
    ),
    Kind("sagemaker", "model", "list_models", "Models", "ModelName"),
    Kind(
        "sagemaker",
        "model package",
        "list_model_packages",
        "ModelPackageSummaryList",
        "ModelPackageArn",
        {"ModelPackageType": "Both"},
    ),
    Kind(
        "sagemaker",
        "model package group",
        "list_model_package_groups",
        "ModelPackageGroupSummaryList",
        "ModelPackageGroupName",
    ),
    Kind(
        "application-autoscaling",
        "scaling target",
        "describe_scalable_targets",
        "ScalableTargets",
        "ResourceId",
        {"ServiceNamespace": "sagemaker"},
    ),
    Kind("events", "rule", "list_rules", "Rules", "Name"),
)


def left(client: Client) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What is left as [{"service", "kind", "name"}], and the same of keys pending deletion."""
    found = [_row(kind.service, kind.kind, name) for kind in KINDS for name in _names(client(kind.service), kind)]
    account = client("sts").get_caller_identity()["Account"]
    budgets = client("budgets").describe_budgets(AccountId=account).get("Budgets", ())
    found += [_row("budgets", "budget", budget["BudgetName"]) for budget in budgets]
    keys, pending = _keys(client("kms"))
    return found + keys, pending


def _names(client: Any, kind: Kind) -> Iterator[str]:
    call = getattr(client, kind.operation)
    if client.can_paginate(kind.operation):
        answers = client.get_paginator(kind.operation).paginate(**kind.arguments)
    else:
        answers = iter([call(**kind.arguments)])
    for answer in answers:
        for element in answer.get(kind.path, ()):
            yield element[kind.name] if kind.name else element


def _keys(kms: Any) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    aliases = [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]]
    found = [_row("kms", "alias", name) for name in aliases if not name.startswith("alias/aws/")]
    pending: list[dict[str, str]] = []
    for key in kms.list_keys()["Keys"]:
        about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if about["KeyManager"] == "AWS":  # the service's own: nobody can delete it
            continue
        (pending if about["KeyState"] == "PendingDeletion" else found).append(_row("kms", "key", key["KeyId"]))
    return found, pending


def _row(service: str, kind: str, name: str) -> dict[str, str]:
    return {"service": service, "kind": kind, "name": name}


def page(url: str, name: str) -> Any:
    """One of the sandbox's own pages: `accounts` or `processes`."""
    with urlopen(f"{url}/sandbox/{name}", timeout=10) as answer:  # noqa: S310  the sandbox's own address
        return json.load(answer)


def report(as_json: bool) -> int:
    """Print what is left in all accounts; 0 when that is nothing, else 1. Needs AWS_ENDPOINT_URL."""
    url = os.environ.get("AWS_ENDPOINT_URL")
    if not url:
        print("AWS_ENDPOINT_URL is not set: use the exports that `sandbox start` printed")
        return 2
    resources: list[dict[str, str]] = []
    pending: list[dict[str, str]] = []
    for account in page(url, "accounts"):
        found = left(_administrator(account))
        for rows, its in zip((resources, pending), found, strict=True):
            rows += [{"account": account} | row for row in its]
    running = page(url, "processes")
    if as_json:
        print(json.dumps({"left": resources, "keys_pending_deletion": pending, "processes": running}))
    else:
        _print(resources, pending, running)
    return 1 if resources or running else 0


def _administrator(account: str) -> Client:
    retries = Config(retries={"total_max_attempts": 1})
    key = f"sandbox-{account}"
    return lambda service: boto3.client(service, config=retries, aws_access_key_id=key, aws_secret_access_key=key)


def _print(resources: list[dict[str, str]], pending: list[dict[str, str]], running: list[dict[str, Any]]) -> None:
    table = Table("account", "service", "kind", "name", box=None)
    for row in resources:
        table.add_row(row["account"], row["service"], row["kind"], row["name"])
    for child in running:
        table.add_row(str(child["account"]), "process", str(child["kind"]), f"{child['name']} (pid {child['pid']})")
    for row in pending:
        table.add_row(row["account"], "kms", "key pending deletion", row["name"])
    Console().print(table if table.row_count else "Nothing is left.")
