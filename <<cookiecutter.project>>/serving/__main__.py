"""Serves the model in $ML_ROOT/model: `python -m serving`. SageMaker adds the argument `serve`: ignored.

granian keeps one worker process: memory doubles with each, and its threads keep /ping alive in a long
batch. On SIGTERM the worker finishes what is in flight; then this process prints what was answered.
With METRICS_NAMESPACE, the scores become metrics, every METRICS_SECONDS (60).
"""

import multiprocessing
import os
import signal
from functools import partial
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from serving.scores import Scores
from serving.worker import STATUSES, load, report

THREADS = 4
KILL_SECONDS = 25  # SageMaker kills the container 30 s after SIGTERM


def main() -> None:
    """Serve until SIGTERM; exit 0."""
    model_id = os.environ.get("MODEL_ID", "unknown")
    folder = Path(os.environ.get("ML_ROOT", "/opt/ml")) / "model"
    counts = multiprocessing.Array("Q", len(STATUSES))
    namespace = os.environ.get("METRICS_NAMESPACE")
    seconds = float(os.environ.get("METRICS_SECONDS", "60"))
    scores = Scores(namespace, model_id, seconds) if namespace else None
    server = Granian(
        "serving",
        address=os.environ.get("BIND_TO_ADDRESS", "0.0.0.0"),  # noqa: S104 - SageMaker calls from outside
        port=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")),
        interface=Interfaces.WSGI,
        loop=Loops.asyncio,
        websockets=False,
        blocking_threads=THREADS,
        workers_kill_timeout=KILL_SECONDS,
        log_level=LogLevels.warning,
    )
    server.on_shutdown(partial(report, counts, scores, model_id))
    # Until it serves, the worker would inherit this process's handler, and SIGTERM would be lost on it.
    os.register_at_fork(after_in_child=partial(signal.signal, signal.SIGTERM, signal.SIG_DFL))
    try:
        server.serve(target_loader=partial(load, counts, scores, model_id, folder), wrap_loader=False)
    except SystemExit:
        if not server.interrupt_signal:  # a worker that ends is a failure unless the whole group was told to
            raise


if __name__ == "__main__":
    main()
