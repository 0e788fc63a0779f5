"""Objects of the bucket that others may write at the same time: what somebody else wrote is not overwritten.

S3 refuses a write whose condition no longer holds
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
"""

from datetime import datetime

from botocore.exceptions import ClientError

from pipeline import aws, settings

Condition = dict[str, str]
OVERTAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


def read(key: str) -> tuple[bytes | None, Condition]:
    """What an object holds, or None; and the condition that it is still so when it is written."""
    found = aws.find(aws.client("s3").get_object, Bucket=settings.storage().bucket, Key=key)
    if found is None:
        return None, {"IfNoneMatch": "*"}
    return found["Body"].read(), {"IfMatch": found["ETag"]}


def write(key: str, content: bytes, unchanged: Condition) -> bool:
    """Write an object as long as the condition holds; False when somebody else has written it meanwhile."""
    try:
        aws.client("s3").put_object(Bucket=settings.storage().bucket, Key=key, Body=content, **unchanged)
    except ClientError as error:
        if error.response["Error"]["Code"] not in OVERTAKEN:
            raise
        return False
    return True


def newest(prefix: str) -> list[tuple[str, datetime]]:
    """The objects below `prefix`, named without it, and when each was written; the last one first."""
    bucket = settings.storage().bucket
    found = aws.pages("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix)
    kept = sorted(found, key=lambda one: one["LastModified"], reverse=True)
    return [(one["Key"].removeprefix(prefix), one["LastModified"]) for one in kept]
