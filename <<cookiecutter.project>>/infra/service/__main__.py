"""One environment: the endpoint, its alarms, its dashboard, and the ledger of its releases."""

import pulumi
from access import Access, AccessArgs
from budget import Budget, BudgetArgs
from encryption import Encryption, EncryptionArgs
from endpoint import Endpoint, EndpointArgs
from events import Events, EventsArgs
from execution import Execution, ExecutionArgs
from facts import Facts, FactsArgs
from health import Health, HealthArgs, arns
from ledger import Ledger, LedgerArgs
from logs import Logs, LogsArgs
from notifications import Notifications, NotificationsArgs
from objectives import Objectives, ObjectivesArgs
from overview import Overview, OverviewArgs
from settings import load

from infra.ground import keep_commit
from infra.policies.documents import guarded
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
Events("events", EventsArgs(ground=ground, topic_arn=topic.arn))
Logs("logs", LogsArgs(ground=ground, retention_days=settings.retention_days))
Budget("budget", BudgetArgs(ground=ground, monthly_usd=settings.monthly_usd))
watched = {"ground": ground, "slo": slo, "cores": cores(machine.instance_type)}
told = {"owners": settings.owners, "topic_arn": topic.arn}
alarms: list[pulumi.Input[str]] = [*Objectives("objectives", ObjectivesArgs(**watched, **told)).alarm_arns]
if guarded(ground.part):
    rules = {"monitor": settings.monitor, "retrain": settings.retrain}
    looked_after = HealthArgs(ground=ground, connection=settings.github_connection, **rules, **told)
    alarms += arns(looked_after)
    if settings.first_configuration:  # there is a model to look after
        Health("health", looked_after)
overview = Overview("overview", OverviewArgs(alarm_arns=alarms, monitor=settings.monitor, **watched))
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
