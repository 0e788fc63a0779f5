"""Which state an alarm's data points mean.

Pure; the rules are those of AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MISSING = ("missing", "ignore", "breaching", "notBreaching")
COMPARE: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


def evaluate(settings: Mapping[str, Any], points: Sequence[float | None], state: str) -> tuple[str, str]:
    """The state, and the reason for it, that the data `points` (oldest first, None: missing) mean.

    EvaluationPeriods real data points decide alone; what is missing of that many is filled in as
    TreatMissingData says. `missing` and `ignore` fill in nothing: when all there is breaches, but less often
    than DatapointsToAlarm, `ignore` keeps the state; with `missing` it is ALARM if the oldest is that many
    periods old.
    """
    compare, words = COMPARE[settings["ComparisonOperator"]]
    needed = settings["EvaluationPeriods"]
    bad_enough = settings.get("DatapointsToAlarm", needed)
    treat = settings.get("TreatMissingData", "missing")
    real = [(len(points) - at, value) for at, value in enumerate(points) if value is not None][-needed:]
    breaching = [value for _, value in real if compare(value, settings["Threshold"])]
    filled = needed - len(real)
    count = len(breaching) + (filled if treat == "breaching" else 0)
    shown = f"[{', '.join(f'{value:g}' for _, value in real)}]"
    reason = (
        f"Threshold Crossed: {count} out of the last {needed} datapoints {shown} were {words} the threshold "
        f"({settings['Threshold']:g}) (minimum {bad_enough} for ALARM), {filled} missing treated as {treat}."
    )
    if treat in ("missing", "ignore") and filled and count < bad_enough and len(breaching) == len(real):
        if treat == "ignore":
            return state, reason
        early = bool(real) and real[0][0] >= bad_enough
        return ("ALARM", reason) if early else ("INSUFFICIENT_DATA", f"Insufficient Data: {filled} missing.")
    return ("ALARM" if count >= bad_enough else "OK"), reason
