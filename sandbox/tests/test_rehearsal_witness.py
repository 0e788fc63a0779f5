"""sandbox.rehearsal.witness: when what became true, while a verb ran."""

import time
from typing import Any

import pytest
import rehearsal_fakes as fakes
from botocore.exceptions import ClientError
from conftest import until

from sandbox.rehearsal import witness
from sandbox.rehearsal.witness import Witness


@pytest.fixture
def observer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An endpoint that serves `old`, looked at often."""
    monkeypatch.setattr(witness, "INTERVAL", 0.01)
    return fakes.Observer(configs={"production": "old"})


def test_a_change_has_a_moment(observer: Any) -> None:
    """Between the verb's beginning and its end."""
    with Witness(observer, "production") as seen:
        until(lambda: seen.looks)
        changed = time.time()
        observer.configs["production"] = "new"
        until(lambda: seen.in_service("new"))
        ended = time.time()
    moment = seen.in_service("new")
    assert moment is not None
    assert changed <= moment <= ended


def test_what_stays_is_kept_once(observer: Any) -> None:
    """Its first moment counts."""
    with Witness(observer, "production") as seen:
        time.sleep(0.1)
    assert len(seen.looks) == 1


def test_the_last_moment_is_seen(observer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the verb ends before the next look."""
    monkeypatch.setattr(witness, "INTERVAL", 60)
    with Witness(observer, "production") as seen:
        observer.configs["production"] = "new"
    assert seen.in_service("new") is not None


def test_an_update_under_way_is_not_in_service(observer: Any) -> None:
    """Though it has the configuration already."""
    observer.status = "Updating"
    with Witness(observer, "production") as seen:
        pass
    assert seen.in_service("old") is None


def test_an_alarm_has_a_moment(observer: Any) -> None:
    """Of the release that it is named after, also when it is over again."""
    with Witness(observer, "production") as seen:
        observer.alarmed = {"toy-new-reject": 5.0}
        until(lambda: seen.alarmed("new"))
        observer.alarmed = {}
    assert seen.alarmed("new") == 5.0
    assert seen.alarmed("old") is None


def test_something_happens_once_as_an_update_begins(observer: Any) -> None:
    """Not before, and not again."""
    done: list[int] = []
    with Witness(observer, "production", lambda: done.append(1)) as seen:
        until(lambda: seen.looks)
        assert done == []
        observer.status = "Updating"
        until(lambda: done)
    assert done == [1]


def test_an_endpoint_that_is_not_there_is_not_seen(observer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is; the witness goes on looking."""

    def missing(_environment: str) -> None:
        tried.append(1)
        raise ClientError({"Error": {"Code": "ValidationException"}}, "DescribeEndpoint")

    tried: list[int] = []
    with Witness(observer, "production") as seen:
        with monkeypatch.context() as patch:
            patch.setattr(observer, "live", missing)
            until(lambda: tried)
        until(lambda: seen.in_service("old"))


def test_nobody_looks_after_the_verb(observer: Any) -> None:
    """The endpoint may be gone by then."""
    with Witness(observer, "production") as seen:
        pass
    observer.configs["production"] = "new"
    time.sleep(0.05)
    assert seen.in_service("new") is None
