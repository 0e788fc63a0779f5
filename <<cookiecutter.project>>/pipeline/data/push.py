"""`pipeline data push`: copy the pinned files to S3, by content."""

from pipeline import bucket, manifest, names
from pipeline.command import Answer, Document, verb


def push() -> Document:
    """Copy the pinned files to S3, unless they are there. Raises UserError when one is not what is pinned."""
    root = names.root()
    pinned = manifest.read(root)
    manifest.verify(root, pinned)
    missing = [entry for entry in pinned.files if not bucket.has(entry["sha256"])]
    for entry in missing:
        bucket.upload(entry, root / entry["path"])
    bucket.write(pinned)  # last: who finds a manifest finds its files
    present = len(pinned.files) - len(missing)
    return {"manifest": pinned.sha256, "uploaded": len(missing), "present": present}


@verb("push", "pipeline data push")
def command() -> Answer:
    """Copy the pinned files to S3, where the jobs read them."""
    document = push()
    return Answer(document, [f"{document['uploaded']} files copied, {document['present']} were there."])
