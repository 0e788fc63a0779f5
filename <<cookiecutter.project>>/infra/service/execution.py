"""The role that the endpoint's containers run under."""

from dataclasses import dataclass

import pulumi

from infra.ground import Ground
from infra.policies import serving, trust
from infra.roles import bounded


@dataclass(frozen=True, kw_only=True)
class ExecutionArgs:
    """Arguments of Execution."""

    ground: Ground
    platform_key: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Execution(pulumi.ComponentResource):
    """The endpoint's execution role."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ExecutionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Execution", name, None, opts)
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        role = bounded(
            on,
            f"endpoint-{on.part}",
            name="endpoint",
            description=f"The {on.part} endpoint of {on.project.name}",
            trusted=trust.sagemaker(on.account),
            allowed=pulumi.Output.all(args.platform_key, args.key_arn).apply(
                lambda keys: serving.endpoint(on.place, on.part, *keys, on.network)
            ),
            opts=inside,
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})
