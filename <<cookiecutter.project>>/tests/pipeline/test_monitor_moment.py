"""When it is, by AWS's clock."""

import pytest

from pipeline import aws
from pipeline.monitor.moment import Moment, said, stamp


def test_silence_begins_with_the_last_request_or_when_the_model_went_live() -> None:
    """A model that went live after the last request was asked nothing yet."""
    assert Moment(now=9, live=2, last=5).heard == 5
    assert Moment(now=9, live=5, last=2).heard == 5
    assert Moment(now=9, live=5).heard == 5
    assert Moment(now=9).heard is None


def test_minutes_are_of_awss_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stamps are of ours; what never began is not past."""
    moment = Moment(now=100)
    assert not moment.past(40, 1)
    assert moment.past(39, 1)
    assert not moment.past(None, 0)
    monkeypatch.setattr(aws, "SPEED", 60.0)
    assert moment.past(98, 1)


def test_a_stamp_is_read_and_written() -> None:
    """To the minute, in UTC."""
    assert said(stamp("2026-03-02T13:05:59+02:00")) == "2026-03-02 11:05 UTC"
