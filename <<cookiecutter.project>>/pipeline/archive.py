"""The files of a trained model, as SageMaker keeps them: one model.tar.gz in S3."""

import io
import tarfile

from pipeline import aws, listing


def read(model_data: str) -> dict[str, bytes]:
    """The files of the archive at an S3 URI, by name; nothing is written or run."""
    bucket, key = listing.place(model_data)
    archive = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        files = ((member.name.removeprefix("./"), members.extractfile(member)) for member in members)
        return {name: file.read() for name, file in files if file}
