"""What calls do, in the words of `pod`: each is one of a few actions, with the place or attempt it is about.

Which action a call is can be open: an error may be one that the runtime was asked for or not, and
`RemoveContainer` is the garbage collector's whichever rule it follows. The world decides.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fsm import Observation
from specs.kubelet.cri_calls import Call
from specs.kubelet.pod_history import History

NOT_READY = "server is not initialized yet"  # containerd's, with the code UNKNOWN: nothing was asked of it
UNHEARD = "that of a container which is not there"

Placed = tuple[float, Observation]
Seen = tuple[tuple[str, ...], dict[str, Any], str]  # actions, arguments, in words


def deeds(history: History) -> Iterator[Placed]:
    """The calls that do something, each where it was answered."""
    for call in history.deeds:
        restart = history.interrupted(call)
        when = float(call.line) if restart is None else restart.place - 0.25
        seen = OBSERVE[call.name](history, call, when)
        if seen is not None:
            actions, arguments, text = seen
            yield when, Observation(actions, arguments, text=text, line=call.line)


def create(history: History, call: Call, _when: float) -> Seen:
    """A `CreateContainer`: the attempt is that of the metadata, which annotation and log path repeat."""
    one = history.creates[call.line]
    actions: tuple[str, ...] = ("create_call_fails", "create_is_refused")
    answer = call.answer
    if history.came_about(call):
        actions, answer = ("create",), f"OK, id {one.id[:12]}"
    elif history.is_lost(call):
        actions += ("create_times_out",)
        answer = "OK, but no id" if call.code == "OK" and not one.id else answer
    text = f"CreateContainer {history.labels[3]}, attempt {one.attempt}: {answer}"
    return actions, {"attempt": one.count}, text


def start(history: History, call: Call, when: float) -> Seen:
    """A `StartContainer`."""
    container = call.asks("container_id", "")
    actions: tuple[str, ...] = ("start_fails", "start_is_refused")
    if history.came_about(call):
        actions = ("start",)
    elif NOT_READY in call.details:
        actions += ("start_is_never_served",)
    elif history.is_lost(call):
        actions += ("start_is_never_served", "start_times_out", "start_reply_is_lost")
        actions += ("start",) if call.code == "OK" else ()
    place = history.place_of(container, when)
    arguments = {"place": UNHEARD} if place is None else at(history, container, when)
    return actions, arguments, start_text(call, container)


def start_text(call: Call, container: str) -> str:
    """A start in words."""
    return f"StartContainer {container[:12]}: {call.answer}"


def execute(history: History, call: Call, when: float) -> Seen | None:
    """An `ExecSync` that is a hook and passes; what a failed one leads to is seen by its `StopContainer`."""
    container = call.asks("container_id", "")
    if history.hooks.get(container) is not call or not history.came_about(call) or history.fails(call):
        return None
    return ("post_start",), at(history, container, when), f"ExecSync {container[:12]}: {call.answer}"


def stop(history: History, call: Call, when: float) -> Seen | None:
    """A `StopContainer`: after a hook that failed it is that hook's."""
    container = call.asks("container_id", "")
    if history.interrupted(call) is not None:
        return None
    hook = history.hooks.get(container)
    earlier = [
        one
        for one in history.deeds
        if one.name == call.name
        and hook is not None
        and hook.line < one.line < call.line
        and one.asks("container_id", "") == container
    ]
    of_hook = hook is not None and hook.ended_before(call) and history.fails(hook) and not earlier
    ok = call.code == "OK"
    kill = "post_start_fails" if of_hook else "kill" if ok else "kill_fails"
    actions = (kill, "stop_container", "stop_unknown") if ok else (kill, "stop_container_fails")
    arguments = at(history, container, when) | ({"killed": ok} if of_hook else {})
    return actions, arguments, f"StopContainer {container[:12]}: {call.answer}"


def at(history: History, container: str, when: float) -> dict[str, Any]:
    """Where a container stands, as an argument; none if it is gone, or nothing tells where."""
    place = history.place_of(container, when)
    return {} if place is None or not history.is_placed(container, when) else {"place": place}


def remove(history: History, call: Call, when: float) -> Seen | None:
    """A `RemoveContainer` of one that is there."""
    container = call.asks("container_id", "")
    place = history.place_of(container, when)
    if place is None or call.code != "OK":
        return None
    actions = ("collect", "collect_exited", "remove_container")
    return actions, at(history, container, when), f"RemoveContainer {container[:12]}: {call.answer}"


def run_sandbox(history: History, call: Call, _when: float) -> Seen:
    """A `RunPodSandbox`."""
    actions: tuple[str, ...] = ("create_sandbox",) if call.code == "OK" else ()
    if not history.came_about(call):
        actions += ("create_sandbox_fails", "create_sandbox_leaves_one")
    return actions, {}, f"RunPodSandbox: {call.answer}"


def end_sandbox(history: History, call: Call, when: float) -> Seen | None:
    """A `StopPodSandbox` or `RemovePodSandbox` of the pod's newest sandbox."""
    sandbox = call.asks("pod_sandbox_id", "")
    if sandbox != history.newest_sandbox(when) or call.code != "OK":
        return None
    action = "stop_sandbox" if call.name == "StopPodSandbox" else "remove_sandbox"
    return (action,), {}, f"{call.name} {sandbox[:12]}: {call.answer}"


OBSERVE: Mapping[str, Callable[[History, Call, float], Seen | None]] = {
    "CreateContainer": create,
    "StartContainer": start,
    "ExecSync": execute,
    "StopContainer": stop,
    "RemoveContainer": remove,
    "RunPodSandbox": run_sandbox,
    "StopPodSandbox": end_sandbox,
    "RemovePodSandbox": end_sandbox,
}
