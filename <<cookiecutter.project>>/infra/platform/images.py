"""The image repositories, one per target of the Dockerfile."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from infra.policies import resources
from pipeline import names

TARGETS = ("train", "serve")
UNTAGGED_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class ImagesArgs:
    """Arguments of Images. `kept` is how many images that belong to no registered model stay, the newest."""

    ground: Ground
    key_arn: pulumi.Input[str]
    kept: int
    mirror: str | None


class Images(pulumi.ComponentResource):
    """Repositories whose tags are final, whose images are scanned, and whose old images expire."""

    urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Images", name, None, opts)
        inside, project = pulumi.ResourceOptions(parent=self), args.ground.project
        self.urls, repositories = {}, {}
        for target in TARGETS:
            repository = repositories[target] = aws.ecr.Repository(
                target,
                name=names.repository(project, target),
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key_arn}],
                tags=args.ground.tags,
                opts=inside,
            )
            aws.ecr.LifecyclePolicy(
                target,
                repository=repository.name,
                policy=json.dumps(resources.lifecycle(args.kept, UNTAGGED_DAYS)),
                opts=inside,
            )
            self.urls[target] = repository.repository_url
        if shared := resources.repository(args.ground.place):
            aws.ecr.RepositoryPolicy(
                "serve", repository=repositories["serve"].name, policy=json.dumps(shared), opts=inside
            )
        aws.ssm.Parameter(
            "parameter",
            name=names.parameter(project, "platform", "images"),
            type="String",
            value=pulumi.Output.json_dumps({**self.urls, "mirror": args.mirror}),
            tags=args.ground.tags,
            opts=inside,
        )
        self.register_outputs({"urls": self.urls})
