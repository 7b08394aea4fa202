"""Situations and cells: every call in every situation of a container and its sandbox.

A *situation* is a state of `CriContainer` with a name; a *cell* is a situation and a call that may be made
there, or something that befalls the runtime there and that it then tells of.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from .cri_container_cases import CASES, WORLD_CASES, Case, case_of
from .cri_container_words import Container, Exit, Name, Other, Sandbox, is_listed


@dataclass(frozen=True)
class Situation:
    """A state of the spec with a name; `only` names the calls that are asked there, if not all are."""

    slug: str
    container: Container = Container.ABSENT
    sandbox: Sandbox = Sandbox.READY
    name: Name = Name.FREE
    exit: Exit = Exit.NONE
    other: Other = Other.NONE
    startable: bool = False
    only: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.slug

    @property
    def state(self) -> dict[str, Any]:
        """The values of the spec's variables."""
        return {
            "container": self.container,
            "sandbox": self.sandbox,
            "name": self.name,
            "exit": self.exit,
            "other": self.other,
            "startable": self.startable,
            "faithful": is_listed(self),
        }


def there(slug: str, container: Container, **rest: Any) -> Situation:
    """A situation with a container."""
    return Situation(slug, container, name=Name.HELD, **rest)


NOT_READY = Sandbox.NOT_READY
CREATED, RUNNING, EXITED = Container.CREATED, Container.RUNNING, Container.EXITED
SITUATIONS = (
    Situation("no-sandbox", sandbox=Sandbox.ABSENT),
    Situation("absent"),
    Situation("absent-after-failure", name=Name.TRIED, only=("create_container",)),
    Situation("absent-sandbox-not-ready", sandbox=NOT_READY),
    there("created", CREATED, startable=True),
    there("created-cannot-run", CREATED, only=("start_container",)),
    there("created-sandbox-not-ready", CREATED, startable=True, sandbox=NOT_READY),
    there("running", RUNNING),
    there("running-sandbox-not-ready", RUNNING, sandbox=NOT_READY),
    there("exited", EXITED, exit=Exit.OWN),
    there("exited-killed", EXITED, exit=Exit.KILLED, only=("start_container", "stop_container")),
    there("exited-never-ran", EXITED, exit=Exit.NEVER_RAN, only=("start_container", "stop_container")),
    there("exited-sandbox-not-ready", EXITED, exit=Exit.KILLED, sandbox=NOT_READY),
    there("unknown", Container.UNKNOWN),
    Situation("removed", Container.REMOVED),
    Situation("removed-with-sandbox", Container.REMOVED, sandbox=Sandbox.REMOVED),
    Situation("absent-second-sandbox", other=Other.SECOND, only=("create_in_second_sandbox",)),
    there("created-second-sandbox", CREATED, startable=True, other=Other.SECOND,
          only=("create_in_second_sandbox",)),
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A call in a situation."""

    situation: Situation
    call: str

    def __str__(self) -> str:
        return f"{self.situation}-{self.title}"

    @property
    def case(self) -> Case:
        """What the call meets there."""
        case = case_of(self.call, self.situation)
        assert case is not None
        return case

    @property
    def title(self) -> str:
        """The call's name in the CRI, and what is wrong or special about it."""
        return TITLES.get(self.call, self.case.rpc)

    @property
    def inputs(self) -> dict[str, Any]:
        """What the call is made with."""
        return {"startable": True} if self.call == "create_container" else {}


TITLES = {
    "run_next_pod_sandbox": "RunPodSandbox:next-attempt",
    "run_pod_sandbox_without_config": "RunPodSandbox:no-config",
    "run_pod_sandbox_with_unknown_handler": "RunPodSandbox:unknown-handler",
    "create_next_attempt": "CreateContainer:next-attempt",
    "create_in_second_sandbox": "CreateContainer:second-sandbox",
    "create_with_missing_image": "CreateContainer:missing-image",
    "create_without_metadata": "CreateContainer:no-metadata",
    "create_without_sandbox_config": "CreateContainer:no-sandbox-config",
    "process_exits_unseen": "ContainerStatus:exit-while-runtime-down",
}


@cache
def cells() -> tuple[Cell, ...]:
    """All cells, row by row."""
    return tuple(
        Cell(situation, call)
        for situation in SITUATIONS
        for call in (*CASES, *WORLD_CASES)
        if (not situation.only or call in situation.only) and case_of(call, situation) is not None
    )
