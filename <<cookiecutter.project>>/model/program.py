"""A job's program from start to end: where its files are, and where SageMaker looks for why it failed.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-signal-success-failure.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProcessingJob.html, ExitMessage.
"""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

TRAINING, PROCESSING = "output/failure", "output/message"  # FailureReason and ExitMessage of the job


def run(work: Callable[[Path], object], why: str, explained: tuple[type[Exception], ...] = ()) -> int:
    """Do `work` in $ML_ROOT, which is /opt/ml in a container; the exit code.

    On failure the reason is written to `why` there: an error's own sentence if it is one of `explained`, else
    its name besides, and its traceback into the log.
    """
    root = Path(os.environ.get("ML_ROOT", "/opt/ml"))
    try:
        work(root)
    except Exception as error:
        sentence = str(error)
        if not isinstance(error, explained):
            traceback.print_exc()
            sentence = f"{type(error).__name__}: {error}"
        root.joinpath(why).parent.mkdir(parents=True, exist_ok=True)
        root.joinpath(why).write_text(sentence)
        return 1
    return 0
