"""Recorded CRI calls: JSON lines as a proxy between a kubelet and its runtime writes them.

One line for each call, in the order in which the calls *ended*:

    {"n": 30, "t": 1795445244.82, "ms": 36.8, "svc": "runtime.v1alpha2.RuntimeService",
     "call": "CreateContainer", "req": {...}, "code": "OK", "resp": {...}}

`t` is when it was sent (seconds), `ms` how long it took; `req` and `resp` have the field names of
`api.proto`, and what proto3 leaves out is its zero: no `attempt` is attempt 0. A line without `n` is a note.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fsm.errors import LogError
from fsm.recording import Line

SERVICES = ("runtime.v1.", "runtime.v1alpha2.")

LABELS = (
    "io.kubernetes.pod.namespace",
    "io.kubernetes.pod.name",
    "io.kubernetes.pod.uid",
    "io.kubernetes.container.name",
)
RESTART_COUNT = "io.kubernetes.container.restartCount"

LATEST = 1e12  # seconds: no time is later
CLOCK = 0.001  # seconds: how exact `t` and `ms` are

KINDS = {int: "a whole number", str: "a text", dict: "an object", list: "an array"}

Labels = tuple[str, ...]  # the values of LABELS
T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One CRI call.

    Args:
        line: where it stands in the recording, which is in the order in which calls ended.
        service: `runtime.v1.RuntimeService`.
        name: `CreateContainer`.
        sent, ended: when, in seconds.
        code: gRPC's.
        details: what came with an error.
        request: as `api.proto` has it.
        response: the same; empty with an error, since the caller got none.
    """

    line: int
    service: str
    name: str
    sent: float
    ended: float
    code: str
    details: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]

    @property
    def answer(self) -> str:
        """The code, and what came with it, in few words."""
        return f"{self.code}: {self.details[:120]}" if self.details else self.code

    def open_at_the_end_of(self, other: "Call") -> bool:
        """Whether this call ended after the other one, and was sent before the other one had ended."""
        return self.line > other.line and self.sent <= other.ended + CLOCK

    def ended_before(self, other: "Call") -> bool:
        """Whether this call had ended when the other one was sent."""
        return self.line < other.line and not other.open_at_the_end_of(self)

    def asks(self, path: str, zero: T) -> T:
        """A part of the request."""
        return part(self.line, self.request, path, zero)

    def says(self, path: str, zero: T) -> T:
        """A part of the response."""
        return part(self.line, self.response, path, zero)


@dataclass(frozen=True)
class Create:
    """A `CreateContainer`.

    Args:
        count: the restart count, or a text if the three places that it stands in differ.
        attempt: the CRI attempt, the first of these places.
        id: what was created; empty if the caller saw an error.
    """

    call: Call
    count: int | str
    attempt: int
    id: str
    sandbox: str


@dataclass(frozen=True)
class Shown:
    """A container in a reply of `ListContainers` or `ContainerStatus`.

    Args:
        count: the restart count, or a text if attempt and annotation differ.
        read: the restart count as a kubelet reads it: the annotation's, or else 0.
        created_at: in nanoseconds, by the runtime's clock.
        state: as `api.proto` names it, without its prefix: `CREATED`, `RUNNING`, `EXITED` or `UNKNOWN`.
        exit_code: of one that has exited, where the reply tells it; a list does not.
    """

    call: Call
    count: int | str
    attempt: int
    id: str
    sandbox: str
    read: int
    created_at: int
    state: str
    exit_code: int | None

    @property
    def started(self) -> bool:
        """Whether its state is one that only a start leads to."""
        return self.state != "CREATED"


@dataclass(frozen=True)
class ShownSandbox:
    """A sandbox in a reply of `ListPodSandbox` or `PodSandboxStatus`.

    Args:
        pod: the pod's uid.
        created_at: in nanoseconds, by the runtime's clock.
    """

    call: Call
    pod: str
    id: str
    created_at: int
    ready: bool


def calls_of(lines: Sequence[Line]) -> list[Call]:
    """The CRI calls among the lines.

    Raises:
        LogError: for a line with `n` that is none, or if there is no call at all.
    """
    calls = [_call(line.number, line.data) for line in lines if "n" in line.data]
    if not calls:
        raise LogError(
            f"{lines[0].number}: no recording of CRI calls: no line has `n`, `svc`, `call` and `code`"
        )
    return calls


def create_of(call: Call) -> tuple[Labels, Create]:
    """What a `CreateContainer` creates, and whose it is."""
    config = call.asks("config", dict[str, Any]())
    labels = _labels(call.line, config)
    if labels is None:
        raise LogError(f"{call.line}: CreateContainer without the labels of a kubelet: {', '.join(LABELS)}")
    attempt = call.asks("config.metadata.attempt", 0)
    written = call.asks("config.annotations", dict[str, Any]()).get(RESTART_COUNT)
    path = call.asks("config.log_path", "")
    logged = path.removeprefix(f"{labels[-1]}/").removesuffix(".log")
    return labels, Create(
        call,
        _agreed(("attempt", str(attempt)), ("annotation", written), ("log path", logged)),
        attempt,
        call.says("container_id", ""),
        call.asks("pod_sandbox_id", ""),
    )


def shown_by(call: Call) -> Iterator[tuple[Labels, Shown]]:
    """The containers that a reply shows, and whose they are; only those with a kubelet's labels."""
    if call.name == "ListContainers":
        found = call.says("containers", list[Any]())
    elif call.name == "ContainerStatus" and call.response:
        found = [call.says("status", dict[str, Any]())]
    else:
        found = []
    for one in found:
        if not isinstance(one, dict):
            raise LogError(f"{call.line}: `resp` lists {one!r:.60}, where it lists containers")
        labels = _labels(call.line, one)
        if labels is not None:
            yield labels, _shown(call, one)


def sandboxes_shown_by(call: Call) -> Iterator[ShownSandbox]:
    """The sandboxes that a reply shows; only those with a pod's uid."""
    if call.name == "ListPodSandbox":
        found = call.says("items", list[Any]())
    elif call.name == "PodSandboxStatus" and call.response:
        found = [call.says("status", dict[str, Any]())]
    else:
        found = []
    for one in found:
        if not isinstance(one, dict):
            raise LogError(f"{call.line}: `resp` lists {one!r:.60}, where it lists sandboxes")
        uid = part(call.line, one, "metadata.uid", "")
        created = part(call.line, one, "created_at", "0")
        ready = part(call.line, one, "state", "SANDBOX_READY") == "SANDBOX_READY"
        if uid:
            name = part(call.line, one, "id", "")
            yield ShownSandbox(call, uid, name, int(created) if _is_decimal(created) else 0, ready)


def shows_all(call: Call, labels: Labels = (), of: str = "ListContainers") -> bool:
    """Whether it is a list that hides no container (or sandbox), or none of the pod with these labels."""
    if call.name != of or call.code != "OK":
        return False
    asked = call.asks("filter", dict[str, Any]())
    if "state" in asked or any(asked[name] for name in asked if name != "label_selector"):
        return False  # an empty `state` asks for the state that is proto3's zero
    own = dict(zip(LABELS, labels, strict=False))
    return all(
        own.get(name) == value for name, value in call.asks("filter.label_selector", dict[str, Any]()).items()
    )


def part(line: int, data: Mapping[str, Any], path: str, zero: T) -> T:
    """What stands at a dotted path: its zero where it was left out; raises `LogError` for another type."""
    *outer, last = path.split(".")
    for name in outer:
        data = part(line, data, name, dict[str, Any]())
    value = data.get(last)
    if value is None:
        return zero
    if type(value) is not type(zero):
        raise LogError(f"{line}: `{path}` is {value!r:.60}, where a recording has {KINDS[type(zero)]}")
    return value


def _call(line: int, data: Mapping[str, Any]) -> Call:
    part(line, data, "n", 0)
    service, name, code = (part(line, data, key, "") for key in ("svc", "call", "code"))
    if not service.startswith(SERVICES) or not name or not code:
        raise LogError(
            f"{line}: no CRI call: it has `n`, so `svc` must be a CRI service such as "
            "`runtime.v1.RuntimeService`, and `call` and `code` must be there"
        )
    sent, took = _number(line, data, "t"), _number(line, data, "ms")
    request = part(line, data, "req", dict[str, Any]())
    response = part(line, data, "resp", dict[str, Any]()) if code == "OK" else {}
    details = part(line, data, "details", "")
    return Call(line, service, name, sent, sent + took / 1000, code, details, request, response)


def _number(line: int, data: Mapping[str, Any], key: str) -> float:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > LATEST:
        raise LogError(f"{line}: `{key}` is {value!r:.60}, where a recorded CRI call has a number")
    return float(value)


def _shown(call: Call, container: Mapping[str, Any]) -> Shown:
    def of(path: str, zero: T) -> T:
        return part(call.line, container, path, zero)

    attempt = of("metadata.attempt", 0)
    written = of("annotations", dict[str, Any]()).get(RESTART_COUNT)
    created = of("created_at", "0")
    state = of("state", "CONTAINER_CREATED").removeprefix("CONTAINER_")
    return Shown(
        call,
        count=_agreed(("attempt", str(attempt)), ("annotation", written)),
        attempt=attempt,
        id=of("id", ""),
        sandbox=of("pod_sandbox_id", ""),
        read=int(written) if _is_decimal(written) else 0,
        created_at=int(created) if _is_decimal(created) else 0,
        state=state,
        exit_code=of("exit_code", 0) if state == "EXITED" and call.name == "ContainerStatus" else None,
    )


def _labels(line: int, container: Mapping[str, Any]) -> Labels | None:
    labels = part(line, container, "labels", dict[str, Any]())
    found = tuple(labels.get(name) for name in LABELS)
    return found if all(isinstance(one, str) and one for one in found) else None


def _agreed(*places: tuple[str, Any]) -> int | str:
    """The number that all places give; a text that says how they differ if they do."""
    first = places[0][1]
    if _is_decimal(first) and all(text == first for _, text in places):
        return int(first)
    return ", ".join(f"{name} {text}" for name, text in places)


def _is_decimal(text: Any) -> bool:
    """Whether it is a number as a kubelet writes it."""
    return isinstance(text, str) and text.isascii() and text.isdecimal() and str(int(text[:20])) == text
