"""How the scores that a server answers are distributed: counted by the worker, printed for CloudWatch.

A line in the embedded metric format becomes metric data when CloudWatch Logs gets it
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
The specification knows a number or at most 100 of them; values with their counts, in an object of these six
members, are what AWS's own OpenTelemetry exporter writes
(https://github.com/aws-observability/aws-otel-js-instrumentation/pull/228).
"""

import json
import multiprocessing
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

BINS = 100  # values of a metric that one line may have
METRIC, DIMENSION = "Score", "Model"


class Scores:
    """Counts of equal intervals of a model's range; worker and parent share them.

    The intervals are the range's, not the data's, so that two fleets of one kind of model count in the same.
    """

    def __init__(self, namespace: str, model_id: str, seconds: float) -> None:
        """Nothing counted; `seconds` between two lines."""
        self.namespace, self.model_id, self.seconds = namespace, model_id, seconds
        self._counts = multiprocessing.Array("Q", BINS)
        self._range = multiprocessing.Array("d", 2, lock=False)

    def begin(self, low: float, high: float) -> None:
        """Count scores from `low` to `high`, in this process, and print them from time to time."""
        self._range[:] = [low, high]
        self._low, self._per_score = low, BINS / (high - low)
        threading.Thread(target=self._go_on, daemon=True).start()

    def add(self, scores: Iterable[float]) -> None:
        """Count `scores`, all of them in the range."""
        low, per_score = self._low, self._per_score
        counts: Any = self._counts.get_obj()
        with self._counts.get_lock():
            for score in scores:
                counts[min(int((score - low) * per_score), BINS - 1)] += 1

    def end(self) -> None:
        """Print what the worker, which is no more, had not."""
        self._print(list(self._counts.get_obj()))  # without the lock, in which a worker may have been killed

    def _go_on(self) -> None:
        while True:
            time.sleep(self.seconds)
            with self._counts.get_lock():
                counted = list(self._counts.get_obj())
                self._counts.get_obj()[:] = [0] * BINS
            self._print(counted)

    def _print(self, counts: Sequence[int]) -> None:
        if any(counts):
            low, high = self._range
            document = line(self.namespace, self.model_id, counts, low, high, time.time())
            sys.stdout.write(f"{json.dumps(document)}\n")  # in one piece: other threads print too
            sys.stdout.flush()


def line(
    namespace: str, model_id: str, counts: Sequence[int], low: float, high: float, at: float
) -> dict[str, Any]:
    """The document of `counts` of equal intervals from `low` to `high`, each counted at its middle."""
    width = (high - low) / len(counts)
    found = {round(low + (n + 0.5) * width, 6): count for n, count in enumerate(counts) if count}
    directive = {"Namespace": namespace, "Dimensions": [[DIMENSION]], "Metrics": [{"Name": METRIC}]}
    return {
        "event": "scores",
        "_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]},
        DIMENSION: model_id,
        METRIC: {
            "Values": list(found),
            "Counts": list(found.values()),
            "Max": max(found),
            "Min": min(found),
            "Count": sum(found.values()),
            "Sum": round(sum(value * count for value, count in found.items()), 6),
        },
    }
