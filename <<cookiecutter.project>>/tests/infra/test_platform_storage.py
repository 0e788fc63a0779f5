"""The project's bucket."""

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, platform_with, published, statements


def test_the_bucket_denies_plain_http_to_everyone_and_everything(platform: Recording) -> None:
    """One statement denies any action on bucket and objects without TLS."""
    bucket = f"arn:aws:s3:::{names.bucket(PROJECT, '123456789012')}"
    assert statements(platform.one("BucketPolicy")["policy"]) == [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket, f"{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_objects_are_encrypted_with_the_projects_key(platform: Recording) -> None:
    """The default encryption is KMS with the key that this stack makes."""
    rule = platform.one("BucketServerSideEncryptionConfiguration")["rules"][0]
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "arn:Key-key",
    }


def test_objects_are_versioned(platform: Recording) -> None:
    """An overwritten object can be brought back."""
    assert platform.one("BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}


@pytest.mark.parametrize(
    "block", ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]
)
def test_the_bucket_is_closed_to_the_public(platform: Recording, block: str) -> None:
    """All four of S3's blocks are on."""
    assert platform.one("BucketPublicAccessBlock")[block] is True


def test_the_bucket_is_never_emptied_by_its_removal(platform: Recording) -> None:
    """Nothing asks for force_destroy."""
    assert "forceDestroy" not in platform.one("Bucket")


def test_the_verbs_learn_the_bucket_and_the_key(platform: Recording) -> None:
    """The storage parameter holds both."""
    bucket = names.bucket(PROJECT, "123456789012")
    assert published(platform, "platform", "storage") == {"bucket": bucket, "kms_key_arn": "arn:Key-key"}


def test_captured_traffic_expires_and_so_do_replaced_objects() -> None:
    """After the days of the settings."""
    recording = platform_with({"platform:capture_days": "7", "platform:noncurrent_days": "3"})
    captured, rest = recording.one("BucketLifecycleConfiguration")["rules"]
    assert (captured["filter"], captured["expiration"]) == ({"prefix": "capture/"}, {"days": 7})
    assert rest["noncurrentVersionExpiration"] == {"noncurrentDays": 3}
    assert rest["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


def test_the_bucket_is_protected(platform: Recording) -> None:
    """Data and models are in it."""
    (bucket,) = platform.all("Bucket")
    assert bucket.protect is True
