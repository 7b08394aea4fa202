"""Faults to plant in the spec of `startContainer` itself: a guard, an effect or an event that is dropped."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import specs.kubelet

FOLDER = Path(specs.kubelet.__file__).parent
STEPS = ("start_call.py", "start_image.py", "start_create.py", "start_run.py", "start_steps.py")
FILES = (
    "container_creation.py", "versions.py", "start_events.py", "start_phases.py", *STEPS, "start_promises.py",
    "start_container.py",
)  # fmt: skip


@dataclass(frozen=True)
class SpecMutant:
    """A fault of the spec.

    Args:
        version: where it is looked for.
        old, new: the text in one of `STEPS`, and what stands there instead.
        notices: a promise that notices it: its verdict is another one, or takes another number of faults;
            nothing where the engine refuses the spec.
    """

    version: str
    old: str
    new: str
    notices: str

    def __str__(self) -> str:
        line = self.new.strip().partition("\n")[0] or f"no {self.old.strip()}"
        return f"{self.version}: {line}"


@contextmanager
def planted(folder: Path, mutant: SpecMutant) -> Iterator[ModuleType]:
    """`start_container` of a fresh copy of the spec with the fault in it; forgotten in the end."""
    name = f"planted_spec_{folder.name.replace('-', '_')}"
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    for file in FILES:
        shutil.copy(FOLDER / file, package / file)
    counts = {file: (package / file).read_text().count(mutant.old) for file in STEPS}
    if sum(counts.values()) != 1:
        raise ValueError(f"{mutant.old!r} stands {sum(counts.values())} times in {', '.join(STEPS)}")
    place = package / max(counts, key=counts.__getitem__)
    place.write_text(place.read_text().replace(mutant.old, mutant.new))
    sys.path.insert(0, str(folder))
    try:
        yield import_module(f"{name}.start_container")
    finally:
        sys.path.remove(str(folder))
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[loaded]


COUNTED = "        self.restart_count = self.count()\n"
MADE = "        self.container = Container.CREATED\n"
COUNT = "            return self.status_seen + 1\n"
CREATED = "        self.emit(event_of(self.VERSION.created_text))\n"
STARTED = "        self.emit(event_of(self.VERSION.started_text))\n"
STORED = "        self.ref_stored = self.ref_made and self.VERSION.reference is ReferenceUse.STORED\n"
REMOVED = "            self.newest = self.status_seen\n"
KILLED = "        self.container = Container.EXITED\n        self.end_killed()\n"
ENDS = "        if self.cleanup is Cleanup.OWED:\n            self.cleanup = Cleanup.RUN\n"
TELLS = "        self.emit(event)\n        self.end_with(error, text)\n"

# fmt: off
MUTANTS = [
    # the count
    SpecMutant("1.19", COUNT, '            return self.status_seen\n',
               "restart_count_rises_exactly_when_a_container_came_to_be"),
    SpecMutant("1.22", COUNT, '            return self.status_seen + (self.logs == 0)\n',
               "restart_count_never_decreases_while_there_is_a_status"),
    SpecMutant("1.22", 'CountRule.STATUS else self.logs\n', 'CountRule.STATUS else 0\n',
               "without_a_status_the_count_is_that_of_a_new_log"),
    SpecMutant("1.22", '        self.newest = self.restart_count\n', '        pass\n',
               "every_create_makes_one_more_container"),
    SpecMutant("1.22", '            self.logs = self.restart_count + 1\n',
               '            self.logs = self.restart_count\n', "a_log_is_counted"),
    SpecMutant("1.22", REMOVED, '            pass\n', "the_kubelet_takes_no_container_away"),
    # events
    SpecMutant("1.19", CREATED, '', "created_is_emitted_after_pre_start_and_before_start"),
    SpecMutant("1.19", CREATED, CREATED * 2, ""),
    SpecMutant("1.19", STARTED, '', "events_match_phases"),
    SpecMutant("1.19", '        self.puller_emits(Event.PRESENT)\n', '', "an_image_that_is_ready_was_told"),
    SpecMutant("1.31", '        if self.ref_made or self.VERSION', '        if True or self.VERSION',
               "an_image_that_is_ready_was_told"),
    SpecMutant("1.19", TELLS, '        self.end_with(error, text)\n', "every_failure_has_a_warning"),
    SpecMutant("1.19", '        self.emit(event_of(self.VERSION.hook_text))\n', '',
               "every_failure_has_a_warning"),
    SpecMutant("1.19", '        self.emit(Event.KILLING)\n', '', "error_event_and_text_identify_the_failure"),
    SpecMutant("1.21", 'Event.PRE_CREATE, Text.PRE_CREATE)', 'Event.CREATE, Text.PRE_CREATE)',
               "error_event_and_text_identify_the_failure"),
    SpecMutant("1.33", 'Event.RESOURCES, Text.RESOURCES)', 'Event.CONFIG, Text.RESOURCES)',
               "error_event_and_text_identify_the_failure"),
    SpecMutant("1.19",
               '        if left is Container.REMOVED:\n'
               '            self.newest = self.status_seen\n'
               '        self.fail(Error.RUN_CONTAINER,',
               '        if left is Container.REMOVED:\n'
               '            self.newest = self.status_seen\n'
               '        self.fail(Error.CREATE_CONTAINER,',
               "error_event_and_text_identify_the_failure"),
    SpecMutant("1.29", 'Text.HANDLER if tells else Text.NONE', 'Text.NONE', "every_failure_has_a_text"),
    # what is left
    SpecMutant("1.19", MADE, '', "no_event_says_more_than_what_happened"),
    SpecMutant("1.19", ENDS, '', "cleanup_has_run_when_the_call_ends"),
    SpecMutant("1.31", STORED, '        self.ref_stored = self.ref_made\n',
               "a_ref_is_stored_exactly_when_made_and_created"),
    SpecMutant("1.18", STORED, '        self.ref_stored = True\n',
               "a_ref_is_stored_exactly_when_made_and_created"),
    SpecMutant("1.18", '        self.ref_stored = False\n        detailed', '        detailed',
               "a_ref_is_stored_exactly_when_made_and_created"),
    SpecMutant("1.19", KILLED, '        self.end_killed()\n', "a_container_whose_hook_failed_does_not_run"),
    SpecMutant("1.19", '        self.container = left\n', '        self.container = Container.RUNNING\n',
               "every_container_is_left_behind"),
    SpecMutant("1.19", '        self.container = Container.RUNNING\n        self.emit', '        self.emit',
               "no_event_says_more_than_what_happened"),
    # guards
    SpecMutant("1.19", '        require(self.pull_failed)\n', '', "pulls_back_off_only_after_a_failure"),
    SpecMutant("1.19", '        require(self.container is not Container.RUNNING)\n', '',
               "a_running_container_is_kept"),
    SpecMutant("1.19",
               '        require(self.kind is Kind.REGULAR or self.newest is None)\n        self.status',
               '        self.status', "an_ephemeral_container_is_begun_without_a_status"),
    SpecMutant("1.19", '        require(self.target is not None)\n', '',
               "the_target_is_settled_before_the_config"),
    SpecMutant("1.19", '        require(self.link is not None)\n        self.end(', '        self.end(',
               "a_log_that_is_there_is_linked"),
    SpecMutant("1.22", '        require(self.status_seen is None)\n', '',
               "every_create_makes_one_more_container"),
    SpecMutant("1.22", '        require(self.status_seen is None and so_far <= self.logs)\n',
               '        require(self.status_seen is None)\n',
               "an_unreadable_log_directory_makes_up_no_count"),
    SpecMutant("1.33", '        self.step_to(Phase.PRE_CREATED)\n        self.phase', '        self.phase',
               "steps_come_in_the_order_of_the_version"),
    SpecMutant("1.31",
               '        self.step_to(Phase.IMAGE_READY)\n'
               '        self.pull_failed = False\n'
               '        self.puller_emits(Event.PRESENT)',
               '        self.pull_failed = False\n        self.puller_emits(Event.PRESENT)',
               "steps_come_in_the_order_of_the_version"),
    SpecMutant("1.21", '        self.step_to(Phase.CREATED)\n        self.container',
               '        self.container', "steps_come_in_the_order_of_the_version"),
    SpecMutant("1.19", '        self.link = None\n', '', "a_log_that_is_there_is_linked"),
    SpecMutant("1.19", '        self.events = ()\n', '', ""),
    SpecMutant("1.19", '        self.error, self.text = Error.NONE, Text.NONE\n        self.events',
               '        self.events', "an_error_is_returned_exactly_by_a_failure"),
]
# fmt: on
