"""The image repositories, one per target of the Dockerfile."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from pipeline import names

TARGETS = ("train", "serve")


@dataclass(frozen=True, kw_only=True)
class ImagesArgs:
    """Arguments of Images."""

    project: names.Project
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]


class Images(pulumi.ComponentResource):
    """Repositories whose tags are final and whose images are scanned."""

    urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Images", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.urls = {}
        for target in TARGETS:
            repository = aws.ecr.Repository(
                target,
                name=names.repository(args.project, target),
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key_arn}],
                tags=args.tags,
                opts=inside,
            )
            self.urls[target] = repository.repository_url
        aws.ssm.Parameter(
            "parameter",
            name=names.parameter(args.project, "platform", "images"),
            type="String",
            value=pulumi.Output.json_dumps(self.urls),
            tags=args.tags,
            opts=inside,
        )
        self.register_outputs({"urls": self.urls})
