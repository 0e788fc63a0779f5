"""What AWS does not document about its deployment guardrails, and what the sandbox assumes of it.

docs/guardrails.md is this list for a reader; `pipeline doctor --probe-guardrails` settles it in an account.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One thing to be settled: what is asked, and what the sandbox assumes."""

    key: str
    asks: str
    assumed: str


QUESTIONS = (
    Question(
        "one_instance",
        "May a fleet of one instance canary?",
        "no: UpdateEndpoint refuses it, as a canary is at most half of the instances",
    ),
    Question(
        "math_alarm",
        "Does UpdateEndpoint take an alarm on a metric math expression?",
        "yes",
    ),
    Question(
        "composite_alarm",
        "Does UpdateEndpoint take a composite alarm?",
        "yes; no release uses one",
    ),
    Question(
        "second_update",
        "How is a second UpdateEndpoint refused while the first is under way?",
        'ValidationException: Cannot update in-progress endpoint "ARN".',
    ),
    Question(
        "stages",
        "What does DescribeEndpoint show of each stage of a canary?",
        "Creating, ActivatingTraffic, Baking with 1 of 2 instances, ActivatingTraffic, Baking with 2 of 2; "
        "weights stay whole",
    ),
    Question(
        "share",
        "Which share of the requests does a canary of one of two instances get?",
        "half",
    ),
    Question(
        "statistics",
        "Does ModelLatency of one configuration have TC and PR statistics?",
        "yes, as any metric has",
    ),
    Question(
        "samples",
        "Has Invocation5XXErrors a sample for each request, the good ones too?",
        "yes: 1 or 0 for each, as is documented, though SampleCount is not said to be valid",
    ),
    Question(
        "embedded",
        "Does an endpoint's log event in the embedded metric format become a metric, and how often?",
        "yes, once; values with their counts too",
    ),
    Question(
        "alarm_seconds",
        "How long does a verdict take to put its alarm into ALARM?",
        "one period of 10 seconds, and the time until the next look at it",
    ),
    Question(
        "back_seconds",
        "How long after ALARM does the new fleet answer its last request?",
        "at most 5 seconds, the time between two looks at the alarms",
    ),
    Question(
        "heartbeat_seconds",
        "How long after the last beat is a heartbeat alarm of 2 x 60 seconds in ALARM?",
        "five minutes: CloudWatch looks two periods further back than it evaluates, and those had beats",
    ),
    Question(
        "rollback_text",
        "What does DescribeEndpoint say after a rollback?",
        "InService with the old configuration; FailureReason names the alarm until the next update",
    ),
    Question(
        "alarm_at_start",
        "What becomes of an update whose alarm is in ALARM from the start?",
        "it is taken, and rolled back at the first look of its bake, when the new fleet has traffic",
    ),
    Question(
        "deleted_configuration",
        "Can an endpoint be updated whose configuration was deleted?",
        'no: Could not find endpoint configuration "ARN", the old one; made again it can',
    ),
)
