"""Rules: which call fails, and how.

As JSON, which is how recordings keep them and how a record shows the one that fired:

    {"method": "CreateContainer", "nth": 2, "action": "error", "code": "UNKNOWN", "details": "…"}

or as a line of text: `CreateContainer#2 error UNKNOWN "…"`, `StopContainer container=main delay_before 1.5`.

    error           the runtime never hears of the call; the caller sees `code` and `details`
    drop_reply      the runtime does it; the caller sees `code` and `details`, by default that of a deadline
    delay_before    the call is held for `seconds`, then goes on
    delay_after     the runtime does it, and the reply is held for `seconds`
    cut_before      the runtime never hears of it; the connections of all callers are closed
    cut_after       the runtime does it; then the same
    hang_before     the runtime never hears of it; the caller waits until its own deadline
    hang_after      the runtime does it; then the same
"""

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ...errors import KubeletError, StatusCode
from .reading import METHODS

__all__ = ["ACTIONS", "Rule", "RuleError", "read_rules", "rule_of", "rule_of_text"]

ACTIONS = {
    "error": {"code", "details"},
    "drop_reply": {"code", "details"},
    "delay_before": {"seconds"},
    "delay_after": {"seconds"},
    "cut_before": set[str](),
    "cut_after": set[str](),
    "hang_before": set[str](),
    "hang_after": set[str](),
}
"""Each action, and what only some have."""

CONDITIONS = ("container", "pod", "attempt")
FIELDS = ("method", "nth", *CONDITIONS, "action", "code", "details", "seconds")
NAMES = frozenset(method.name for method in METHODS.values())
CODES = [code.name for code in StatusCode if code is not StatusCode.OK]
LONGEST = 86_400.0  # seconds: a day
FORM = "METHOD[#NTH] [container=NAME] [pod=NAME] [attempt=N] ACTION [CODE] [TEXT] [SECONDS]"


class RuleError(KubeletError):
    """A rule that is none; the text says where it stands, what is wrong, and what to write."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    Args:
        method: `CreateContainer` in whatever version of the CRI, `grpc.health.v1.Health/Check`, or `*`.
        action: one of `ACTIONS`.
        nth: which of the calls that match, from 1; None for every one.
        container, pod: names; None for whatever they are.
        attempt: of the container, in range(2**32).
        code: the name of a gRPC code.
        details: the text beside it.
        seconds: how long a delay lasts.
    """

    method: str
    action: str
    nth: int | None = None
    container: str | None = None
    pod: str | None = None
    attempt: int | None = None
    code: str = ""
    details: str = ""
    seconds: float = 0.0

    def is_about(self, service: str, name: str) -> bool:
        """Whether it speaks of this method."""
        return self.method in ("*", name, f"{service}/{name}")

    def data(self) -> dict[str, Any]:
        """As JSON; what it does not say is left out."""
        kept = {"action", *ACTIONS[self.action]}
        values = {name: getattr(self, name) for name in FIELDS}
        rest = ACTIONS["error"] | ACTIONS["delay_before"]
        return {
            name: one
            for name, one in values.items()
            if name in kept or (name not in rest and one is not None)
        }

    def __str__(self) -> str:
        words = [self.method if self.nth is None else f"{self.method}#{self.nth}"]
        words += [
            shlex.quote(f"{name}={getattr(self, name)}")
            for name in CONDITIONS
            if getattr(self, name) is not None
        ]
        words += [self.action, *([self.code] if self.code else [])]
        words += [json.dumps(self.details, ensure_ascii=False)] if self.details else []
        words += [f"{self.seconds:g}"] if "seconds" in ACTIONS[self.action] else []
        return " ".join(words)


def read_rules(file: str | Path) -> list[Rule]:
    """The rules in a file of JSON: a list of them, as `*.faults.json` beside recordings.

    Raises:
        RuleError: if it cannot be read, or for the first rule that is wrong.
    """
    try:
        data = json.loads(Path(file).read_text("utf-8"))
    except OSError as error:
        raise RuleError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RuleError(f"{file} is no text: rules are JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        raise RuleError(f"{file}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise RuleError(f"{file}: no list of rules: it is nested too deep") from None
    if not isinstance(data, list):
        raise RuleError(f"{file}: it holds {_shown(data)}, where rules are a list: [{{…}}, {{…}}]")
    return [rule_of(one, f"{file}: rule {number}") for number, one in enumerate(data, 1)]


def rule_of(data: Any, where: str = "rule") -> Rule:
    """A rule from JSON.

    Args:
        data: an object with some of the fields of `Rule`.
        where: how messages begin.

    Raises:
        RuleError: if it is none.

    >>> print(rule_of({"method": "CreateContainer", "nth": 1, "action": "drop_reply"}))
    CreateContainer#1 drop_reply DEADLINE_EXCEEDED "context deadline exceeded"
    """
    if not isinstance(data, Mapping):
        raise RuleError(f'{where}: {_shown(data)} is no rule: write {{"method": …, "action": …}}')
    for name in data:
        if name not in FIELDS:
            raise RuleError(f"{where}: there is no `{name}` in a rule: {_did_you_mean(name, FIELDS)}")
    method = _method(data.get("method"), where)
    action = data.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise RuleError(f"{where}: `action` is {_shown(action)}: {_did_you_mean(action, ACTIONS)}")
    for name in ("code", "details", "seconds"):
        if name in data and name not in ACTIONS[action]:
            raise RuleError(f"{where}: `{action}` has no `{name}`: leave it out")
    code, details = _status(data, action, where)
    return Rule(
        method,
        action,
        _count(data, "nth", 1, where),
        _name(data, "container", where),
        _name(data, "pod", where),
        _count(data, "attempt", 0, where),
        code,
        details,
        _seconds(data, where) if "seconds" in ACTIONS[action] else 0.0,
    )


def rule_of_text(text: str) -> Rule:
    """A rule from a line of text.

    Args:
        text: `METHOD[#NTH] [container=NAME] [pod=NAME] [attempt=N] ACTION [CODE] [TEXT] [SECONDS]`.

    Raises:
        RuleError: if it is none.

    >>> rule_of_text('CreateContainer#2 error UNKNOWN "is reserved"').data()
    {'method': 'CreateContainer', 'nth': 2, 'action': 'error', 'code': 'UNKNOWN', 'details': 'is reserved'}
    >>> rule_of_text("StopContainer container=main delay_before 1.5").seconds
    1.5
    """
    where = f"`{text}`"
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise RuleError(f"{where}: {str(error)[0].lower()}{str(error)[1:]}: a rule is {FORM}") from None
    if not words:
        raise RuleError(f"an empty text is no rule: write {FORM}")
    method, mark, nth = words.pop(0).partition("#")
    data: dict[str, Any] = {"method": method}
    if mark:
        data["nth"] = _written_count("nth", nth, where)
    while words and words[0].partition("=")[0] in CONDITIONS and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        data[name] = _written_count(name, value, where) if name == "attempt" else value
    if not words:
        raise RuleError(f"{where}: it does not say what happens: write {FORM}")
    action = data["action"] = words.pop(0).replace("-", "_")
    takes = ACTIONS.get(action, set())
    if "seconds" in takes:
        data["seconds"] = _written_seconds(words.pop(0), where) if words else None
    if "code" in takes and words:
        data["code"] = words.pop(0)
    if "details" in takes and words:
        data["details"] = " ".join(words)
    elif words and action in ACTIONS:
        raise RuleError(f"{where}: `{action}` takes no `{words[0]}`: a rule is {FORM}")
    return rule_of(data, where)


def _method(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise RuleError(f"{where}: `method` is {_shown(value)}: name one, such as CreateContainer, or *")
    path = value.strip("/")
    if path != "*" and path not in NAMES and "/" not in path:
        raise RuleError(
            f"{where}: the CRI has no method `{value}`: {_did_you_mean(value, sorted(NAMES))} One of another "
            "service is written with it: grpc.health.v1.Health/Check"
        )
    return path


def _status(data: Mapping[str, Any], action: str, where: str) -> tuple[str, str]:
    if "code" not in ACTIONS[action]:
        return "", ""
    code, details = data.get("code"), data.get("details", "")
    if action == "drop_reply" and code is None:
        code, details = "DEADLINE_EXCEEDED", data.get("details", "context deadline exceeded")
    if code == "OK":
        raise RuleError(f"{where}: `code` is OK, which is no error: {_did_you_mean('', CODES)}")
    if not isinstance(code, str) or code not in CODES:
        raise RuleError(f"{where}: `code` is {_shown(code)}: {_did_you_mean(code, CODES)}")
    if not isinstance(details, str):
        raise RuleError(f"{where}: `details` is {_shown(details)}, where it is a text")
    return code, details


def _count(data: Mapping[str, Any], name: str, least: int, where: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if type(value) is not int or not least <= value < 2**32:
        raise RuleError(f"{where}: `{name}` is {_shown(value)}, where it is a whole number from {least} on")
    return value


def _name(data: Mapping[str, Any], name: str, where: str) -> str | None:
    value = data.get(name)
    if value is not None and (not isinstance(value, str) or not value):
        raise RuleError(f"{where}: `{name}` is {_shown(value)}, where it is a name")
    return value


def _seconds(data: Mapping[str, Any], where: str) -> float:
    value = data.get("seconds")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LONGEST:
        raise RuleError(
            f"{where}: `seconds` is {_shown(value)}: `{data['action']}` says how many, more than 0 and at "
            "most a day"
        )
    return float(value)


def _written_count(name: str, text: str, where: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 10:
        raise RuleError(f"{where}: `{name}` is {_shown(text)}, where it is a whole number")
    return int(text)


def _written_seconds(text: str, where: str) -> float:
    number, scale = (text[:-2], 0.001) if text.endswith("ms") else (text.removesuffix("s"), 1.0)
    try:
        value = float(number) * scale
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise RuleError(f"{where}: `{text}` is no time: write 1.5 (seconds) or 200ms")
    return value


def _shown(value: Any) -> str:
    return "missing" if value is None else f"{value!r:.60}"


def _did_you_mean(word: Any, known: Sequence[str] | Mapping[str, Any]) -> str:
    near: list[str] = []
    if isinstance(word, str) and word:
        near = [one for one in known if one.startswith(word)] or get_close_matches(word, known, n=2)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}."
