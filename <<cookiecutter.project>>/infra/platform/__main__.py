"""What all environments share: storage, images, registry, jobs, and the roles of the workflows."""

import pulumi
from access import Access, AccessArgs
from encryption import Encryption, EncryptionArgs
from images import Images, ImagesArgs
from jobs import Jobs, JobsArgs
from registry import Registry, RegistryArgs
from settings import load
from storage import Storage, StorageArgs

from infra.ground import keep_commit

pulumi.runtime.register_stack_transformation(keep_commit)
settings = load()
ground = settings.ground

key = Encryption("encryption", EncryptionArgs(ground=ground))
storage = Storage(
    "storage",
    StorageArgs(
        ground=ground,
        key_arn=key.arn,
        capture_days=settings.capture_days,
        noncurrent_days=settings.noncurrent_days,
    ),
)
images = Images(
    "images",
    ImagesArgs(ground=ground, key_arn=key.arn, kept=settings.images_kept, mirror=settings.mirror),
)
registry = Registry("registry", RegistryArgs(ground=ground))
jobs = Jobs("jobs", JobsArgs(ground=ground, key_arn=key.arn, definitions=settings.jobs))
access = Access("access", AccessArgs(ground=ground, key_arn=key.arn))

pulumi.export("bucket", storage.bucket)
pulumi.export("kms_key_arn", key.arn)
pulumi.export("serve_repository_url", images.urls["serve"])
pulumi.export("train_repository_url", images.urls["train"])
pulumi.export("model_package_group", registry.group)
pulumi.export("model_package_group_arn", registry.arn)
pulumi.export("job_role_arns", jobs.role_arns)
pulumi.export("ci_role_arns", access.role_arns)
