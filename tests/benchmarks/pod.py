"""A pod of a few containers: what the runtime has, what the kubelet last saw of it, and what goes wrong.

The kubelet acts on a snapshot that may be stale by then. Faults are what a runtime does to it: refused calls,
lost replies, crashes, a sandbox that dies, and a kubelet that is restarted and forgets.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated

from fsm import action, always, each, require, sometimes, spec

State = Enum("State", "NONE CREATED RUNNING EXITED")
Sandbox = Enum("Sandbox", "NONE READY GONE")
Loop = Enum("Loop", "IDLE SYNCING STARTING")


def pod(containers: int, attempts: int) -> type:
    """A pod of some containers, each of which is created at most so many times."""
    Id = Annotated[int, range(containers)]
    EVERY = range(containers)

    @dataclass(frozen=True)
    class Slot:
        state: State = State.NONE
        attempt: Annotated[int, range(attempts + 1)] = 0
        clean: bool = False  # it ended by itself

    @spec
    class Pod:
        """One pod between its kubelet and its runtime."""

        loop: Loop = Loop.IDLE
        target: Id | None = None
        sandbox: Sandbox = Sandbox.NONE
        slots: dict[Id, Slot] = each(EVERY, Slot())
        seen_sandbox: Sandbox = Sandbox.NONE
        seen: dict[Id, State] = each(EVERY, State.NONE)
        waiting: dict[Id, bool] = each(EVERY, False)

        # the kubelet

        @action(Loop.IDLE)
        def relist(self) -> None:
            """A snapshot of everything."""
            self.seen_sandbox = self.sandbox
            for container in EVERY:
                self.seen[container] = self.slots[container].state
            self.loop = Loop.SYNCING

        @action(Loop.SYNCING)
        def settle(self) -> None:
            """Nothing more is done this time."""
            self.loop = Loop.IDLE

        @action(Loop.SYNCING)
        def make_sandbox(self) -> None:
            """A new sandbox: the containers of the old one are gone with it."""
            require(self.seen_sandbox is not Sandbox.READY)
            self.sandbox = Sandbox.READY
            for container in EVERY:
                self.slots[container] = replace(self.slots[container], state=State.NONE, clean=False)
            self.loop = Loop.IDLE

        @action(Loop.SYNCING)
        def create(self, container: Id) -> None:
            """A container that is not there is created."""
            self.make(container)
            self.target = container
            self.loop = Loop.STARTING

        @action(Loop.SYNCING, fault=True)
        def lose_reply(self, container: Id) -> None:
            """A container is created, and the kubelet believes that it is not."""
            self.make(container)
            self.back_off(container)

        @action(Loop.SYNCING, fault=True)
        def refuse(self, container: Id) -> None:
            """The runtime refuses to create a container."""
            self.want(container)
            self.back_off(container)

        @action(Loop.STARTING)
        def start(self) -> None:
            """What was created is started."""
            self.conclude(State.RUNNING)

        @action(Loop.STARTING, fault=True)
        def fail_to_start(self) -> None:
            """What was created cannot be started."""
            target = self.target
            self.conclude(State.EXITED)
            self.waiting[target] = True

        @action(Loop.STARTING)
        def start_too_late(self) -> None:
            """What was created is no longer there."""
            require(self.slots[self.target].state is not State.CREATED)
            self.back_off(self.target)

        @action(Loop.SYNCING)
        def remove(self, container: Id) -> None:
            """An ended container is cleaned away."""
            require(self.seen[container] is State.EXITED)
            require(self.slots[container].state is State.EXITED)
            self.slots[container] = replace(self.slots[container], state=State.NONE, clean=False)
            self.loop = Loop.IDLE

        @action
        def end_waiting(self, container: Id) -> None:
            """The back-off of a container is over."""
            require(self.waiting[container])
            self.waiting[container] = False

        @action(fault=True)
        def restart_kubelet(self) -> None:
            """The kubelet knows nothing any more."""
            self.loop = Loop.IDLE
            self.target = None
            self.seen_sandbox = Sandbox.NONE
            for container in EVERY:
                self.seen[container] = State.NONE
                self.waiting[container] = False

        # the containers

        @action
        def end(self, container: Id) -> None:
            """A container's process is done."""
            self.stop(container, clean=True)

        @action(fault=True)
        def crash(self, container: Id) -> None:
            """A container's process is killed."""
            self.stop(container, clean=False)

        @action(fault=True)
        def lose_sandbox(self) -> None:
            """The sandbox dies, and everything in it."""
            require(self.sandbox is Sandbox.READY)
            self.sandbox = Sandbox.GONE
            for container in EVERY:
                if self.slots[container].state in (State.CREATED, State.RUNNING):
                    self.slots[container] = replace(self.slots[container], state=State.EXITED)

        # what they have in common

        def want(self, container: int) -> None:
            require(self.seen_sandbox is Sandbox.READY)
            require(self.seen[container] in (State.NONE, State.EXITED))
            require(not self.waiting[container])
            require(self.slots[container].attempt < attempts)

        def make(self, container: int) -> None:
            self.want(container)
            require(self.sandbox is Sandbox.READY)
            slot = self.slots[container]
            require(slot.state in (State.NONE, State.EXITED))
            self.slots[container] = Slot(State.CREATED, slot.attempt + 1, False)

        def back_off(self, container: int) -> None:
            self.waiting[container] = True
            self.target = None
            self.loop = Loop.IDLE

        def conclude(self, state: State) -> None:
            slot = self.slots[self.target]
            require(slot.state is State.CREATED)
            self.slots[self.target] = replace(slot, state=state)
            self.target = None
            self.loop = Loop.IDLE

        def stop(self, container: int, *, clean: bool) -> None:
            slot = self.slots[container]
            require(slot.state is State.RUNNING)
            self.slots[container] = replace(slot, state=State.EXITED, clean=clean)

        # what is promised

        @always
        def what_lives_is_in_a_sandbox(self, container: Id) -> bool:
            lives = self.slots[container].state in (State.CREATED, State.RUNNING)
            return not lives or self.sandbox is Sandbox.READY

        @always
        def what_lives_was_attempted(self, container: Id) -> bool:
            slot = self.slots[container]
            return slot.state is State.NONE or slot.attempt > 0

        @always
        def only_an_end_is_clean(self, container: Id) -> bool:
            return not self.slots[container].clean or self.slots[container].state is State.EXITED

        @always
        def there_is_a_target_while_starting(self) -> bool:
            return (self.loop is Loop.STARTING) == (self.target is not None)

        @always
        def attempts_never_decrease(self, after, container: Id) -> bool:
            return after.slots[container].attempt >= self.slots[container].attempt

        @sometimes
        def all_run(self) -> bool:
            return all(self.slots[container].state is State.RUNNING for container in EVERY)

    return Pod
