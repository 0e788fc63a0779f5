"""Whoever asks the endpoint for predictions: a role that may do nothing else, and requests signed with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.rehearsal import outsider

NAME = "caller"


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
    ask = outsider.allow("sagemaker:InvokeEndpoint", endpoint_arn)
    given = outsider.take(iam, sts, account, NAME, ask)
    return Caller(Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]), region)


def remove(iam: Any) -> None:
    """Take the role away."""
    outsider.remove(iam, NAME)
