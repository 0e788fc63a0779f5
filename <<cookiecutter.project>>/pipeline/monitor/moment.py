"""What the verdict knows beside the job's document: when it is, and what was seen from outside."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline import aws


@dataclass(frozen=True, kw_only=True)
class Moment:
    """POSIX stamps; None where there is none.

    `live`: since when the configuration serves; `last`: when its newest captured object was written; `asked`:
    requests that CloudWatch counted in the last day, and `refused` those answered 4xx; `labels_kept`: the
    share of label objects that the job was given.
    """

    now: float
    live: float | None = None
    last: float | None = None
    asked: float | None = None
    refused: float | None = None
    labels_kept: float = 1.0

    @classmethod
    def present(cls) -> "Moment":
        """This moment, where nobody was asked what time it is."""
        return cls(now=time.time())

    @property
    def heard(self) -> float | None:
        """Since when there has been silence: the last request, or when the model went live."""
        return max((one for one in (self.live, self.last) if one is not None), default=None)

    def past(self, since: float | None, minutes: float) -> bool:
        """Whether so many minutes of AWS's time have passed since then."""
        return since is not None and self.now - since > aws.real(minutes * 60)


def stamp(text: str) -> float:
    """An ISO 8601 stamp as POSIX."""
    return datetime.fromisoformat(text).timestamp()


def written(at: float) -> str:
    """A POSIX stamp in ISO 8601."""
    return aws.stamp(datetime.fromtimestamp(at, UTC))


def said(at: float) -> str:
    """A POSIX stamp for a sentence, to the minute."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
