"""sandbox.server: who answers, and what is refused."""

import base64
import hashlib
import io
import json
import urllib.error
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]


def error(call: Callable[..., Any], **arguments: Any) -> dict[str, str]:
    """The error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]


def test_the_account_is_motos(client: Client) -> None:
    """Query services pass on."""
    assert client("sts").get_caller_identity()["Account"] == "123456789012"


def test_an_operation_that_is_not_here_says_so(client: Client) -> None:
    """With the service, the operation and a code that boto3 does not retry."""
    assert error(client("sagemaker").create_auto_ml_job_v2) == {
        "Code": "NotInSandbox",
        "Message": "sagemaker:CreateAutoMLJobV2 is not in the sandbox",
    }


@pytest.mark.parametrize(
    ("service", "operation", "said"),
    [
        ("iam", "create_user", "iam:CreateUser"),
        ("ec2", "describe_instances", "ec2:DescribeInstances"),
        ("secretsmanager", "list_secrets", "secretsmanager:ListSecrets"),
        ("lambda", "list_functions", "lambda:GET /2015-03-31/functions"),
    ],
)
def test_every_protocol_has_the_refusal(client: Client, service: str, operation: str, said: str) -> None:
    """Query, EC2, JSON and REST clients read it alike."""
    refused = error(getattr(client(service), operation), **({"UserName": "a"} if service == "iam" else {}))
    assert refused["Code"] == "NotInSandbox" and refused["Message"] == f"{said} is not in the sandbox"


def test_a_sub_resource_of_s3_is_an_operation(client: Client, bucket: str) -> None:
    """The query names it."""
    refused = error(client("s3").get_bucket_analytics_configuration, Bucket=bucket, Id="a")
    assert refused["Message"] == "s3:GetBucketAnalyticsConfiguration is not in the sandbox"


def test_s3_refuses_other_bytes_than_the_request_says(client: Client, bucket: str) -> None:
    """By their SHA-256, as SDKs send it; what is refused is not there."""
    right, s3 = base64.b64encode(hashlib.sha256(b"here").digest()).decode(), client("s3")
    refused = error(s3.put_object, Bucket=bucket, Key="server/other", Body=b"there", ChecksumSHA256=right)
    assert refused["Code"] == "BadDigest"
    s3.put_object(Bucket=bucket, Key="server/same", Body=b"here", ChecksumSHA256=right)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="server/")["Contents"]
    assert {"server/same"} == {one["Key"] for one in listed} & {"server/same", "server/other"}


def test_what_moto_lacks_is_refused_not_retried(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's page for a missing operation becomes Missing."""
    from sandbox import passing
    from sandbox.transport import Request as Inner

    monkeypatch.setattr(passing, "_APP", _unimplemented)
    with pytest.raises(passing.Missing):
        passing.to_moto("logs", Inner("POST", "/", {}, b""), 1, "123456789012")


def _unimplemented(environ: Any, start_response: Any) -> list[bytes]:
    start_response("501 Not Implemented", [("Content-Type", "text/html")])
    return [b"<h1>not yet</h1>"]


def test_another_region_is_refused(client: Client) -> None:
    """Its records would be invisible to jobs and endpoints."""
    refused = error(client("ssm", region_name="us-west-2").describe_parameters)
    assert "region us-west-2 is not in the sandbox" in refused["Message"]


def test_requests_to_moto_are_checked_too(client: Client) -> None:
    """A wrong enum reaches no JSON service."""
    refused = error(client("ssm").put_parameter, Name="/a", Value="b", Type="Text")
    assert refused["Code"] == "ValidationException" and "[String, StringList, SecureString]" in refused["Message"]


def test_an_object_comes_back_whole(client: Client, bucket: str) -> None:
    """Through a multipart upload and an encoded key."""
    body = bytes(range(256)) * 50_000
    client("s3").upload_fileobj(io.BytesIO(body), bucket, "server/a b+c/ü")
    assert client("s3").get_object(Bucket=bucket, Key="server/a b+c/ü")["Body"].read() == body


def test_a_presigned_url_needs_no_header(client: Client, bucket: str) -> None:
    """Layers and reports are fetched by plain HTTP."""
    client("s3").put_object(Bucket=bucket, Key="server/signed", Body=b"here")
    url = client("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "server/signed"})
    with urlopen(url, timeout=5) as answer:
        assert answer.read() == b"here"


def test_a_bucket_that_denies_plain_http_can_be_used(client: Client) -> None:
    """Requests here count as HTTPS."""
    s3 = client("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::tls-only/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps(policy))
    s3.put_object(Bucket="tls-only", Key="a", Body=b"in")
    assert s3.get_object(Bucket="tls-only", Key="a")["Body"].read() == b"in"


def test_cloudwatch_speaks_json(client: Client) -> None:
    """boto3's protocol for it, which older moto did not know."""
    client("cloudwatch").put_dashboard(DashboardName="server", DashboardBody='{"widgets": []}')
    assert client("cloudwatch").get_dashboard(DashboardName="server")["DashboardBody"] == '{"widgets": []}'


def test_an_unknown_page_is_not_found(sandbox: Any) -> None:
    """Under /sandbox/ there is little."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        urlopen(Request(f"{sandbox.url}/sandbox/nothing"), timeout=5)
    assert caught.value.code == 404


def test_a_body_that_is_no_json_is_refused(sandbox: Any) -> None:
    """With AWS's code for it."""
    request = Request(sandbox.url, b"{", {"X-Amz-Target": "AmazonSSM.GetParameter"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urlopen(request, timeout=5)
    assert caught.value.headers["x-amzn-ErrorType"] == "SerializationException"
