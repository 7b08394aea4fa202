"""What the proxy costs: a call through it beside the same call without, and what calls that wait take.

    python -m tests.benchmarks.proxy_latency [--calls 2000] [--pending 5000]

A fast fake answers; it, the proxy and the caller are processes of their own. Both ways are asked in turn, so
that whatever else the machine does falls on both. Medians of a busy machine are those of a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from cri_api.v1 import api_pb2 as cri

from tests.kubelet.cri.proxy_bench import create_request

SERVICE = "/runtime.v1.RuntimeService/"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
MANY = [
    ("grpc.server.max_pending_requests", 1 << 20),
    ("grpc.server.max_pending_requests_hard_limit", 1 << 20),
]
PATIENCE = 60.0  # seconds


class Echo(grpc.GenericRpcHandler):
    """Answers every call with nothing at all; StopContainer when it is told to."""

    def service(self, handler_call_details: Any) -> Any:
        """See gRPC."""
        wait = handler_call_details.method.endswith("/StopContainer")

        async def answer(raw: bytes, context: Any) -> bytes:
            if wait:
                await asyncio.get_running_loop().create_future()
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


async def fake(path: str) -> None:
    server = grpc.aio.server(options=[*UNLIMITED, *MANY])
    server.add_generic_rpc_handlers((Echo(),))
    server.add_insecure_port(f"unix:{path}")
    await server.start()
    await server.wait_for_termination()


@contextmanager
def process(*arguments: str) -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, *arguments], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as it:
        try:
            yield it.pid
        finally:
            it.terminate()


@contextmanager
def everything(*options: str) -> Iterator[tuple[str, str, int]]:
    """A fake and a proxy; the targets of both, and the proxy's process."""
    with tempfile.TemporaryDirectory(prefix="fsm") as folder:
        here, there = f"{folder}/f.sock", f"{folder}/p.sock"
        listen = ["--listen", f"unix://{there}", "--runtime", f"unix://{here}"]
        record = ["--record", f"{folder}/calls.jsonl"]
        with (
            process("-m", "tests.benchmarks.proxy_latency", "--serve", here),
            process("-m", "fsm", "proxy", *listen, *record, *options) as pid,
        ):
            while not (Path(here).exists() and Path(there).exists()):
                time.sleep(0.01)
            yield f"unix:{here}", f"unix:{there}", pid


def timed(call: Callable[[bytes], bytes], request: bytes) -> float:
    began = time.perf_counter()
    call(request, timeout=PATIENCE)  # type: ignore[call-arg]
    return (time.perf_counter() - began) * 1000


def latency(targets: tuple[str, str], method: str, request: bytes, calls: int) -> list[list[float]]:
    """Milliseconds of calls made in turn to both targets, sorted."""
    channels = [grpc.insecure_channel(target, options=UNLIMITED) for target in targets]
    methods = [channel.unary_unary(SERVICE + method) for channel in channels]
    times: list[list[float]] = [[], []]
    for at in range(calls + 50):
        for call, found in zip(methods, times, strict=True):
            took = timed(call, request)
            if at >= 50:
                found.append(took)
    for channel in channels:
        channel.close()
    return [sorted(found) for found in times]


async def throughput(target: str, method: str, request: bytes, calls: int, at_once: int = 32) -> float:
    """Calls a second, so many at once."""
    async with grpc.aio.insecure_channel(target, options=UNLIMITED) as channel:
        call = channel.unary_unary(SERVICE + method)

        async def ask() -> None:
            for _ in range(calls // at_once):
                await call(request, timeout=PATIENCE)

        began = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(at_once)))
        return calls // at_once * at_once / (time.perf_counter() - began)


def resident(pid: int) -> float:
    """MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def pending(target: str, pid: int, calls: int, rounds: int) -> list[tuple[float, int]]:
    """MiB and threads of the proxy while so many calls wait, round by round; then how much is left."""
    found = []
    async with grpc.aio.insecure_channel(target, options=UNLIMITED) as channel:
        stop, version = (
            channel.unary_unary(SERVICE + "StopContainer"),
            channel.unary_unary(SERVICE + "Version"),
        )
        for _ in range(rounds):
            waiting = [stop(b"", timeout=PATIENCE) for _ in range(calls)]
            await asyncio.sleep(0)
            await version(b"", timeout=PATIENCE)  # behind all of them
            await asyncio.sleep(1)
            found.append((resident(pid), len(list(Path(f"/proc/{pid}/task").iterdir()))))
            for one in waiting:
                one.cancel()
            await asyncio.sleep(1)
        found.append((resident(pid), len(list(Path(f"/proc/{pid}/task").iterdir()))))
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--pending", type=int, default=5000)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(fake(options.serve))
        return
    for line in report(options.calls, options.pending):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def report(calls: int, many: int) -> Iterator[str]:
    """Everything that is measured, line by line."""
    create = create_request().SerializeToString()
    reply = cri.ExecSyncResponse(stdout=b"x" * 2**20).SerializeToString()
    yield f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    with everything() as (here, there, pid):
        yield f"{'milliseconds a call, median and 99 %':36}{'direct':>16}{'proxy':>16}{'more':>8}"
        requests = [
            ("Version", b"", calls),
            ("CreateContainer", create, calls),
            ("ExecSync", reply, calls // 20),
        ]
        for method, request, count in requests:
            direct, through = latency((here, there), method, request, count)
            middle, last = len(direct) // 2, len(direct) * 99 // 100
            shown = [f"{one[middle]:.2f} {one[last]:7.2f}" for one in (direct, through)]
            more = through[middle] - direct[middle]
            yield f"{method + f', {len(request)} bytes':36}{shown[0]:>16}{shown[1]:>16}{more:8.2f}"
        for method, request, count in requests[:2]:
            rates = [asyncio.run(throughput(one, method, request, count)) for one in (here, there)]
            yield f"{method}, 32 at once: {rates[0]:.0f} calls/s direct, {rates[1]:.0f} through the proxy"
        yield f"before: {resident(pid):.0f} MiB"
        *rounds, (left, _) = asyncio.run(pending(there, pid, many, 3))
        for memory, threads in rounds:
            yield f"while {many} calls wait: {memory:.0f} MiB, {threads} threads"
        yield f"after: {left:.0f} MiB"


if __name__ == "__main__":
    main()
