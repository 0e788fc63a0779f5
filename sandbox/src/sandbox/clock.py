"""How fast AWS's time runs here. Stamps are always wall-clock time; only durations shrink."""

import threading
import time


class Clock:
    """A clock on which `speed` AWS seconds pass in one second."""

    def __init__(self, speed: float = 60.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed is {speed:g}, it must be above 0: 1 is AWS's own pace, 60 a minute a second")
        self.speed = speed

    def real(self, aws_seconds: float) -> float:
        """The seconds that `aws_seconds` last here."""
        return aws_seconds / self.speed

    def aws(self, seconds: float) -> float:
        """The AWS seconds that pass in `seconds` here."""
        return seconds * self.speed

    def sleep(self, aws_seconds: float) -> None:
        """Wait `aws_seconds` of AWS's time."""
        time.sleep(self.real(aws_seconds))

    def wait(self, event: threading.Event, aws_seconds: float) -> bool:
        """Wait until `event` is set, at most `aws_seconds`; False when the time ran out."""
        return event.wait(self.real(aws_seconds))
