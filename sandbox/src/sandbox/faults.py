"""Faults that a test injects from outside: `/sandbox/faults`. None is there unless somebody puts it.

    PUT    /sandbox/faults         a JSON list of rules, instead of all there were
    PUT    /sandbox/faults/NAME    one more rule, or another of that name
    GET    /sandbox/faults         the rules, how often each was met, and what each holds back right now
    DELETE /sandbox/faults[/NAME]  no rule (of that name) any more; what it holds goes on

A rule says what to `do` (KINDS has the members of each) and may have a `name`, and `seconds` of AWS's time after which
it is over. Where it has patterns (`*` and `?` in `operation`, `caller`, `endpoint`, `config`), it is for what fits all
of them. The sandbox's own calls meet no fault.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from sandbox.access.decision import Caller
from sandbox.access.sessions import Sessions
from sandbox.clock import Clock
from sandbox.lag import Lag
from sandbox.transport import Gone, Request, Response
from sandbox.world import ApiError

PAUSE = 0.02  # real seconds between looks whether a held request's client is still there
SKEW = 300.0  # AWS seconds between its clock and a request's (IAM/latest/UserGuide/reference_sigv)
COARSE = 2.0  # real seconds: a request's time is a whole second, and the request took some time
DEAD = ("raise SystemExit('injected: this container dies')",)
SILENT = ("import time; time.sleep(1e6)",)
_CALL, _FLEET = {"operation", "caller", "nth", "times"}, {"endpoint", "config"}
KINDS: dict[str, tuple[set[str], set[str]]] = {  # what must, and what else may, be given beside name, do and seconds
    # calls: from the `nth` that fits on (and then once, unless told otherwise), `times` times; else all that fit
    "error": ({"operation", "code"}, {*_CALL, "message", "status"}),
    "hold": (
        {"operation"},
        {*_CALL, "when"},
    ),  # "before" it is carried out, or "after": until DELETE or the client goes
    "unreachable": ({"operation"}, {*_CALL, "when"}),  # the connection is closed without an answer
    # the account: AWS's metrics `late` by so many AWS seconds, and for `revised` more only a `share` of their samples;
    # AWS's clock ahead by `shift` AWS seconds; all sessions of roles that fit expire now, but those that AWS took
    "metrics": (set(), {"late", "revised", "share"}),
    "clock": ({"shift"}, set()),
    "sessions": (set(), {"caller"}),
    # containers, of new fleets: end at once, or run and never answer; of all fleets: fail a `share` of the requests, or
    # take so many milliseconds more; `starved` ones get no traffic, which goes to the others
    "dead": (set(), _FLEET),
    "silent": (set(), _FLEET),
    "errors": (set(), {*_FLEET, "share"}),
    "slow": ({"milliseconds"}, _FLEET),
    "starved": (set(), _FLEET),
}
_BOUNDS = {
    "nth": (1, 1e9), "times": (1, 1e9), "seconds": (0, 1e9), "status": (400, 599), "late": (0, 1e9),
    "revised": (0, 1e9), "share": (0, 1), "shift": (-1e9, 1e9), "milliseconds": (0, 1e9),
}  # fmt: skip


@dataclass(eq=False)
class Rule:
    """A rule as it was put, how often it was met, and the requests that it holds."""

    name: str
    its: Mapping[str, Any]
    ends: float  # monotonic
    hits: int = 0
    held: list[dict[str, str]] = field(default_factory=list)
    lifted: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether it binds nothing any more."""
        return self.lifted.is_set() or time.monotonic() >= self.ends

    def fits(self, **subject: str) -> bool:
        """Whether each part of `subject` fits the pattern that there may be for it."""
        return all(fnmatchcase(value, self.its.get(part, "*")) for part, value in subject.items())

    def meets(self) -> bool:
        """Count one more call that fits; whether it is one of those that the rule is for."""
        self.hits += 1
        first = self.its.get("nth", 1)
        times = self.its.get("times", 1 if "nth" in self.its else float("inf"))
        return bool(first <= self.hits < first + times)


class Faults:
    """The rules, in the order in which they were put. `operations` are those that a rule can name."""

    def __init__(self, clock: Clock, sessions: Sessions) -> None:
        self.operations: Collection[str] = ()
        self._clock, self._sessions = clock, sessions
        self._rules: dict[str, Rule] = {}
        self._lock = threading.Lock()

    def page(self, request: Request) -> Response:
        """The answer to a request of the pages above. Raises ApiError ValidationException."""
        name = request.path.removeprefix("/sandbox/faults").strip("/")
        if request.method == "PUT":
            given = _rules(request.body, name)
            for each in given:
                _check(each, self.operations)
            self._lift(name)
            made = {_named(each): self._made(each) for each in given}
            with self._lock:
                self._rules |= made
        elif request.method == "DELETE":
            self._lift(name)
        with self._lock:
            shown = [
                {**rule.its, "name": rule.name, "hits": rule.hits, "held": list(rule.held), "over": rule.over}
                for rule in self._rules.values()
            ]
        return Response(200, (("Content-Type", "application/json"),), json.dumps(shown).encode())

    def call(self, operation: str, caller: Caller, request: Request, carry_out: Callable[[], Response]) -> Response:
        """What `carry_out` answers, unless a rule is for it. Raises ApiError, or Gone."""
        self._check_clock(request)
        rule = self._due(operation, caller)
        if rule is None:
            return carry_out()
        its = rule.its
        if its["do"] == "error":
            raise ApiError(its["code"], its.get("message", "injected"), its.get("status", 400))
        if its.get("when", "before") == "before":
            self._stop(rule, operation, caller, request)
            return carry_out()
        try:
            return carry_out()
        finally:
            self._stop(rule, operation, caller, request)

    def shift(self) -> float:
        """The real seconds by which AWS's clock is ahead."""
        return self._clock.real(sum(float(rule.its["shift"]) for rule in self._all("clock")))

    def lag(self) -> Lag | None:
        """How AWS's metrics come late."""
        for rule in self._all("metrics"):
            late, revised = (self._clock.real(rule.its.get(name, 0)) for name in ("late", "revised"))
            return Lag(late, revised, rule.its.get("share", 0.5))
        return None

    def command(self, endpoint: str, config: str) -> list[str] | None:
        """What a new container of that fleet runs instead of its program."""
        for do, program in (("dead", DEAD), ("silent", SILENT)):
            for _ in self._met(do, endpoint=endpoint, config=config):
                return [sys.executable, "-c", *program]
        return None

    def delay(self, endpoint: str, config: str) -> float:
        """The seconds that a request to that fleet takes longer."""
        return sum(
            float(rule.its["milliseconds"]) / 1000 for rule in self._met("slow", endpoint=endpoint, config=config)
        )

    def fails(self, endpoint: str, config: str, draw: float) -> bool:
        """Whether a request to that fleet fails; `draw` is in [0, 1)."""
        rules = self._all("errors", endpoint=endpoint, config=config)
        failing = [rule for rule in rules if draw < rule.its.get("share", 1)]
        for rule in failing:
            rule.hits += 1
        return bool(failing)

    @property
    def starving(self) -> bool:
        """Whether any fleet may get no traffic."""
        return any(True for _ in self._all("starved"))

    def starved(self, endpoint: str, config: str) -> bool:
        """Whether that fleet gets no traffic."""
        return any(True for _ in self._met("starved", endpoint=endpoint, config=config))

    def _made(self, given: Mapping[str, Any]) -> Rule:
        its = {member: value for member, value in given.items() if member != "name"}
        ends = time.monotonic() + self._clock.real(its.get("seconds", float("inf")))
        rule = Rule(_named(given), its, ends)
        if its["do"] == "sessions":
            rule.hits = self._sessions.expire(lambda session: _is(rule, session.caller))
        return rule

    def _lift(self, name: str) -> None:
        with self._lock:
            gone = [self._rules.pop(each) for each in list(self._rules) if name in ("", each)]
        for rule in gone:
            rule.lifted.set()

    def _all(self, do: str, **subject: str) -> Iterator[Rule]:
        if self._rules:
            with self._lock:
                rules = list(self._rules.values())
            yield from (rule for rule in rules if rule.its["do"] == do and not rule.over and rule.fits(**subject))

    def _met(self, do: str, **subject: str) -> Iterator[Rule]:
        for rule in self._all(do, **subject):
            rule.hits += 1
            yield rule

    def _due(self, operation: str, caller: Caller) -> Rule | None:
        """The first rule for this call; every rule that it fits counts it."""
        with self._lock:
            fitting = [
                rule
                for rule in self._rules.values()
                if "operation" in rule.its and not rule.over and rule.fits(operation=operation) and _is(rule, caller)
            ]
            met = [rule for rule in fitting if rule.meets()]
        return met[0] if met else None

    def _stop(self, rule: Rule, operation: str, caller: Caller, request: Request) -> None:
        """Hold the request. Raises Gone where nobody is to get, or waits for, its answer."""
        if rule.its["do"] == "unreachable":
            raise Gone
        entry = {"operation": operation, "caller": caller.arn, "since": datetime.now(UTC).isoformat()}
        with self._lock:
            rule.held.append(entry)
        try:
            while True:
                if request.gone():  # before the rule's end: whoever is killed first is not carried out
                    raise Gone
                if rule.over:
                    return
                rule.lifted.wait(PAUSE)
        finally:
            with self._lock:
                rule.held.remove(entry)

    def _check_clock(self, request: Request) -> None:
        """A request whose time is not AWS's is refused; only looked at while a rule shifts the clock."""
        signed, shift = request.headers.get("X-Amz-Date"), self.shift()
        if not signed or not shift:
            return
        at = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        now = datetime.now(UTC) + timedelta(seconds=shift)
        if abs((now - at).total_seconds()) > self._clock.real(SKEW) + COARSE:
            raise ApiError("InvalidSignatureException", f"Signature not within 5 minutes: {signed}, it is {now}", 403)


def _is(rule: Rule, caller: Caller) -> bool:
    return any(rule.fits(caller=name) for name in (caller.arn, caller.role) if name)


def _named(given: Mapping[str, Any]) -> str:
    return given.get("name") or f"{given['do']} {given.get('operation', '')}".strip()


def _rules(body: bytes, name: str) -> list[Any]:
    """The rules that a request's body has: a list, or one that is called `name`."""
    try:
        rules: Any = json.loads(body)
    except ValueError as error:
        raise _invalid(f"the body is not JSON: {error}") from error
    if name:
        rules = [{**rules, "name": name}] if isinstance(rules, dict) else [rules]
    if not isinstance(rules, list):
        raise _invalid("the body must be a list of rules")
    names = [_named(each) for each in rules if isinstance(each, dict) and "do" in each]
    if len(set(names)) < len(names):
        raise _invalid("two rules have the same name; give each a `name`")
    return rules


def _check(given: Any, operations: Collection[str]) -> None:
    """Refuse a rule that would do nothing, or something else than it says."""
    if not isinstance(given, dict) or given.get("do") not in KINDS:
        raise _invalid(f"{json.dumps(given)} must be an object whose `do` is one of {', '.join(KINDS)}")
    needed, further = KINDS[given["do"]]
    if absent := needed - set(given):
        raise _invalid(f"{given['do']} needs {', '.join(sorted(absent))}")
    if unknown := set(given) - needed - further - {"name", "do", "seconds"}:
        raise _invalid(f"{given['do']} has no {', '.join(sorted(unknown))}")
    for member, (least, most) in _BOUNDS.items():
        value = given.get(member, least)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise _invalid(f"{member} is {json.dumps(value)}, it must be a number from {least:g} to {most:g}")
    if texts := [name for name in set(given) - set(_BOUNDS) if not isinstance(given[name], str)]:
        raise _invalid(f"{', '.join(sorted(texts))} must be text")
    if given.get("when", "before") not in ("before", "after"):
        raise _invalid("when must be before or after")
    pattern = given.get("operation", "*")
    if operations and not any(fnmatchcase(name, pattern) for name in operations):
        raise _invalid(f"the sandbox has no operation {pattern}; write them as sagemaker.UpdateEndpoint or dynamodb.*")


def _invalid(why: str) -> ApiError:
    return ApiError("ValidationException", f"The rule is not valid: {why}.")
