"""Two workers of one pod: the verdicts, the published races step by step, and what each rule is for."""

from pathlib import Path

import pytest

from fsm import Observation, replay
from fsm.verdict import Outcome
from specs.kubelet import pod_cache
from specs.kubelet import two_workers as worlds
from specs.kubelet.node import State
from specs.kubelet.pod_cache import Phase, Who
from tests.worlds.mutations import Mutation, changed, sampled, shown, told_by
from tests.worlds.reports import report_of

FILE, CACHE = Path(worlds.__file__), Path(pod_cache.__file__)
SEEN_TWICE = ("at_most_one_runs", "none_is_created_beside_a_running_one", "the_live_container_is_not_ignored")
PROMISES = ("attempts_are_unique", "attempts_increase", *SEEN_TWICE, "a_pod_that_stays_runs")

# world → the promises that are broken, and with how many faults
BROKEN = {
    "OneWorker": {},
    "TwoWorkers_1_21": {**dict.fromkeys(SEEN_TWICE, 0), "attempts_increase": 0},
    "TwoWorkers_1_36": {},
    "LostTermination": dict.fromkeys(SEEN_TWICE, 1),
    "BoundWorkers": {},
    "EventedPleg": dict.fromkeys(SEEN_TWICE, 0),
}


def report(name):
    return report_of(getattr(worlds, name))


def steps(name, asked):
    return [step.label for step in report(name)[asked].trace.steps]


@pytest.mark.parametrize("name", BROKEN)
def test_each_world_breaks_what_it_is_known_to_break_with_so_many_faults(name):
    found = report(name)
    found.assert_holds()
    broken = {
        asked: found[asked].trace.faults for asked in PROMISES if found[asked].outcome is Outcome.VIOLATED
    }
    assert broken == BROKEN[name]


@pytest.mark.parametrize("name", BROKEN)
def test_each_action_is_taken_somewhere(name):
    assert report(name).exhaustive
    assert report(name).never_enabled == ()


def test_a_new_worker_takes_the_cache_in_which_the_running_container_was_only_created():
    """kubernetes/kubernetes#94932 and #82512, after the first relist of the kubelet."""
    assert steps("TwoWorkers_1_21", "the_live_container_is_not_ignored")[2:] == [
        "pod_appears(who=ONE)",
        "begin_sync(who=ONE)",
        "create(who=ONE)",
        "relist_begins",
        "relist_ends",  # between create and start: the cache says created
        "start(who=ONE)",
        "pod_goes",
        "pod_appears(who=ONE)",
        "begin_sync(who=ONE)",  # by a worker without a last sync
        "create(who=ONE)",  # attempt 1
        "start(who=ONE)",  # the port is in use
        "exits(place=0)",
    ]


def follow(name, told):
    return replay(
        getattr(worlds, name), [Observation((action,), seen, state) for action, seen, state in told]
    )


RACE = [
    ("relist_begins", {}, {}),
    ("relist_ends", {}, {}),
    ("pod_appears", {"who": Who.ONE}, {}),
    ("begin_sync", {"who": Who.ONE}, {}),
    ("create", {"who": Who.ONE}, {"instances[0].state": State.CREATED, "instances[0].attempt": 0}),
    ("relist_begins", {}, {}),
    ("relist_ends", {}, {"cached.state": State.CREATED}),
    ("pod_goes", {}, {"phase[ONE]": Phase.START}),  # its sync goes on
    ("pod_appears", {"who": Who.OTHER}, {}),
    ("begin_sync", {"who": Who.OTHER}, {"seen[OTHER]": 0}),
    ("start", {"who": Who.ONE}, {"instances[0].state": State.RUNNING}),
    ("create", {"who": Who.OTHER}, {"instances[0].attempt": 1, "instances[1].state": State.RUNNING}),
    ("start", {"who": Who.OTHER}, {"instances[0].state": State.RUNNING}),
    ("exits", {"place": 0}, {"instances[0].state": State.FAILED, "instances[1].state": State.RUNNING}),
]


def test_until_1_21_attempt_1_is_created_right_after_attempt_0_was_started():
    """kubernetes/kubernetes#94932: 4 ms lay between the two calls, which came from two syncs."""
    assert follow("TwoWorkers_1_21", RACE).outcome is Outcome.HOLDS


@pytest.mark.parametrize("name", ["TwoWorkers_1_36", "LostTermination"])
def test_since_1_22_the_next_worker_waits_for_the_one_before(name):
    found = follow(name, RACE)
    assert found.outcome is Outcome.VIOLATED
    assert RACE[found.refusal.index][0] == "pod_appears"


def test_a_worker_that_was_bound_by_its_birth_would_look_again():
    assert follow("LostTermination", LOST).outcome is Outcome.HOLDS
    found = follow("BoundWorkers", LOST)
    assert found.outcome is Outcome.VIOLATED
    assert found.refusal.index == 3  # not even the first worker takes what is there


LOST = [
    ("relist_begins", {}, {}),
    ("relist_ends", {}, {}),
    ("pod_appears", {"who": Who.ONE}, {}),
    ("begin_sync", {"who": Who.ONE}, {}),
    ("create", {"who": Who.ONE}, {}),
    ("relist_begins", {}, {}),
    ("relist_ends", {}, {}),
    ("start", {"who": Who.ONE}, {}),
    ("pod_goes", {}, {}),
    ("termination_is_lost", {"who": Who.ONE}, {}),
    ("pod_appears", {"who": Who.ONE}, {}),
    ("begin_sync", {"who": Who.ONE}, {}),
    ("create", {"who": Who.ONE}, {"instances[1].state": State.RUNNING}),
]


def test_the_event_of_a_created_container_fills_the_cache_and_a_timer_calls_it_new():
    """kubernetes/kubernetes#123087 and #127086."""
    assert steps("EventedPleg", "at_most_one_runs")[2:] == [
        "pod_appears(who=ONE)",
        "begin_sync(who=ONE)",
        "create(who=ONE)",
        "event_arrives",
        "start(who=ONE)",
        "cache_is_called_new",
        "begin_sync(who=ONE)",
        "create(who=ONE)",
        "start(who=ONE)",
    ]


def test_a_new_cache_that_does_not_know_a_created_container_is_refused_by_the_runtime():
    """I1 holds in every world: names are reserved. What it costs is a refused create."""
    told = [*RACE[:5], ("pod_goes", {}, {}), *RACE[8:9]]
    refused = ("create_is_refused", {"who": Who.OTHER}, {"phase[OTHER]": Phase.IDLE})
    told += [("begin_sync", {"who": Who.OTHER}, {"seen[OTHER]": None}), refused]
    assert follow("TwoWorkers_1_21", told).outcome is Outcome.HOLDS


# the world in which a change is looked at, the change, and a property that notices; none: why
MUTATIONS = [
    ("OneWorker", Mutation(
        "the worker takes any cache",
        "require(self.current is who and self.warm and self.fresh[who])",
        "require(self.current is who and self.warm)",
        "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "the end of a sync sets no bound",
        "self.fresh[who] = self.since[who] = False", "self.since[who] = False", "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "a relist that began before the end of a sync is new enough",
        "self.fresh[who] = self.since[who] = False", "self.fresh[who] = False", "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "a relist that found nothing new does not say so",
        "            self.since[who] = self.phase[who] is not Phase.GONE\n", "            pass\n",
        "a_pod_that_stays_runs",
    )),
    ("OneWorker", Mutation(
        "a restarted kubelet does not wait for its first relist",
        "self.current is who and self.warm and self", "self.current is who and self", "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "a restarted kubelet still has its list",
        "            self.instances[place] = replace(self.instances[place], recorded=Listed.NOT)\n",
        "            pass\n", "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "a restarted kubelet goes on with its relist",
        '        self.vanished = self.warm = False\n        self.relist = "none"\n',
        "        self.vanished = self.warm = False\n", "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "a relist does not fill the cache",
        "            self.fill_cache()\n", "            pass\n", "a_pod_that_stays_runs",
    )),
    ("OneWorker", Mutation(
        "created ones are listed as exited",
        "return Listed.UNKNOWN if self.is_there", "return Listed.EXITED if self.is_there",
        "a_pod_that_stays_runs",
    )),
    ("OneWorker", Mutation(
        "running ones are listed as created ones are",
        "            return Listed.RUNNING\n", "            return Listed.UNKNOWN\n", "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "one that runs is started once more",
        "        require(self.cached.state is not State.RUNNING)\n", "", "at_most_one_runs",
    )),
    ("OneWorker", Mutation(
        "the count does not rise",
        "0 if seen is None else seen + 1", "0 if seen is None else seen", "a_pod_that_stays_runs",
    )),
    ("TwoWorkers_1_21", Mutation(
        "names are not reserved",
        "        require(not self.is_taken(count))\n", "", "attempts_are_unique",
    )),
    ("TwoWorkers_1_21", Mutation(
        "the older instance is forgotten",
        "        self.instances[LAST] = self.instances[0]\n", "", "at_most_one_runs",
    )),
    ("TwoWorkers_1_36", Mutation(
        "the next worker does not wait",
        "return all(phase is Phase.GONE for phase in self.phase.values())", "return True",
        "attempts_increase",
    )),
    ("TwoWorkers_1_36", Mutation(
        "nothing is stopped at the end",
        "        require(self.current is not who)\n        self.kill_all()\n",
        "        require(self.current is not who)\n", "at_most_one_runs",
    )),
    ("TwoWorkers_1_36", Mutation(
        "a worker may end while its pod is there",
        "        require(self.current is not who)\n        self.kill_all()\n",
        "        self.kill_all()\n", "a_pod_that_stays_runs",
    )),
    ("BoundWorkers", Mutation(
        "a worker is born with a new cache",
        '"""It waits for the next relist."""\n        return False',
        '"""It waits for the next relist."""\n        return True', "at_most_one_runs",
    )),
    ("EventedPleg", Mutation(
        "the timer does not call the cache new",
        "            self.fresh[who] = self.current is who\n", "            pass\n", "at_most_one_runs",
    )),
    ("EventedPleg", Mutation(
        "events that are older than a relist are taken",
        "        super().fill_cache()\n        self.events = ()\n", "        super().fill_cache()\n",
        "a_pod_that_stays_runs",
    )),
    ("OneWorker", Mutation(  # what differs sets a later time; the relist's own time comes right after it
        "what differs is not called newer than the relist",
        'if self.since[who] or (self.relist == "different" and self.phase[who] is not Phase.GONE)',
        "if self.since[who]", "",
    )),
    ("OneWorker", Mutation(  # it is filled before anybody reads it: all that a new kubelet lists is new
        "a restarted kubelet still has its cache", "        self.cached = NO_STATUS\n", "", "",
    )),
    ("TwoWorkers_1_21", Mutation(  # nobody looks at an older container than the newest
        "a removed container is no difference",
        "        self.vanished = self.vanished or self.instances[LAST].recorded is not Listed.NOT\n", "", "",
    )),
    ("OneWorker", Mutation(  # with one worker whatever is not the newest is dead already
        "garbage collection takes any older container",
        "        require(all(one.is_dead for one in self.instances.values()))\n",
        "        require(self.instances[LAST].is_there)\n", "",
    )),
    ("TwoWorkers_1_21", Mutation(  # its races need no killer: it only ends what they have brought about
        "the killer stops nothing",
        "        require(self.to_kill)\n        self.kill_all()\n", "        require(self.to_kill)\n", "",
    )),
    ("EventedPleg", Mutation(  # a relist may see a created container as well: it is the timer that harms
        "events do not fill the cache", "        self.cached = self.events[0]\n", "", "",
    )),
]  # fmt: skip


def as_it_is(name):
    return told_by(report(name))


@pytest.mark.parametrize(("name", "mutation"), sampled(MUTATIONS), ids=str)
def test_a_change_is_noticed_by_a_property(name, mutation):
    in_cache = mutation.old in CACHE.read_text()
    over = Mutation("", "from .pod_cache import", "from .changed_pod_cache import", "")
    with (
        changed(CACHE, [mutation] if in_cache else []),
        changed(FILE, [over] if in_cache else [over, mutation]) as module,
    ):
        told = {one for one, _ in shown(vars(module)[name]) ^ as_it_is(name)}
    assert (mutation.noticed_by in told) if mutation.noticed_by else (told == set()), sorted(told)
