"""A verdict and its cause in one sentence, and what a person does next. Pure."""

from pipeline import aws
from pipeline.ledger import Record

VERDICTS = {
    "promoted": "is live",
    "promoted_unproven": "is live, but unproven, as traffic was too thin to tell a bad model",
    "rolled_back": "was taken back",
    "failed": "was not released",
    "stuck": "is stuck between two configurations",
}
CAUSES = {
    "judge": "by the judge",
    "heartbeat": "by AWS, as nobody judged it any more",
    "backstop": "by an alarm on its own errors or latency",
    "contract": "because it failed the contract test",
    "human": "by a person",
    "provision": "as it did not come into service",
    "superseded": "as another release took its place",
}
REJECTED = (
    "Version {version} is Rejected in the model registry and stays out. The log group "
    "/aws/sagemaker/Endpoints/{endpoint} has a line for each failed request: find the reason, fix, merge."
)
SAME = "`pipeline {kind} {environment} --version {version}`"
NEXT = {
    "promoted": "Nothing. `pipeline rollback {environment}` is the way back.",
    "promoted_unproven": "Watch its alarms: the traffic that would have proved it comes only now. "
    "`pipeline rollback {environment}` is the way back.",
    "judge": REJECTED,
    "backstop": REJECTED,
    "contract": REJECTED,
    "heartbeat": "Nothing is known against version {version}: find out why the job ended. "
    'Then `pipeline {kind} {environment} --version {version} --force --why "…"`, as it was taken back.',
    "human": f"Whoever stopped it knows why. {SAME} releases it again.",
    "provision": "The log group /aws/sagemaker/Endpoints/{endpoint} says in its first lines why the "
    f"container did not start; where it is empty, look at quotas and capacity. Then {SAME} again.",
    "superseded": "Nothing: the newer release says what became of it.",
    "failed": "`pipeline status {environment}` says what is live. Mend what the reason names. "
    f"Then {SAME} again.",
    "stuck": "AWS holds a mixed fleet, and a person has to decide: docs/runbook.md, *Stuck*.",
    "open": "A living process goes on by itself; what a dead one left, "
    "`pipeline reconcile {environment}` closes.",
}


def verdict_word(record: Record) -> str:
    """The verdict, or the state of a release that has none yet, in words."""
    return (record.verdict or record.state).replace("_", " ")


def verdict(record: Record) -> str:
    """What became of a release and why, in one sentence; an open one says where it is."""
    what = f"Version {record.version}" + (" (a rollback)" if record.kind == "rollback" else "")
    if record.verdict is None:
        return f"{what} is on its way into {record.environment}: {record.state}"
    said = f"{what} {VERDICTS.get(record.verdict, record.verdict)}"
    if record.cause:
        said += f" {CAUSES.get(record.cause, f'({record.cause})')}"
    if record.cause == "human" and record.aborted_by:
        said += f" ({aws.person(record.aborted_by)})"
    reason = record.reason or ""
    return f"{said}: {reason}" if reason else said


def advice(record: Record, endpoint: str) -> str:
    """What to do now; `endpoint` is the name of the one that was updated."""
    if record.verdict is None:
        key = "open"
    elif record.verdict == "stuck":  # whatever caused it
        key = record.verdict
    else:
        key = record.cause if record.cause in NEXT else record.verdict
    told = NEXT.get(key or "", NEXT["failed"])
    return told.format(
        version=record.version, environment=record.environment, kind=record.kind, endpoint=endpoint
    )
