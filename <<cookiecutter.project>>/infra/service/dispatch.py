"""An alarm on the model starts a retrain on GitHub, where a person has made a connection to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import claim
from infra.ground import Ground
from infra.policies import retraining, trust
from infra.roles import bounded
from pipeline import names

SOURCE, DETAIL = "aws.cloudwatch", "CloudWatch Alarm State Change"
WORKFLOW = "retrain.yml"
# EventBridge itself sends a User-Agent, which GitHub asks for and nobody can change, and the content's type:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


@dataclass(frozen=True, kw_only=True)
class DispatchArgs:
    """Arguments of Dispatch: the connection's ARN, and the names of the alarms that start a retrain."""

    ground: Ground
    connection: str
    alarms: Sequence[str]


class Dispatch(pulumi.ComponentResource):
    """A rule on alarms that begin to sound, and GitHub's address for starting a workflow as its target.

    https://docs.github.com/en/rest/actions/workflows, "Create a workflow dispatch event". The token is the
    connection's; EventBridge posts in a role that may do that and nothing else.
    """

    def __init__(self, name: str, args: DispatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Dispatch", name, None, opts)
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        named = names.retraining(on.project, on.part)
        destination = aws.cloudwatch.EventApiDestination(
            "github",
            name=named,
            description=f"Starts {WORKFLOW} of {claim.repository(on.project)}",
            connection_arn=args.connection,
            invocation_endpoint=address(on.project),
            http_method="POST",
            invocation_rate_limit_per_second=1,
            opts=inside,
        )
        role = bounded(
            on,
            f"dispatch-{on.part}",
            name="dispatch",
            description=f"EventBridge, to start a retrain of {on.project.name} from {on.part}",
            trusted=trust.eventbridge(on.account, retraining.rule(on.place, on.part)),
            allowed=pulumi.Output.from_input(retraining.dispatch(on.place, on.part)),
            opts=inside,
        )
        rule = aws.cloudwatch.EventRule(
            "retrain",
            name=named,
            description=f"Alarms that start a retrain of {on.project.name}",
            event_pattern=json.dumps(pattern(args.alarms)),
            tags=on.tags,
            opts=inside,
        )
        aws.cloudwatch.EventTarget(
            "github",
            rule=rule.name,
            target_id="github",
            arn=destination.arn,
            role_arn=role.arn,
            input_transformer=asked(),
            http_target={"header_parameters": HEADERS},
            opts=inside,
        )
        self.register_outputs({})


def address(project: names.Project) -> str:
    """Where GitHub starts the workflow."""
    return f"https://api.github.com/repos/{claim.repository(project)}/actions/workflows/{WORKFLOW}/dispatches"


def pattern(alarms: Sequence[str]) -> dict[str, Any]:
    """These alarms, when they begin to sound; what calms down starts nothing.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    detail = {"alarmName": list(alarms), "state": {"value": ["ALARM"]}}
    return {"source": [SOURCE], "detail-type": [DETAIL], "detail": detail}


def asked() -> dict[str, Any]:
    """The request's body: a variable outside of a text is a JSON string of its own, quotes included.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    return {
        "input_paths": {"alarm": "$.detail.alarmName"},
        "input_template": '{"ref": "main", "inputs": {"because": <alarm>}}',
    }
