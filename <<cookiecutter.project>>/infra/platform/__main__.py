"""What all environments share: storage, images, registry, jobs, and the roles of the workflows."""

import pulumi
from access import Access, AccessArgs
from encryption import Encryption, EncryptionArgs
from images import Images, ImagesArgs
from jobs import Jobs, JobsArgs
from registry import Registry, RegistryArgs
from settings import load
from storage import Storage, StorageArgs

settings = load()
project, account, tags = settings.project, settings.account, settings.tags

key = Encryption("encryption", EncryptionArgs(project=project, account=account, tags=tags))
storage = Storage("storage", StorageArgs(project=project, account=account, key_arn=key.arn, tags=tags))
images = Images("images", ImagesArgs(project=project, key_arn=key.arn, tags=tags))
registry = Registry("registry", RegistryArgs(project=project, tags=tags))
jobs = Jobs(
    "jobs",
    JobsArgs(project=project, account=account, key_arn=key.arn, definitions=settings.jobs, tags=tags),
)
access = Access("access", AccessArgs(project=project, account=account, key_arn=key.arn, tags=tags))

pulumi.export("bucket", storage.bucket)
pulumi.export("kms_key_arn", key.arn)
pulumi.export("serve_repository_url", images.urls["serve"])
pulumi.export("train_repository_url", images.urls["train"])
pulumi.export("model_package_group", registry.group)
pulumi.export("job_role_arns", jobs.role_arns)
pulumi.export("ci_role_arns", access.role_arns)
