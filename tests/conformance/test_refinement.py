"""Step 2 of `startContainer`, specified alone, and all of it in v1.18 do the same as far as both go.

Each state of the large spec shows a state of the small one. Every step of the large one is then a step of the
small one, or nothing; and the large one can always do, after steps that show nothing, what the small one can.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fsm import model_of
from fsm.explorer import explore
from specs.kubelet import container_creation as small
from specs.kubelet.start_call import MOST, Container
from specs.kubelet.start_container import start_container
from specs.kubelet.start_events import Error, Event
from specs.kubelet.start_phases import Phase

State = tuple[tuple[str, Any], ...]
Label = tuple[str, tuple[tuple[str, Any], ...]]
Edge = tuple[Any, Label, Any]

EVENTS = {
    Event.CREATED: small.CREATED,
    Event.TARGET: small.Message.TARGET,
    Event.CONFIG: small.Message.CONFIG,
    Event.CREATE: small.Message.CREATE,
    Event.PRE_START: small.Message.PRE_START,
}
ERRORS = {
    Error.CREATE_CONTAINER_CONFIG: small.Error.CREATE_CONTAINER_CONFIG,
    Error.CREATE_CONTAINER: small.Error.CREATE_CONTAINER,
    Error.PRE_START_HOOK: small.Error.PRE_START_HOOK,
}
BEFORE = {Phase.PENDING, Phase.IMAGE_READY, Phase.REF_GENERATED}
SAME = {
    Phase.COUNTED: small.Phase.REF_GENERATED,
    Phase.CONFIGURED: small.Phase.CONFIGURED,
    Phase.CREATED: small.Phase.CREATED,
}
SHOWN = {
    "get_target_id", "target_is_missing", "generate_config", "generate_config_fails",
    "create", "create_is_refused", "create_reply_is_lost", "pre_start", "pre_start_fails",
}  # fmt: skip


def shown(state: dict[str, Any]) -> dict[str, Any]:
    """What a state of `startContainer` is for step 2."""
    kept = {name: state[name] for name in ("kind", "newest", "status_seen", "restart_count")}
    phase = state["phase"]
    failed = phase is Phase.FAILED and state["error"] in ERRORS
    if phase in BEFORE or (phase is Phase.FAILED and not failed and Event.CREATED not in state["events"]):
        return {
            **kept,
            "phase": small.Phase.PENDING, "ref_made": False, "ref_stored": False, "target": None,
            "config": small.Config.NOT_YET, "cleanup": small.Cleanup.NONE, "container": False,
            "error": small.Error.NONE, "events": (),
        }  # fmt: skip
    now = small.Phase.FAILED if failed else SAME.get(phase, small.Phase.PRE_STARTED)
    ended = now in small.ENDED
    told = [EVENTS[event] for event in state["events"] if event in EVENTS]
    warning = (small.Type.WARNING, small.Reason.FAILED)
    events = tuple(one if isinstance(one, small.Event) else small.Event(*warning, one) for one in told)
    config = small.Config.NOT_YET if now is small.Phase.REF_GENERATED else small.Config.GENERATED
    if events and events[0].message is small.Message.CONFIG:
        config = small.Config.FAILED
    if events and events[0].message is small.Message.TARGET:
        config = small.Config.NOT_YET
    owed = state["cleanup"] is small.Cleanup.OWED
    return {
        **kept,
        "phase": now,
        "ref_made": state["ref_made"],
        "ref_stored": state["ref_made"] and now is small.Phase.PRE_STARTED,
        "target": state["target"],
        "config": config,
        "cleanup": small.Cleanup.RUN if ended and owed else state["cleanup"],
        "container": state["container"] is not Container.NONE,
        "error": ERRORS[state["error"]] if failed else small.Error.NONE,
        "events": events,
    }


def label(before: dict[str, Any], action: str, arguments: dict[str, Any]) -> Label | None:
    """What a step of `startContainer` is for step 2; None if it is nothing."""
    if action == "count_restarts":
        return ("generate_ref" if before["ref_made"] else "generate_ref_fails", ())
    if action == "next_sync" and shown(before)["phase"] is not small.Phase.PENDING:
        return ("next_sync", ())
    return (action, tuple(arguments.items())) if action in SHOWN else None


def beyond(action: str, arguments: dict[str, Any]) -> bool:
    """Whether a step is of a world that step 2 does not know: there, containers stay."""
    return action == "next_sync_finds_nothing" or arguments.get("left") is Container.REMOVED


def frozen(state: dict[str, Any], names: list[str]) -> State:
    return tuple((name, state[name]) for name in names)


def edges_of(spec: Any) -> Iterator[tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]]:
    """Every transition: the state before, the action, its arguments, the state after."""
    model = model_of(spec)
    graph = explore(model)
    states = [model.layout.unpack(state) for state in graph.states]
    for place, state in enumerate(graph.states):
        for number, after in graph.successors(state):
            event = model.events[number]
            yield states[place], event.action.name, dict(event.named), states[graph.states.place(after)]


def names_of(spec: Any) -> list[str]:
    return [variable.name for variable in model_of(spec).variables]


def initial_of(spec: Any) -> list[dict[str, Any]]:
    model = model_of(spec)
    graph = explore(model)
    return [model.layout.unpack(graph.states[place]) for place in range(graph.initial)]


SMALL, LARGE = small.container_creation(MOST), start_container("1.18")
OURS, THEIRS = names_of(SMALL), names_of(LARGE)


@cache
def small_edges() -> set[Edge]:
    return {
        (frozen(before, OURS), (action, tuple(arguments.items())), frozen(after, OURS))
        for before, action, arguments, after in edges_of(SMALL)
    }


@cache
def large_edges() -> tuple[set[Edge], dict[State, State]]:
    """The transitions in worlds where containers stay, and what each of their states shows."""
    leaving: dict[State, list[tuple[Label | None, State]]] = {}
    shows: dict[State, State] = {}
    for before, action, arguments, after in edges_of(LARGE):
        if not beyond(action, arguments):
            here, there = frozen(before, THEIRS), frozen(after, THEIRS)
            shows[here], shows[there] = frozen(shown(before), OURS), frozen(shown(after), OURS)
            leaving.setdefault(here, []).append((label(before, action, arguments), there))
    found: set[Edge] = set()
    waiting = [frozen(state, THEIRS) for state in initial_of(LARGE)]
    seen = set(waiting)
    while waiting:
        here = waiting.pop()
        for told, there in leaving.get(here, ()):
            found.add((here, told, there))  # type: ignore[arg-type]
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return found, {state: shows[state] for state in seen}


def test_every_step_of_the_large_spec_is_one_of_the_small_spec_or_none():
    ours = small_edges()
    theirs, shows = large_edges()
    strange = [
        (shows[before], told, shows[after])
        for before, told, after in theirs
        if (
            shows[before] != shows[after] if told is None else (shows[before], told, shows[after]) not in ours
        )
    ]
    assert strange == []


def test_every_behaviour_of_the_small_spec_is_one_of_the_large_spec():
    ours = small_edges()
    theirs, shows = large_edges()
    quiet: dict[State, set[State]] = {state: {state} for state in shows}
    changed = True
    while changed:  # which states each can come to by steps that show nothing
        changed = False
        for before, told, after in theirs:
            if told is None and not quiet[after] <= quiet[before]:
                quiet[before] |= quiet[after]
                changed = True
    steps: dict[tuple[State, Label], set[State]] = {}
    for before, told, after in theirs:
        steps.setdefault((before, told), set()).add(after)
    wanted: dict[State, set[tuple[Label, State]]] = {}
    for before, told, after in ours:
        wanted.setdefault(before, set()).add((told, after))

    able = set(shows)  # the states that can still do all that the small spec can: the greatest simulation

    def can(state: State) -> bool:
        return all(
            any(
                reached in able and shows[reached] == after
                for through in quiet[state]
                for reached in steps.get((through, told), ())
            )
            for told, after in wanted.get(shows[state], ())
        )

    while lost := {state for state in able if not can(state)}:
        able -= lost
    begins = {frozen(state, THEIRS) for state in initial_of(LARGE)}
    assert begins <= able
    assert {shows[state] for state in begins} == {frozen(state, OURS) for state in initial_of(SMALL)}


def test_the_large_spec_shows_every_step_of_the_small_one():
    theirs, shows = large_edges()
    assert {(shows[a], told, shows[b]) for a, told, b in theirs if told is not None} == small_edges()
