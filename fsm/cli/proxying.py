"""`fsm proxy`: stand between a kubelet and its runtime, record every call, let some fail."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fsm.cli.options import say, shared
from fsm.cli.output import Output
from fsm.errors import FsmError
from fsm.prose import Line

if TYPE_CHECKING:
    from fsm.kubelet.cri.proxy.background import Proxy, Summary


@click.command("proxy")
@click.option("--listen", required=True, metavar="ENDPOINT", help="Where to listen: unix:///tmp/p.sock.")
@click.option("--runtime", required=True, metavar="ENDPOINT", help="Where the runtime listens.")
@click.option("--record", metavar="FILE", help="Append every call to FILE, one JSON object a line.")
@click.option("--faults", metavar="FILE", help="Rules: a JSON list, as the *.faults.json of recordings.")
@click.option("--fault", "lines", multiple=True, metavar="RULE", help="A rule; may be repeated.")
@click.option(
    "--chaos", type=(int, float), metavar="SEED RATE", help="Random faults to that share of the other calls."
)
@shared
def command(
    listen: str,
    runtime: str,
    record: str | None,
    faults: str | None,
    lines: tuple[str, ...],
    chaos: tuple[int, float] | None,
    detail: int,
    color: bool | None,
) -> int:
    """Pass calls from any kubelet to any runtime, record them, let some fail; until SIGINT or SIGTERM.

    A RULE is METHOD[#NTH] [container=NAME] [pod=NAME] [attempt=N] ACTION [CODE] [TEXT] [SECONDS], such as
    'CreateContainer#2 error UNKNOWN "is reserved"' or 'StopContainer delay_before 1.5'. An ACTION is error,
    drop_reply, delay_before, delay_after, cut_before, cut_after, hang_before or hang_after: before it the
    runtime never hears of the call, after it the runtime has done it. METHOD may be *.

    What was recorded is followed with fsm replay. The exit code is 130 after SIGINT, 2 if a call could not be
    recorded, else 0.
    """
    try:
        from fsm.kubelet.cri.proxy.background import Proxy
        from fsm.kubelet.cri.proxy.chaos import Chaos
        from fsm.kubelet.cri.proxy.rules import read_rules, rule_of_text
    except ImportError as error:
        raise FsmError(
            f"{error.name} is missing, which `fsm proxy` needs: pip install 'fsm-spec[cri]'"
        ) from error
    from fsm.kubelet.errors import KubeletError

    if chaos is not None and not 0 <= chaos[1] <= 1:
        raise click.UsageError(f"--chaos {chaos[0]} {chaos[1]}: RATE is a share of the calls, from 0 to 1.")
    out = Output(None, color)
    try:
        rules = [*(read_rules(faults) if faults is not None else []), *map(rule_of_text, lines)]
        proxy = Proxy(listen, runtime, record, rules, Chaos(*chaos) if chaos is not None else None)
        with _signals() as ended:
            proxy.start()
            _greet(proxy, detail)
            ended.wait()
            proxy.stop()
    except KubeletError as error:
        raise FsmError(str(error)) from error
    summary = proxy.summary()
    out.lines(summary_text(summary, detail))
    for line in summary.unwritten:
        say(f"not in the record, which could not be written: {line}")
    return 2 if summary.unwritten else ended.exit_code


class Ended:
    """Whether somebody wants the command to end.

    Attributes:
        exit_code: 0, or 130 if it was interrupted.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.wait = self._event.wait
        self.exit_code = 0

    def tell(self, number: int, frame: object) -> None:  # noqa: ARG002 - the signature of a signal handler
        """Somebody does."""
        self.exit_code = 130 if number == signal.SIGINT else 0
        self._event.set()


@contextmanager
def _signals() -> Iterator[Ended]:
    ended = Ended()
    before = {number: signal.signal(number, ended.tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _greet(proxy: Proxy, detail: int) -> None:
    """Say that calls can be made, for people and for scripts that wait for it."""
    if not proxy.reaches_the_runtime():
        say(f"nobody listens at {proxy.runtime} yet: calls end in UNAVAILABLE until somebody does")
    if detail >= 0:
        say(f"listening at {proxy.endpoint}, for the runtime at {proxy.runtime}")


def summary_text(summary: Summary, detail: int = 0) -> Iterator[Line]:
    """What went through a proxy, as lines.

    Args:
        summary: all of it.
        detail: -1 for nothing but what is not as it should be.
    """
    if detail >= 0:
        methods = sorted({method for method, _ in summary.calls})
        width = max((len(method) for method in methods), default=0)
        for method in methods:
            codes = sorted((code, count) for (name, code), count in summary.calls.items() if name == method)
            told = ", ".join(f"{count} {code}" for code, count in codes)
            yield ((f"{method:<{width}}  ", "strong"), (told, ""))
        for rule, count in sorted(summary.faults.items()):
            yield (("fault ", "fault"), (rule, ""), (f"  {count} ×", "dim"))
    for unfired in summary.unfired:
        yield (("never fired: ", "unsure"), (str(unfired), ""))
    total = sum(summary.calls.values())
    if detail >= 0:
        faults = sum(summary.faults.values())
        yield ((f"{total} call{'s' * (total != 1)}, {faults} fault{'s' * (faults != 1)}", ""),)
