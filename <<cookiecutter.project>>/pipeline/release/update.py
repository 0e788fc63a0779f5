"""UpdateEndpoint, asked once for each release, whatever died on the way."""

from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline import aws, endpoint, ledger, states, verdict
from pipeline.errors import InfrastructureError, UserError
from pipeline.ledger import Record
from pipeline.progress import say
from pipeline.release import guard
from pipeline.settings import Service

BACKOFF_SECONDS = 30  # of AWS's time, before an update that was refused is asked for once more


def begun(described: dict[str, Any], record: Record) -> bool:
    """Whether the update of a record was asked for, by a process that may have died before it said so. Pure.

    The endpoint serves what was asked, or is on its way there; or, once the ledger says that the update is
    about to begin, it names this release's alarms as those of its last deployment, or was modified since (API
    DescribeEndpoint: LastDeploymentConfig, LastModifiedTime).
    """
    if record.state in (states.LOCKED, states.GATED):  # what serves it already was asked for by somebody else
        return False
    if record.config_asked in (described.get("EndpointConfigName"), verdict.pending(described)):
        return True
    if record.state in states.BEFORE_UPDATE:
        return False
    rollback = described.get("LastDeploymentConfig", {}).get("AutoRollbackConfiguration", {})
    if guard.mine(record) & {one["AlarmName"] for one in rollback.get("Alarms", [])}:
        return True
    return modified(described) != record.details.get("modified")


def modified(described: dict[str, Any]) -> str | None:
    """When the endpoint was last modified, as text, by AWS's clock."""
    at = described.get("LastModifiedTime")
    return at.isoformat() if at else None


def in_service(described: dict[str, Any], service: Service) -> None:
    """Raises UserError while the endpoint is busy with something else."""
    if described["EndpointStatus"] != "InService":
        config = verdict.pending(described) or described.get("EndpointConfigName")
        raise UserError(
            f"{service.endpoint} is {verdict.stage(described)} with {config}: "
            "run the verb again when it is InService"
        )


def start(record: Record, live: dict[str, Any], service: Service) -> Record:
    """Write that the update begins, and ask for it. Raises ClientError when AWS refuses it twice."""
    request = guard.request(record, service)
    begins = replace(
        record,
        state=states.move(record.state, states.UPDATING),
        config_before=live["EndpointConfigName"],
    )
    at = {"at": ledger.now(), "stage": "UpdateEndpoint"}
    record = ledger.save(service.ledger_table, begins.having(modified=modified(live), stages=[at]))
    if not record.aborted_by:
        ask(request, service)
    return record


def ask(request: dict[str, Any], service: Service) -> None:
    """Call UpdateEndpoint; once more after a while, when AWS is busy and the endpoint is not on its way."""
    try:
        aws.client("sagemaker").update_endpoint(**request)
    except (ClientError, BotoCoreError) as error:
        if not _busy(error):
            raise
        say(f"UpdateEndpoint is asked for once more, if need be: {error}")
        aws.sleep(BACKOFF_SECONDS)
        described = aws.patiently(endpoint.describe, name=service.endpoint)
        if described is None:
            raise InfrastructureError(f"the endpoint {service.endpoint} is gone") from error
        asked = request["EndpointConfigName"]
        if asked not in (verdict.pending(described), described.get("EndpointConfigName")):
            aws.client("sagemaker").update_endpoint(**request)


def _busy(error: Exception) -> bool:
    """Throttled, not answered, or refused because of another update; SageMaker says that in words alone."""
    return aws.transient(error) or "in-progress" in str(error).lower()
