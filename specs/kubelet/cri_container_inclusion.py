"""Which behaviours a known runtime has that the CRI's text does not allow: searched for, not said.

Theory. A profile is held to `CriContainer` by the project's own search for a behaviour of one spec that is
none of another's (`fsm.inclusion`). What is found is a shortest run, and its last step is an answer that the
text does not allow there. If a known divergence explains it, that is let pass, and the search begins anew;
it ends when nothing more is found, or with a run that nothing explains.
"""

from dataclasses import dataclass
from types import SimpleNamespace

from fsm.behaviour import Behaviour, Sight
from fsm.capture import Tables
from fsm.declaration import model_of
from fsm.inclusion import Search
from fsm.journey import Journey
from fsm.verdict import Outcome, Trace

from .cri_container_cases import Case, case_of
from .cri_container_divergences import Divergence
from .cri_container_known import Profile
from .cri_container_profiles import profile, tolerant
from .cri_container_rules import Answer
from .cri_container_words import Fate, Reply


@dataclass(frozen=True)
class Found:
    """A behaviour that only a runtime has.

    Args:
        run: a shortest run that ends in it.
        case, answer: its last step.
        divergence: what explains it, if anything does.
    """

    run: Trace
    case: Case
    answer: Answer
    divergence: Divergence | None


def findings(known: Profile) -> tuple[Found, ...]:
    """What a runtime does that `CriContainer` does not allow.

    Args:
        known: the runtime.

    Returns:
        One finding for each divergence, each found with those before it let pass. One without a divergence
        is unexplained, and the last.
    """
    seen: list[Found] = []
    ours = profile(known.name)
    while (
        run := beyond(ours, tolerant(tuple(one.divergence for one in seen if one.divergence)))
    ) is not None:
        case, answer = last_step(ours, run)
        why = next((one for one in known.divergences if one.explains(case, answer)), None)
        seen.append(Found(run, case, answer, why))
        if why is None:
            break
    return tuple(seen)


def beyond(ours: type, theirs: type) -> Trace | None:
    """The shortest run that only the first of two specs has; nothing if there is none.

    Raises:
        RuntimeError: if it cannot be known.
    """
    first, second = model_of(ours), model_of(theirs)
    sight = Sight.of(first, second)
    mine, other = (Behaviour(Tables(one), sight) for one in (first, second))
    inclusion = Search(mine, other, sight, (first.name, second.name)).search()
    if inclusion.outcome is Outcome.UNKNOWN:
        raise RuntimeError(f"{first.name} in {second.name}: {inclusion.reason}")
    return inclusion.run


def last_step(ours: type, run: Trace) -> tuple[Case, Answer]:
    """What the last call of a run met, and what was answered."""
    journey = Journey(model_of(ours))
    journey.follow(run)
    (_, before), (event, _) = journey.path[-2:]
    assert event is not None
    case = case_of(event.action.name, SimpleNamespace(**journey.model.layout.unpack(before)))
    assert case is not None
    return case, Answer(event.named.get("reply", Reply.OK), event.named.get("fate", Fate.KEPT))
