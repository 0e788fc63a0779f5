"""What an environment's alarms did in a span of time, as CloudWatch remembers it."""

from collections.abc import Collection
from datetime import datetime

from pipeline import alarms, aws, names
from pipeline.postmortem.incident import SOUNDING, Change

TYPES = (
    "MetricAlarm",
    "CompositeAlarm",
)  # without a name one type is told at a time (API DescribeAlarmHistory)


def changes(environment: str, since: datetime, until: datetime, kinds: Collection[str]) -> list[Change]:
    """Every change of state between the two, and what has sounded since before; `kinds` are those there are.

    Alarms of releases are deleted, their history stays for a while (API DescribeAlarmHistory).
    """
    prefix = names.alarm(names.project(), environment, "", "").rstrip("-") + "-"
    found = []
    for type_ in TYPES:
        items = aws.pages(
            "cloudwatch",
            "describe_alarm_history",
            "AlarmHistoryItems",
            AlarmTypes=[type_],
            HistoryItemType="StateUpdate",
            StartDate=since,
            EndDate=until,
        )
        own = [
            {**one, "signal": kind}
            for one in items
            if one["AlarmName"].startswith(prefix)
            and (kind := kind_of(one["AlarmName"].removeprefix(prefix), kinds))
        ]
        found += [_change(line) for line in alarms.history(own)]
        found += _sounding(type_, prefix, since, kinds)
    return found


def kind_of(subject: str, kinds: Collection[str]) -> str | None:
    """The kind of an alarm, given its name without project and environment; None of somebody else's. Pure.

    An alarm of a release has the release's name before its signal.
    """
    if subject in kinds:
        return subject
    release = f"release-{subject.rpartition('-')[2]}"
    return release if release in kinds else None


def _sounding(type_: str, prefix: str, since: datetime, kinds: Collection[str]) -> list[Change]:
    """Alarms that went off before `since` and have not been quiet again."""
    listed = aws.pages(
        "cloudwatch",
        "describe_alarms",
        f"{type_}s",
        AlarmTypes=[type_],
        AlarmNamePrefix=prefix,
        StateValue=SOUNDING,
    )
    return [
        Change(
            at=aws.stamp(one["StateTransitionedTimestamp"]),
            kind=kind,
            before=None,
            after=SOUNDING,
            reason=str(one.get("StateReason", "")),
        )
        for one in listed
        if one["StateTransitionedTimestamp"] < since
        and (kind := kind_of(one["AlarmName"].removeprefix(prefix), kinds))
    ]


def _change(line: dict[str, str | None]) -> Change:
    """A line of `alarms.history`."""
    return Change(
        at=str(line["at"]),
        kind=str(line["signal"]),
        before=line["before"],
        after=line["after"],
        reason=line["reason"] or "",
    )
