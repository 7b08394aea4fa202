"""What replies show, in the words of `pod`: the instances by place, newest first, and the newest sandbox.

A list of everything is a look at all places; `ContainerStatus` and a list of what runs are looks at some, and
are passed over while a container may be there that no list has shown. A reply is not asked for what a call
changes that was under way meanwhile: for no place if it creates or removes, for no state of its container if
it starts or stops one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fsm import AnyOf, Observation
from fsm.errors import LogError
from specs.kubelet.cri_calls import Call, Shown, shows_all
from specs.kubelet.node import LAST, PLACES, Policy, Sandbox, State
from specs.kubelet.pod_deeds import Placed
from specs.kubelet.pod_history import History

STATES = {
    "CREATED": (State.CREATED, State.STARTING),
    "RUNNING": (State.RUNNING,),
    "EXITED": (State.FAILED,),
    "UNKNOWN": (State.UNKNOWN,),
}
STILL = tuple(state for state in State if state not in (State.RUNNING, State.ABSENT))

READY_ONLY: Mapping[str, Any] = {"state": {}}  # `SANDBOX_READY` is proto3's zero
RUNNING_ONLY: Mapping[str, Any] = {"state": {"state": "CONTAINER_RUNNING"}}


def looks(history: History, policy: str) -> Iterator[Placed]:
    """The replies that show the world, each where it was given."""
    for look in history.looks:
        state, text = look_at(history, look, policy)
        relists = history.is_whole(look) or (look.name == "ContainerStatus" and look.line in history.shown_in)
        if relists or state:
            actions = ("relist",) if relists else ()
            text = f"{look.name} shows {text or 'what was changing'}"
            yield look.line, Observation(actions, state=state, text=text, line=look.line)


def look_at(history: History, look: Call, policy: str) -> tuple[dict[str, Any], str]:
    """What a reply shows of the world, and in words; nothing if it shows nothing that could be told."""
    if look.name.endswith("PodSandbox") or look.name == "PodSandboxStatus":
        return sandbox_look(history, look)
    meanwhile = history.meanwhile(look)
    if {call.name for call in meanwhile} & {"CreateContainer", "RemoveContainer", "RemovePodSandbox"}:
        return {}, ""
    moving = {call.asks("container_id", "") for call in meanwhile if "container_id" in call.request}
    all_move = any(call.name == "StopPodSandbox" for call in meanwhile)
    there = history.shown_in.get(look.line, [])
    if history.is_whole(look):
        found: dict[str, Any] = {}
        newest = history.newest_sandbox(look.line)
        for at, one in zip(PLACES, there, strict=False):
            found[f"instances[{at}].attempt"] = one.count
            if newest and not any(call.name == "RunPodSandbox" for call in meanwhile):
                found[f"instances[{at}].old"] = one.sandbox != newest
            if one.id not in moving and not all_move:
                found[f"instances[{at}].state"] = AnyOf(states(history, one, policy))
        if len(there) <= LAST:
            found[f"instances[{len(there)}].state"] = State.ABSENT
        return found, ", ".join(map(words, there)) or "no container"
    if all_move or history.is_unsure(look.line):
        return {}, ""
    only_running = look.asks("filter", dict[str, Any]()) == RUNNING_ONLY
    if look.name != "ContainerStatus" and not only_running:
        return {}, ""
    shown = {one.id: one for one in there}
    found = {}
    for name in history.instances if only_running else shown:
        place = history.place_of(name, look.line)
        if place is not None and place <= LAST and name not in moving:
            allowed = states(history, shown[name], policy) if name in shown else STILL
            found[f"instances[{place}].state"] = AnyOf(allowed)
    listed = ", ".join(map(words, there)) or "nothing"
    return found, f"{listed} as running" if only_running else listed


def sandbox_look(history: History, look: Call) -> tuple[dict[str, Any], str]:
    """What a reply shows of the pod's newest sandbox."""
    if any(call.name.endswith("PodSandbox") for call in history.meanwhile(look)):
        return {}, ""
    newest = history.newest_sandbox(look.line)
    there = [one.id for one in history.sandboxes if one.call is look]
    if look.asks("filter", dict[str, Any]()) == READY_ONLY and look.name == "ListPodSandbox":
        if newest in there:
            return {"sandbox": Sandbox.READY}, "the newest sandbox as ready"
        return {"sandbox": AnyOf((Sandbox.LOST, Sandbox.NONE))}, "no newest sandbox as ready"
    of_newest = look.name == "PodSandboxStatus" and there == [newest]
    if not of_newest and not shows_all(look, history.labels, "ListPodSandbox"):
        return {}, ""
    shown = sandbox_shown(history, look)
    return {"sandbox": shown}, f"the newest sandbox: {shown.value}"


def sandbox_shown(history: History, look: Call) -> Sandbox:
    """How a reply shows the pod's newest sandbox."""
    there = [one for one in history.sandboxes if one.call is look]
    if not there:
        return Sandbox.NONE
    newest = max(there, key=lambda one: one.created_at)
    return Sandbox.READY if newest.ready else Sandbox.LOST


def states(history: History, one: Shown, policy: str) -> tuple[State, ...]:
    """The states of the world that a container may be in that is shown like this; the likeliest first.

    Raises:
        LogError: if it is shown in a state that the CRI does not have.
    """
    if one.state not in STATES:
        known = ", ".join(f"CONTAINER_{name}" for name in STATES)
        raise LogError(f"{one.call.line}: a container is in the state {one.state!r:.60}; the CRI has {known}")
    if one.state != "EXITED" or policy != Policy.ON_FAILURE.value:
        return STATES[one.state]
    code = history.exit_codes.get(one.id)
    both = (State.FAILED, State.SUCCEEDED)
    return both if code is None else both[:1] if code else both[1:]


def words(one: Shown) -> str:
    """A container that is shown, in words."""
    return f"{one.id[:12]} (attempt {one.attempt}, {one.state.lower()})"
