"""Metric math, as far as alarms need it: arithmetic, comparisons, IF, over metrics of one period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. A period in which an
operand has no data point has none either; so has one in which something is divided by zero (a guess).
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sandbox import metrics, statistics
from sandbox.world import ApiError

Values = Mapping[str, float | None]
Operation = Callable[[float, float], float]
OPERATIONS: dict[type[ast.AST], Operation] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
ONE_METRIC = ("Dimensions", "ExtendedStatistic", "MetricName", "Namespace", "Period", "Statistic", "Unit")


class Metric(NamedTuple):
    """A metric of an alarm's queries: which, over how many seconds, and which statistic of it."""

    key: metrics.Key
    period: int
    stat: str


class Math(NamedTuple):
    """An alarm's queries: the metrics by id, all of one period, and the expression that the alarm watches."""

    inputs: dict[str, Metric]
    expression: ast.expr
    period: int


def queries(settings: Mapping[str, Any]) -> Math:
    """The member Metrics of an alarm. Raises ApiError: ValidationError, or NotInSandbox."""
    if doubled := [name for name in ONE_METRIC if name in settings]:
        raise ApiError("ValidationError", f"{', '.join(doubled)} can't be given together with Metrics.")
    inputs = {one["Id"]: _metric(one["MetricStat"]) for one in settings["Metrics"] if "MetricStat" in one}
    watched = [one for one in settings["Metrics"] if one.get("ReturnData", True)]
    if len(watched) != 1:
        raise ApiError("ValidationError", "Exactly one of the Metrics must have ReturnData true.")
    periods = {metric.period for metric in inputs.values()}
    if len(periods) != 1 or len(settings["Metrics"]) != len(inputs) + 1 or "Expression" not in watched[0]:
        raise ApiError("NotInSandbox", "An alarm on several expressions or periods is not in the sandbox.")
    return Math(inputs, parse(watched[0]["Expression"], inputs), periods.pop())


def _metric(stat: Mapping[str, Any]) -> Metric:
    metric = stat["Metric"]
    metrics.check_period(stat["Period"])
    statistics.check(stat["Stat"])
    key = metrics.key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", ()))
    return Metric(key, stat["Period"], stat["Stat"])


def parse(text: str, ids: Mapping[str, Any]) -> ast.expr:
    """The expression in `text` over `ids`. Raises ApiError: ValidationError, or NotInSandbox."""
    try:
        expression = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ApiError("ValidationError", f"The expression {text} can't be read.") from error
    for node in ast.walk(expression):
        if isinstance(node, ast.Name) and node.id not in (*ids, "IF"):
            raise ApiError("ValidationError", f"The expression {text} uses {node.id}, which no metric has as its id.")
        if not _known(node):
            raise ApiError("NotInSandbox", f"The expression {text} is not in the sandbox; use + - * /, < > or IF.")
    return expression


def _known(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "IF" and len(node.args) == 3
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float)
    return isinstance(node, ast.BinOp | ast.Name | ast.Load) or type(node) in OPERATIONS


def value(expression: ast.expr, values: Values) -> float | None:
    """The expression's value in one period, from those of its metrics; None: no data point."""
    match expression:
        case ast.Constant(value=number):
            return float(number)  # type: ignore[arg-type]  # parse has seen to it
        case ast.Name(id=name):
            return values[name]
        case ast.Call(args=[condition, yes, no]):
            holds = value(condition, values)
            return None if holds is None else value(yes if holds else no, values)
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return _apply(OPERATIONS[type(op)], value(left, values), value(right, values))
    raise AssertionError(ast.dump(expression))


def _apply(operation: Operation, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    try:
        return float(operation(left, right))
    except ZeroDivisionError:
        return None


def series(expression: ast.expr, inputs: Mapping[str, Sequence[float | None]]) -> list[float | None]:
    """The expression's values, period by period."""
    periods = zip(*inputs.values(), strict=True)
    return [value(expression, dict(zip(inputs, point, strict=True))) for point in periods]
