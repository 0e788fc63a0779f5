"""The texts of the table's rows, filled in from a request: the ARNs it is about, the values of its condition keys."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import unquote, urlsplit

import jmespath  # type: ignore[import-untyped]
from jmespath import functions

_EXPRESSION = re.compile(r"\{([^{}]+)\}")
_ENTRY = re.compile(r"(.*)\.(?:member|entry)\.(\d+)(?:\.(.*))?")


def _unknown(_: str) -> None:
    return None


def _untagged(_: str) -> Mapping[str, str]:
    return {}


def _unnamed(_: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the account knows beyond the request, as look-ups.

    `key` gives the ARN of the KMS key that a text means: a key's id, alias or ARN, the ARN of a bucket, table, topic
    or endpoint configuration that it encrypts, or a ciphertext in base64. `role` and `boundary` give the ARN of the
    role of a name and of its boundary, `tags` the tags of an ARN, `aliases` a key's names (`alias/...`) by its ARN,
    `configuration` the name of the one that an endpoint serves, by the endpoint's, `connection` the ARN of the one
    that an API destination reaches its address by, by the destination's name. A look-up that finds nothing gives None,
    or what is empty.
    """

    key: Callable[[str], str | None] = _unknown
    role: Callable[[str], str | None] = _unknown
    boundary: Callable[[str], str | None] = _unknown
    configuration: Callable[[str], str | None] = _unknown
    connection: Callable[[str], str | None] = _unknown
    tags: Callable[[str], Mapping[str, str]] = _untagged
    aliases: Callable[[str], Sequence[str]] = _unnamed


def filled(text: str, request: Mapping[str, Any], known: Known) -> Iterator[str]:
    """Every text that `text` stands for, given a request with `_region` and `_account`."""
    expressions = _EXPRESSION.findall(text)
    options = jmespath.Options(custom_functions=_Functions(known, request))
    choices = [_texts(_compiled(expression).search(request, options)) for expression in expressions]
    alone = [expression for expression in expressions if expression not in ("_region", "_account")]
    for values in product(*choices):
        named = [value for value in values if value.startswith("arn:")]
        if named and len(alone) == 1:  # else a member such as an object's key could pass for another resource
            yield named[0]
            continue
        remaining = iter(values)
        yield _EXPRESSION.sub(lambda _, rest=remaining: next(rest), text)  # type: ignore[misc]


def true(expression: str, request: Mapping[str, Any]) -> bool:
    """Whether a row's `when` holds: in JMESPath's sense, so that 0 is true and an empty text is not."""
    found = _compiled(expression).search(request)
    return found is not None and found is not False and found not in ("", [], {})


def nested(form: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a query protocol's form, `Tags.member.1.Key` and `Attributes.entry.1.key`, as JSON has them.

    https://docs.aws.amazon.com/sns/latest/dg/sns-making-api-requests.html
    """
    plain: dict[str, Any] = {}
    lists: dict[str, dict[int, dict[str, Any]]] = {}
    for name, value in form.items():
        entry = _ENTRY.fullmatch(name)
        if entry is None:
            plain[name] = value
        else:
            lists.setdefault(entry[1], {}).setdefault(int(entry[2]), {})[entry[3] or ""] = value
    for name, entries in lists.items():
        items = [nested(entries[number]) for number in sorted(entries)]
        pairs = all(item.keys() == {"key", "value"} for item in items)
        plain[name] = (
            {item["key"]: item["value"] for item in items} if pairs else [item.get("", item) for item in items]
        )
    return plain


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def _of_any(function: Callable[..., Any]) -> Any:
    return functions.signature({"types": []})(function)


class _Functions(functions.Functions):  # type: ignore[misc]
    """What the expressions call beside JMESPath's own functions. Of an absent value each gives none."""

    def __init__(self, known: Known, request: Mapping[str, Any]) -> None:
        self._known = known
        self._request = request

    @_of_any
    def _func_lower(self, text: str | None) -> str | None:
        return text and text.lower()  # SageMaker's ARNs have names in lower case

    @functions.signature({"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_without(self, prefix: str, text: str | None) -> str | None:
        return text and text.removeprefix(prefix)

    @_of_any
    def _func_last(self, path: str | None) -> str | None:
        return path and path.rpartition("/")[2]

    @_of_any
    def _func_host(self, url: str | None) -> str | None:
        return url and urlsplit(url).netloc + urlsplit(url).path.rstrip("/")

    @_of_any
    def _func_group(self, name_or_arn: str | None) -> str | None:
        return name_or_arn and name_or_arn.rpartition("log-group:")[2].removesuffix(":*")

    @_of_any
    def _func_copied(self, source: str | None) -> str | None:
        return source and "arn:aws:s3:::" + unquote(source.partition("?")[0]).removeprefix("/")

    @_of_any
    def _func_bucket(self, object_arn: str | None) -> str | None:
        return object_arn and object_arn.partition("/")[0]

    @_of_any
    def _func_owner(self, name_or_arn: str | None) -> str | None:
        own = str(self._request["_account"])
        return name_or_arn and (name_or_arn.split(":")[4] if name_or_arn.startswith("arn:") else own)

    @functions.signature({"types": []}, {"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_name_or_arn(self, service: str, kind: str, name: str | None) -> str | None:
        place = f"{self._request['_region']}:{self._request['_account']}"
        return name if not name or name.startswith("arn:") else f"arn:aws:{service}:{place}:{kind}{name}"

    @_of_any
    def _func_key(self, text: str | bytes | None) -> str | None:
        named = base64.b64encode(text).decode() if isinstance(text, bytes) else text
        return self._known.key(named) if named else None

    @_of_any
    def _func_role(self, name: str | None) -> str | None:
        return name and (self._known.role(name) or f"arn:aws:iam::{self._request['_account']}:role/{name}")

    @_of_any
    def _func_scaled(self, resource_id: str | None) -> str | None:
        parts = (resource_id or "").split("/")  # endpoint/NAME/variant/VARIANT
        return parts[1].lower() if parts[0] == "endpoint" and len(parts) > 1 else None

    @_of_any
    def _func_served(self, endpoint: str | None) -> str | None:
        return self._known.configuration(endpoint) if endpoint else None

    @_of_any
    def _func_connection(self, destination: str | None) -> str | None:
        return self._known.connection(destination) if destination else None

    @_of_any
    def _func_boundary(self, name: str | None) -> str | None:
        return self._known.boundary(name) if name else None
