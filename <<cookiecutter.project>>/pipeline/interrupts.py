"""What ends a verb from outside, while it has made something that it must take away again."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def terminated() -> Iterator[None]:
    """Make SIGTERM end the block as Ctrl-C does, so that what it has made is removed."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
