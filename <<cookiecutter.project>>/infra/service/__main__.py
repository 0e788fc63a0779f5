"""One environment: the endpoint, its alarms, its dashboard, and the ledger of its releases."""

import pulumi
from access import Access, AccessArgs
from budget import Budget, BudgetArgs
from encryption import Encryption, EncryptionArgs
from endpoint import Endpoint, EndpointArgs
from execution import Execution, ExecutionArgs
from facts import Facts, FactsArgs
from ledger import Ledger, LedgerArgs
from logs import Logs, LogsArgs
from notifications import Notifications, NotificationsArgs
from objectives import Objectives, ObjectivesArgs
from overview import Overview, OverviewArgs
from settings import load

from infra.ground import keep_commit
from pipeline.instances import cores

pulumi.runtime.register_stack_transformation(keep_commit)
settings = load()
ground, machine, slo, protected = settings.ground, settings.machine, settings.slo, settings.protected
platform = pulumi.StackReference(f"{pulumi.get_organization()}/{ground.project.name}-platform/platform")
bucket, platform_key = (platform.require_output(name) for name in ("bucket", "kms_key_arn"))

key_arn = Encryption("encryption", EncryptionArgs(ground=ground, protected=protected)).arn
both = {"ground": ground, "platform_key": platform_key, "key_arn": key_arn}
access = Access("access", AccessArgs(**both))
execution = Execution("execution", ExecutionArgs(**both))
ledger = Ledger("ledger", LedgerArgs(ground=ground, key_arn=key_arn, protected=protected))
topic = Notifications("notifications", NotificationsArgs(ground=ground, key_arn=key_arn))
Logs("logs", LogsArgs(ground=ground, retention_days=settings.retention_days))
Budget("budget", BudgetArgs(ground=ground, monthly_usd=settings.monthly_usd))
watched = {"ground": ground, "slo": slo, "cores": cores(machine.instance_type)}
objectives = Objectives("objectives", ObjectivesArgs(topic_arn=topic.arn, **watched))
overview = Overview("overview", OverviewArgs(alarm_arns=objectives.alarm_arns, **watched))
published = {"role_arn": execution.role_arn, "bucket": bucket, "ledger": ledger.table, "topic_arn": topic.arn}
facts = Facts("facts", FactsArgs(machine=machine, **both, **published))
if settings.first_configuration:  # the first release has prepared one: from here on the release tool moves it
    first = {"configuration": settings.first_configuration, "machine": machine, "protected": protected}
    Endpoint("endpoint", EndpointArgs(ground=ground, **first))

pulumi.export("service_parameter", facts.parameter)
pulumi.export("alarm_topic_arn", topic.arn)
pulumi.export("ledger_table", ledger.table)
pulumi.export("dashboard", overview.name)
pulumi.export("kms_key_arn", key_arn)
pulumi.export("ci_role_arns", access.role_arns)
