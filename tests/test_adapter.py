"""Adapters: what fits a spec, what is said where one does not, and how they are driven."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

import pytest

from fsm import action, model_of, require, spec
from fsm.adapter import Driver, Hang, check_adapter, check_skip, wants, watch
from fsm.errors import AdapterError

Gate = Enum("Gate", "LOCKED OPEN")


@spec
class Turnstile:
    """A coin opens it, a push closes it."""

    gate: Gate = Gate.LOCKED

    @action(Gate.LOCKED)
    def coin(self, cents: bool) -> None:
        require(cents)
        self.gate = Gate.OPEN

    @action(Gate.OPEN)
    def push(self) -> None:
        self.gate = Gate.LOCKED


class Good:
    def coin(self, cents: bool) -> None: ...
    def push(self) -> None: ...
    def observe(self) -> Mapping[str, Any]:
        return {}


def refusal(adapter: Any, *skip: str) -> str:
    with pytest.raises(AdapterError) as error:
        check_adapter(model_of(Turnstile), adapter, frozenset(skip))
    return str(error.value)


def fits(adapter: Any, *skip: str) -> bool:
    check_adapter(model_of(Turnstile), adapter, frozenset(skip))
    return True


def test_a_class_with_a_method_for_each_action_and_observe_fits() -> None:
    assert fits(Good)


def test_methods_may_take_more_as_long_as_the_arguments_are_enough() -> None:
    class Wide(Good):
        def coin(self, cents: bool, currency: str = "EUR", **more: object) -> None: ...
        def push(self, *force: int) -> None: ...

    assert fits(Wide)


def test_methods_may_be_static_or_of_the_class_or_anything_that_can_be_called() -> None:
    class Odd(Good):
        @staticmethod
        def coin(cents: bool) -> None: ...  # type: ignore[override]
        @classmethod
        def push(cls) -> None: ...

    class Called(Good):
        push = staticmethod(lambda: None)  # type: ignore[assignment]

    assert fits(Odd)
    assert fits(Called)


def test_an_action_that_is_lacking_is_named_with_what_may_have_been_meant() -> None:
    class Lacking:
        observe = Good.observe
        pusch = Good.push
        coin = Good.coin

    assert refusal(Lacking) == (
        "Lacking cannot do `push`: give it a method of that name, or say skip=['push']; did you mean `pusch`?"
    )
    assert fits(Lacking, "push")


def test_all_that_is_lacking_is_named_at_once() -> None:
    class Empty:
        pass

    assert refusal(Empty) == (
        "Empty cannot do `coin` (nor `push`): give it a method of that name, or say skip=['coin', 'push']"
    )


def test_without_observe_there_is_nothing_to_compare() -> None:
    class Blind:
        coin = Good.coin
        push = Good.push

    assert refusal(Blind) == (
        "Blind has no `observe`: return the part of the state that it can see, such as {'gate': ...}"
    )


@pytest.mark.parametrize(
    ("name", "method", "said"),
    [
        (
            "coin",
            lambda self, euros: None,
            "Odd.coin cannot be called as coin(cents=...): missing a required argument: 'euros'",
        ),
        (
            "coin",
            lambda self: None,
            "Odd.coin cannot be called as coin(cents=...): got an unexpected keyword argument 'cents'",
        ),
        (
            "push",
            lambda self, force: None,
            "Odd.push cannot be called as push(): missing a required argument: 'force'",
        ),
        (
            "observe",
            lambda self, what: None,
            "Odd.observe cannot be called as observe(): missing a required argument: 'what'",
        ),
        ("push", 3, "Odd.push is 3, where a method was expected"),
    ],
)
def test_a_method_with_other_arguments_is_refused_with_those_of_the_action(
    name: str, method: Any, said: str
) -> None:
    assert refusal(type("Odd", (Good,), {name: method})) == said


def test_an_object_is_no_adapter_since_each_test_needs_one_of_its_own() -> None:
    assert "is a class, or a function that makes one for each test; <" in refusal(Good())


def test_what_a_function_makes_is_looked_at_when_it_is_made() -> None:
    model = model_of(Turnstile)
    assert fits(lambda: None)
    Driver(model, Good).close()
    with pytest.raises(AdapterError, match="Odd cannot do `coin`"):
        Driver(model, type("Odd", (), {"push": Good.push}))
    with pytest.raises(AdapterError, match=r"Odd\.push cannot be called as push\(\)"):
        Driver(model, type("Odd", (Good,), {"push": lambda self, force: None}))


def test_an_object_that_makes_its_methods_as_they_are_asked_for_fits() -> None:
    class Proxy:
        def __init__(self) -> None:
            self.inner = Good()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    assert fits(Proxy)
    driver = Driver(model_of(Turnstile), Proxy)
    assert driver.act("push", {}) == {}
    driver.close()


def test_an_action_to_skip_that_is_none_is_an_error() -> None:
    with pytest.raises(AdapterError) as error:
        check_skip(model_of(Turnstile), frozenset({"pushh"}))
    assert str(error.value) == "skip='pushh': Turnstile has no such action: did you mean `push`?"


def test_fixtures_are_the_parameters_without_a_default_and_initial_in_any_case() -> None:
    def make(
        tmp_path: object, initial: object = None, *more: object, port: object, size: int = 3
    ) -> None: ...

    assert wants(make) == ("tmp_path", "initial", "port")
    assert wants(make, given=1) == ("initial", "port")
    assert wants(Good) == ()
    assert wants(dict) == ()  # no signature to be had


# driving


@pytest.fixture
def drive() -> Iterator[Callable[..., Driver]]:
    """Makes drivers of an adapter with some methods of its own, and closes them."""
    made: list[Driver] = []

    def drive(timeout: float = 0, **methods: Any) -> Driver:
        made.append(Driver(model_of(Turnstile), type("Own", (Good,), methods), timeout=timeout))
        return made[-1]

    yield drive
    for driver in made:
        driver.close()


def test_what_a_method_returns_is_what_was_seen(drive: Callable[..., Driver]) -> None:
    driver = drive(push=lambda self: {"gate": Gate.LOCKED}, coin=lambda self, cents: {"gate": cents})
    assert driver.act("push", {}) == {"gate": Gate.LOCKED}
    assert driver.act("coin", {"cents": True}) == {"gate": True}
    assert driver.observe() == {}


def test_async_methods_are_awaited_in_one_loop() -> None:
    loops = []

    async def push(self: object) -> Mapping[str, Any]:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return {"gate": Gate.OPEN}

    async def close(self: object) -> None:
        loops.append(asyncio.get_running_loop())

    own = type("Own", (Good,), {"push": push, "observe": push, "close": close})
    driver = Driver(model_of(Turnstile), own)
    assert driver.is_async("push")
    assert not driver.is_async("coin")
    assert driver.act("push", {}) == driver.observe() == {"gate": Gate.OPEN}
    driver.close()
    assert len(loops) == 3
    assert len({id(loop) for loop in loops}) == 1
    assert loops[0].is_closed()


@pytest.mark.parametrize("value", [3, "open", True, ["gate"]])
def test_what_is_no_mapping_is_an_error_that_says_what_to_return(
    drive: Callable[..., Driver], value: object
) -> None:
    driver = drive(push=lambda self: value, observe=lambda self: value)
    with pytest.raises(AdapterError) as error:
        driver.act("push", {})
    assert str(error.value) == (
        f"`push` of the adapter returned {value!r}: return nothing, or a mapping from variables to what was "
        "seen of them"
    )
    with pytest.raises(AdapterError) as error:
        driver.observe()
    assert str(error.value) == f"`observe` returned {value!r}: return a mapping from variables to values"


def test_what_a_method_raises_comes_through(drive: Callable[..., Driver]) -> None:
    def push(self: object) -> None:
        raise OSError("stuck")

    with pytest.raises(OSError, match="stuck"):
        drive(push=push).act("push", {})


# hanging

timers = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")


@timers
def test_a_method_that_hangs_is_interrupted_and_named(drive: Callable[..., Driver]) -> None:
    driver = drive(timeout=0.05, push=lambda self: threading.Event().wait())
    with pytest.raises(Hang, match=r"`push` did not come back within 0\.05 s"):
        driver.act("push", {})
    assert driver.act("coin", {"cents": True}) == {}


@timers
def test_an_async_method_that_hangs_is_interrupted_and_named(drive: Callable[..., Driver]) -> None:
    async def push(self: object) -> None:
        await asyncio.Event().wait()

    async def block(self: object) -> None:
        threading.Event().wait()

    driver = drive(timeout=0.05, push=push, observe=block)
    for call, name in ((lambda: driver.act("push", {}), "push"), (driver.observe, "observe")):
        with pytest.raises(Hang, match=f"`{name}` did not come back"):
            call()


@timers
def test_a_method_that_swallows_every_exception_is_interrupted_too() -> None:
    def stubborn() -> None:
        try:
            threading.Event().wait(2)
        except Exception:
            threading.Event().wait(2)

    with pytest.raises(Hang, match="it did not come back"), watch("it", 0.05):
        stubborn()


@timers
def test_the_constructor_and_close_may_hang_too() -> None:
    class Slow(Good):
        def close(self) -> None:
            threading.Event().wait()

    driver = Driver(model_of(Turnstile), Slow, timeout=0.05)
    with pytest.raises(Hang, match="`close` did not come back"):
        driver.close()
    with pytest.raises(Hang, match="the constructor did not come back"):
        Driver(model_of(Turnstile), lambda: threading.Event().wait(), timeout=0.05)


@timers
def test_another_timer_goes_on_afterwards() -> None:
    rung = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 30)
        with watch("it", 10):
            pass
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        assert 20 < left <= 30
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(Hang), watch("it", 0.05):
            threading.Event().wait()
        waited = threading.Event().wait
        while not rung:
            waited(0.001)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


def test_elsewhere_than_in_the_main_thread_nothing_is_interrupted() -> None:
    done = []

    def work() -> None:
        with watch("it", 0.001):
            done.append(threading.Event().wait(0.01))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [False]


@pytest.mark.parametrize("name", ["observe", "close"])
def test_an_action_with_a_name_of_the_adapters_own_is_refused(name: str) -> None:
    source = f"def {name}(self): pass"
    scope: dict[str, Any] = {}
    exec(source, scope)
    cls = type("Shop", (), {"__annotations__": {"open": bool}, "open": False, name: action(scope[name])})
    model = model_of(spec(cls))
    with pytest.raises(AdapterError, match=f"Shop has an action `{name}`"):
        check_adapter(model, object, frozenset())
