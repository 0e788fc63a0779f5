"""What the judge tells AWS: a verdict and a sign of life, as metrics that a release's alarms watch.

Neither carries a time stamp: CloudWatch then takes the moment at which it hears of it (API MetricDatum,
Timestamp), so that a wrong clock here cannot shift a verdict. A storage resolution of one second lets an
alarm look every ten.
"""

from pipeline import aws, names
from pipeline.ledger import Record
from pipeline.settings import Service


def namespace(record: Record) -> str:
    """The namespace of the environment's own metrics."""
    return names.metrics(names.project(), record.environment)


def dimensions(record: Record, service: Service) -> list[dict[str, str]]:
    """What separates one release's verdict from the others'."""
    own = {"EndpointName": service.endpoint, "Release": record.release}
    return [{"Name": key, "Value": value} for key, value in own.items()]


def publish(record: Record, service: Service, *, verdict: int, alive: bool = True) -> None:
    """Say 0, the candidate may stay, or 1, it must go; and beat, unless it is not the judge who speaks."""
    put(namespace(record), dimensions(record, service), verdict=verdict, alive=alive)


def put(space: str, own: list[dict[str, str]], *, verdict: int, alive: bool) -> None:
    """The same, under a namespace and the dimensions `own`."""
    values = {"Verdict": float(verdict), **({"Heartbeat": 1.0} if alive else {})}
    aws.client("cloudwatch").put_metric_data(
        Namespace=space,
        MetricData=[
            {"MetricName": metric, "Dimensions": own, "Value": value, "StorageResolution": 1}
            for metric, value in values.items()
        ],
    )
