"""The roles of the workflows' jobs in the registry's account, and those that production's take there."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.ground import Ground
from infra.policies import infrastructure, trust, workflows
from infra.policies.documents import Document
from infra.roles import HOUR, bounded

# a retraining waits for both of its jobs; retrain.yml asks for as much, and AWS allows twelve hours
SECONDS = {"ci-retrain": 4 * HOUR}


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Arguments of Access."""

    ground: Ground
    key_arn: pulumi.Input[str]


class Access(pulumi.ComponentResource):
    """One role per purpose, each with its own policy, all within the account's boundary."""

    role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Access", name, None, opts)
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        allowed = pulumi.Output.from_input(args.key_arn).apply(lambda key: documents(on, key))
        self.role_arns = {}
        for purpose, trusted in trust.workflows(on.place, on.part).items():
            role = bounded(
                on,
                purpose,
                name=purpose,
                description=f"{purpose} of {on.project.name}",
                trusted=trusted,
                allowed=allowed.apply(lambda found, purpose=purpose: found[purpose]),
                seconds=SECONDS.get(purpose, HOUR),
                opts=inside,
            )
            self.role_arns[purpose] = role.arn
        self.register_outputs({"role_arns": self.role_arns})


def documents(ground: Ground, key_arn: str) -> Mapping[str, Document]:
    """What each role may do."""
    return {
        "ci-preview": infrastructure.preview(ground.place, ground.part, key_arn, ground.boundary),
        "ci-report": workflows.report(ground.place, key_arn),
        "ci-retrain": workflows.retrain(ground.place, key_arn),
        "ci-infra": infrastructure.up(ground.place, ground.part, key_arn, ground.boundary),
        "examine": workflows.examine(ground.place, key_arn),
        "inspect": workflows.inspect(ground.place, key_arn),
    }
