"""`pipeline data push`: copy the pinned files to S3, by content."""

from pipeline import bucket, manifest, names
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError


def push() -> Document:
    """Copy the pinned files to S3, unless they are there. Raises UserError when one is not what is pinned."""
    root = names.root()
    pinned = manifest.read(root)
    manifest.verify(root, pinned)
    missing = [entry for entry in pinned.files if not bucket.has(entry["sha256"])]
    tracked = pinned.tracked
    if lost := [entry for entry in missing if entry not in tracked]:
        raise UserError(
            f"{lost[0]['path']} is pinned, and the bucket that it was taken in from has it no more: send it "
            f"again to {lost[0]['path'].removeprefix('data/')}, or remove it from {manifest.PATH}"
        )
    for entry in missing:
        bucket.upload(entry, root / entry["path"])
    bucket.write(pinned)  # last: who finds a manifest finds its files
    present = len(pinned.files) - len(missing)
    return {"manifest": pinned.sha256, "uploaded": len(missing), "present": present}


@verb("push", "pipeline data push")
def command() -> Answer:
    """Copy the pinned files to S3, where the jobs read them."""
    document = push()
    line = f"{document['uploaded']} files copied, {document['present']} were there."
    return Answer(document, [line], summary=f"**data**: manifest `{document['manifest'][:12]}`; {line}")
