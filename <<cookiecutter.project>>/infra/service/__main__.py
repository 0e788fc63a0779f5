"""One environment: the endpoint, its alarms, its dashboard, and the ledger of its releases."""

import pulumi
from access import Access, AccessArgs
from endpoint import Endpoint, EndpointArgs
from execution import Execution, ExecutionArgs
from facts import Facts, FactsArgs
from ledger import Ledger, LedgerArgs
from logs import Logs, LogsArgs
from notifications import Notifications, NotificationsArgs
from objectives import Objectives, ObjectivesArgs
from overview import Overview, OverviewArgs
from settings import load

from infra import ground
from pipeline import names

pulumi.runtime.register_stack_transformation(ground.keep_commit)
settings = load()
project, environment, tags = settings.project, settings.environment, settings.tags
platform = pulumi.StackReference(f"{pulumi.get_organization()}/{project.name}-platform/platform")
bucket, key_arn = platform.require_output("bucket"), platform.require_output("kms_key_arn")

shared = {"project": project, "environment": environment, "tags": tags}
execution = Execution("execution", ExecutionArgs(account=settings.account, key_arn=key_arn, **shared))
stood_on = ground.load(environment, "service")
Access("access", AccessArgs(ground=stood_on, platform_key=key_arn, key_arn=key_arn))
ledger = Ledger("ledger", LedgerArgs(key_arn=key_arn, protected=settings.protected, **shared))
topic = Notifications("notifications", NotificationsArgs(key_arn=key_arn, **shared))
Logs("logs", LogsArgs(**shared))
objectives = Objectives("objectives", ObjectivesArgs(slo=settings.slo, topic_arn=topic.arn, **shared))
Overview("overview", OverviewArgs(slo=settings.slo, alarm_arns=objectives.alarm_arns, **shared))
facts = Facts(
    "facts",
    FactsArgs(
        machine=settings.machine,
        role_arn=execution.role_arn,
        key_arn=key_arn,
        registry_account=names.account(project, names.REGISTRY, settings.account),
        bucket=bucket,
        ledger=ledger.table,
        topic_arn=topic.arn,
        **shared,
    ),
)
if settings.first_configuration:  # the first release has prepared one: from here on the release tool moves it
    Endpoint(
        "endpoint",
        EndpointArgs(
            configuration=settings.first_configuration,
            machine=settings.machine,
            protected=settings.protected,
            **shared,
        ),
    )

pulumi.export("service_parameter", facts.parameter)
pulumi.export("alarm_topic_arn", topic.arn)
pulumi.export("ledger_table", ledger.table)
