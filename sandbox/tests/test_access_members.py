"""sandbox.access.members: what a request says, by boto3's names."""

from email.message import Message

from sandbox.access import members
from sandbox.transport import Request


def request(target: str, body: bytes = b"", **headers: str) -> Request:
    """A request with those headers, dashes for underscores."""
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Request("PUT", target, message, body)


def test_a_forms_members_are_flat() -> None:
    """As the query protocol sends them."""
    form = request("/", b"Action=AssumeRole&Tags.member.1.Key=a&Path=")
    assert members.of_form(form) == {"Action": "AssumeRole", "Tags.member.1.Key": "a", "Path": ""}


def test_an_objects_members_come_from_path_and_headers() -> None:
    """Decoded."""
    key = "arn:aws:kms:eu-west-1:1:key/a"
    put = request(
        "/bucket/a%20b/c",
        x_amz_server_side_encryption="aws:kms",
        x_amz_server_side_encryption_aws_kms_key_id=key,
    )
    assert members.of_s3("PutObject", put) == {
        "Bucket": "bucket",
        "Key": "a b/c",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": key,
    }


def test_a_listings_members_come_from_the_query() -> None:
    """An empty prefix is one."""
    listed = members.of_s3("ListObjectsV2", request("/bucket?list-type=2&prefix=&max-keys=5"))
    assert listed == {"Bucket": "bucket", "Prefix": "", "MaxKeys": "5"}


def test_deleted_objects_come_from_the_body() -> None:
    """With their versions."""
    body = (
        b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key></Object>'
        b"<Object><Key>b</Key><VersionId>1</VersionId></Object></Delete>"
    )
    found = members.of_s3("DeleteObjects", request("/bucket?delete", body))
    assert found["Delete"] == {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]}


def test_s3_control_names_a_resource_by_its_arn() -> None:
    """In the path; other operations name none."""
    tagged = request("/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ab")
    assert members.of_s3control(tagged) == {"ResourceArn": "arn:aws:s3:::b"}
    assert members.of_s3control(request("/v20180820/configuration/publicAccessBlock")) == {}
