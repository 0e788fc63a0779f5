"""Whoever asks the endpoint for predictions: a role that may do nothing else, and requests signed with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NAME = "caller"  # of another team's service, as it were: neither a stack nor a verb knows it


def trust(account: str) -> dict[str, Any]:
    """The account itself says who may take the role."""
    return _document(Principal={"AWS": f"arn:aws:iam::{account}:root"}, Action="sts:AssumeRole")


def permission(endpoint_arn: str) -> dict[str, Any]:
    """Ask this endpoint, and nothing else."""
    return _document(Action="sagemaker:InvokeEndpoint", Resource=endpoint_arn)


def _document(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


@dataclass(frozen=True)
class Caller:
    """Signs requests to SageMaker's runtime in `region`."""

    credentials: Credentials
    region: str

    def sign(self, url: str, body: str) -> Mapping[str, str]:
        """The headers of a signed POST of JSON to `url`."""
        request = AWSRequest("POST", url, {"Content-Type": "application/json"}, body.encode())
        SigV4Auth(self.credentials, "sagemaker", self.region).add_auth(request)
        return dict(request.headers)


def make(iam: Any, sts: Any, account: str, region: str, endpoint_arn: str) -> Caller:
    """Make the role, take it, and be the caller."""
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust(account)))
    iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=json.dumps(permission(endpoint_arn)))
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{NAME}", RoleSessionName="rehearsal")["Credentials"]
    credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return Caller(credentials, region)


def remove(iam: Any) -> None:
    """Take the role away."""
    iam.delete_role_policy(RoleName=NAME, PolicyName=NAME)
    iam.delete_role(RoleName=NAME)
