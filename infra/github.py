"""GitHub's identity provider: workflows prove who they are with a token, not with a stored key."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class GitHubArgs:
    """Arguments of GitHub."""

    tags: Mapping[str, str]


class GitHub(pulumi.ComponentResource):
    """The provider. It opens nothing by itself: each project's roles say which of its claims they trust."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: GitHubArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:GitHub", name, None, opts)
        provider = aws.iam.OpenIdConnectProvider(
            "provider",
            url=ISSUER,
            client_id_lists=[AUDIENCE],
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = provider.arn
        self.register_outputs({"arn": self.arn})
