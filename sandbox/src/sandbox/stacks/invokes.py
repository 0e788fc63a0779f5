"""What a program may ask AWS while it runs: Pulumi's invokes, answered by the sandbox."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from sandbox.stacks.calls import CallError, Client

Place = Mapping[str, str]


def answer(token: str, args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    """The result of an invoke. Raises CallError for one that the sandbox does not know, or that AWS refuses."""
    if token not in INVOKES:
        raise CallError(f"{token} is not in the sandbox")
    try:
        return INVOKES[token](args, client, place)
    except ClientError as error:
        said = error.response["Error"]
        raise CallError(f"{said['Code']}: {said.get('Message', '')}") from error


def _caller(args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    me = client("sts").get_caller_identity()
    return {"accountId": me["Account"], "arn": me["Arn"], "userId": me["UserId"], "id": me["Account"]}


def _region(args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    region = place["region"]
    return {"id": region, "name": region, "region": region, "endpoint": f"ec2.{region}.amazonaws.com"}


def _partition(args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _policy(args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    found = client("iam").get_policy(PolicyArn=args["arn"])["Policy"]
    return {"arn": found["Arn"], "id": found["Arn"], "name": found["PolicyName"], "path": found["Path"]}


def _parameters(args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    pages = (
        client("ssm")
        .get_paginator("get_parameters_by_path")
        .paginate(
            Path=args["path"],
            Recursive=bool(args.get("recursive", False)),
            WithDecryption=bool(args.get("withDecryption", True)),
        )
    )
    found = [parameter for page in pages for parameter in page["Parameters"]]
    return {
        "id": args["path"],
        "path": args["path"],
        "arns": [parameter["ARN"] for parameter in found],
        "names": [parameter["Name"] for parameter in found],
        "types": [parameter["Type"] for parameter in found],
        "values": [parameter["Value"] for parameter in found],
    }


def _log_groups(args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    prefix = args.get("logGroupNamePrefix", "")
    pages = client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    found = [group for page in pages for group in page["logGroups"]]
    return {
        "id": place["region"],
        "logGroupNamePrefix": prefix,
        "arns": [group["arn"].removesuffix(":*") for group in found],
        "logGroupNames": [group["logGroupName"] for group in found],
    }


def _log_group(args: Mapping[str, Any], client: Client, place: Place) -> dict[str, Any]:
    name = args["name"]
    listed = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found = next((group for group in listed if group["logGroupName"] == name), None)
    if found is None:
        raise CallError(f"there is no log group {name}")
    arn = found["arn"].removesuffix(":*")
    tags = client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
    return {
        "id": name,
        "name": name,
        "arn": arn,
        "retentionInDays": found.get("retentionInDays", 0),
        "kmsKeyId": found.get("kmsKeyId", ""),
        "creationTime": found["creationTime"],
        "tags": tags,
    }


INVOKES: dict[str, Callable[[Mapping[str, Any], Client, Place], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:cloudwatch/getLogGroup:getLogGroup": _log_group,
    "aws:cloudwatch/getLogGroups:getLogGroups": _log_groups,
    "aws:iam/getPolicy:getPolicy": _policy,
    "aws:ssm/getParametersByPath:getParametersByPath": _parameters,
}
