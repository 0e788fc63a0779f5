"""`pipeline data push`: copy the pinned files to S3, by content."""

import json

from pipeline import aws, manifest, names, settings
from pipeline.command import Answer, Document, verb
from pipeline.progress import say


def push() -> Document:
    """Copy the pinned files to S3, unless they are there. Raises UserError when one is not what is pinned."""
    root, bucket = names.root(), settings.storage().bucket
    pinned = manifest.read(root)
    manifest.verify(root, pinned)
    s3, counts = aws.client("s3"), {"uploaded": 0, "present": 0}
    for entry in pinned.files:
        key = f"data/objects/{entry['sha256']}.parquet"
        there = aws.find(s3.head_object, Bucket=bucket, Key=key) is not None
        counts["present" if there else "uploaded"] += 1
        if not there:
            say(f"data: {entry['path']} to s3://{bucket}/{key}")
            s3.put_object(Bucket=bucket, Key=key, Body=(root / entry["path"]).read_bytes())
    s3.put_object(Bucket=bucket, Key=f"{pinned.prefix}/manifest.json", Body=pinned.content)
    body = json.dumps(pinned.for_sagemaker(bucket)).encode()
    s3.put_object(Bucket=bucket, Key=f"{pinned.prefix}/sagemaker.json", Body=body)
    return {"manifest": pinned.sha256, **counts}


@verb("push", "pipeline data push")
def command() -> Answer:
    """Copy the pinned files to S3, where the jobs read them."""
    document = push()
    return Answer(document, [f"{document['uploaded']} files copied, {document['present']} were there."])
