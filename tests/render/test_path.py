"""The way of a trace through the phases."""

from enum import Enum

import pytest

from fsm import action, each, many, spec, var
from fsm.declaration import model_of
from fsm.render.path import ending, path_of
from fsm.verdict import Change, Step, Trace

Who = Enum("Who", "ANN BOB")
Phase = Enum("Phase", "IDLE BUSY")


@spec
class Worker:
    phase: Phase = Phase.IDLE
    tries: int = var(range(3), 0)

    @action(Phase.IDLE)
    def start(self) -> None:
        self.phase = Phase.BUSY

    @action(Phase.BUSY)
    def wait(self) -> None:
        pass

    @action(Phase.BUSY)
    def stop(self) -> None:
        self.phase = Phase.IDLE


@spec
class Team:
    phase: dict[Who, Phase] = each(Who, Phase.IDLE)

    @action(Phase.IDLE)
    def start(self, who: Who) -> None:
        self.phase[who] = Phase.BUSY

    @action(Phase.BUSY)
    def wait(self, who: Who) -> None:
        pass


START = Step("start", changes=(Change("phase", "IDLE", "BUSY"),))
STOP = Step("stop", changes=(Change("phase", "BUSY", "IDLE"),))
WAIT = Step("wait")


def path(*steps, loop=None, of=Worker, initial=(("phase", "IDLE"), ("tries", "0"))):
    return path_of(model_of(of), Trace("Worker", initial, steps, loop=loop))


def test_an_arrow_knows_every_step_that_takes_it():
    assert path(START, STOP, START, WAIT).steps == {
        ("IDLE", "BUSY", "start"): (1, 3),
        ("BUSY", "IDLE", "stop"): (2,),
        ("BUSY", "BUSY", "wait"): (4,),
    }


def test_the_arrows_of_the_loop_are_those_taken_in_it():
    taken = path(START, STOP, START, WAIT, loop=2)
    assert taken.loop == {("IDLE", "BUSY", "start"), ("BUSY", "BUSY", "wait")}
    assert taken.rests == ()
    assert path(START).loop == frozenset()


def test_a_run_that_stays_rests_where_it_has_come_to():
    assert path(START, loop=1).rests == ("BUSY",)
    assert path(loop=0).rests == ("IDLE",)


def test_a_step_that_moves_no_member_is_one_of_the_member_that_it_names():
    initial = (("phase[ANN]", "IDLE"), ("phase[BOB]", "IDLE"))
    begin = Step("start", (("who", "ANN"),), (Change("phase[ANN]", "IDLE", "BUSY"),))
    taken = path(begin, Step("wait", (("who", "ANN"),)), loop=1, of=Team, initial=initial)
    assert taken.loop == {("BUSY", "BUSY", "wait")}
    assert path(begin, loop=1, of=Team, initial=initial).rests == ("BUSY", "IDLE")


def test_a_member_is_one_of_its_own_copy():
    initial = tuple(
        (f"phase[{copy}][{who}]", "IDLE" if copy else "BUSY") for copy in (0, 1) for who in ("ANN", "BOB")
    )
    step = Step("wait", (("copy", "0"), ("who", "BOB")))
    assert list(path(step, of=many(Team, 2), initial=initial).steps) == [("BUSY", "BUSY", "wait")]


def test_a_step_that_moves_no_copy_is_one_of_its_copy():
    initial = (("phase[0]", "BUSY"), ("phase[1]", "IDLE"))
    taken = path(Step("wait", (("copy", "0"),)), loop=0, of=many(Worker, 2), initial=initial)
    assert taken.loop == {("BUSY", "BUSY", "wait")}


@pytest.mark.parametrize(
    ("loop", "told"),
    [
        (None, ""),
        (0, "steps 1 to 2 again and again"),
        (1, "step 2 again and again"),
        (2, "then nothing happens for ever"),
    ],
)
def test_how_a_trace_goes_on_is_told_in_words(loop, told):
    assert ending(Trace("Worker", (), (START, STOP), loop=loop)) == told


def test_a_run_in_which_nothing_happens_is_told_so():
    assert ending(Trace("Worker", (), (), loop=0)) == "nothing happens for ever"
