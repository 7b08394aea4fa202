"""A bench for the proxy: a server that answers whatever a test wants, a proxy before it, and a channel."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from cri_api.v1 import api_pb2 as cri
from cri_api.v1 import api_pb2_grpc

from fsm.kubelet.cri.proxy.background import Proxy

ANY_SIZE = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_metadata_size", 1 << 24),
    ("grpc.absolute_max_metadata_size", 1 << 24),
    ("grpc.use_local_subchannel_pool", 1),
]
SOON = 20.0  # seconds: a deadline that no test is meant to reach


class Fake(grpc.GenericRpcHandler):
    """A server whose methods are functions.

    A unary one gets the request's bytes and the context and returns bytes; a stream gets an iterator. What
    is not there answers with the request's own bytes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unary: dict[str, Callable[[bytes, Any], bytes]] = {}
        self.streams: dict[str, Callable[[Iterator[bytes], Any], Iterator[bytes]]] = {}
        self.seen: list[tuple[str, bytes]] = []
        self.metadata: list[tuple[str, Any]] = []
        self.start()

    def start(self) -> None:
        self.server = grpc.server(futures.ThreadPoolExecutor(40), options=ANY_SIZE)
        self.server.add_generic_rpc_handlers((self,))
        self.server.add_insecure_port(f"unix:{self.path}")
        self.server.start()

    def stop(self) -> None:
        self.server.stop(0).wait()

    def service(self, handler_call_details: Any) -> Any:
        name = handler_call_details.method.rpartition("/")[2]
        self.metadata = list(handler_call_details.invocation_metadata)
        if name in self.streams:
            return grpc.stream_stream_rpc_method_handler(self.streams[name])

        def answer(raw: bytes, context: Any) -> bytes:
            self.seen.append((name, raw))
            return self.unary.get(name, lambda raw, context: raw)(raw, context)

        return grpc.unary_unary_rpc_method_handler(answer)


@dataclass
class Bench:
    folder: Path
    fake: Fake
    proxy: Proxy
    channel: grpc.Channel
    runtime: Any = field(init=False)

    def __post_init__(self) -> None:
        self.runtime = api_pb2_grpc.RuntimeServiceStub(self.channel)

    @property
    def record(self) -> Path:
        return self.folder / "calls.jsonl"

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()]

    def start(self, name: str = "c1", timeout: float = SOON) -> Any:
        """A StartContainer: a small call that carries an id."""
        return self.runtime.StartContainer(cri.StartContainerRequest(container_id=name), timeout=timeout)

    def refused(self, *arguments: Any, **named: Any) -> tuple[str, str]:
        """The same where it is to fail: the code and the text."""
        return refusal(self.start, *arguments, **named)


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[str, str]:
    """The code and the text that a call fails with."""
    try:
        call(*arguments, **named)
    except grpc.RpcError as error:
        return error.code().name, error.details()
    raise AssertionError("the call did not fail")


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose name leaves room in the path of a socket."""
    with tempfile.TemporaryDirectory(prefix="fsm") as folder:
        yield Path(folder)


@contextmanager
def channel_to(endpoint: str) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(endpoint, options=ANY_SIZE) as channel:
        yield channel


@contextmanager
def bench(*rules: Any, **more: Any) -> Iterator[Bench]:
    with short_folder() as folder:
        fake = Fake(folder / "f.sock")
        try:
            arguments = {"record": folder / "calls.jsonl", "rules": rules, **more}
            with (
                Proxy(f"unix://{folder}/p.sock", f"unix://{folder}/f.sock", **arguments) as proxy,
                channel_to(proxy.endpoint) as channel,
            ):
                yield Bench(folder, fake, proxy, channel)
        finally:
            fake.stop()


def create_request(name: str = "main", attempt: int = 0, pod: str = "web", sandbox: str = "s1") -> Any:
    """A CreateContainer as a kubelet sends it, with its labels."""
    labels = {
        "io.kubernetes.pod.namespace": "default",
        "io.kubernetes.pod.name": pod,
        "io.kubernetes.pod.uid": f"uid-{pod}",
    }
    return cri.CreateContainerRequest(
        pod_sandbox_id=sandbox,
        config=cri.ContainerConfig(
            metadata=cri.ContainerMetadata(name=name, attempt=attempt),
            labels=labels | {"io.kubernetes.container.name": name},
            annotations={"io.kubernetes.container.restartCount": str(attempt)},
            log_path=f"{name}/{attempt}.log",
        ),
        sandbox_config=cri.PodSandboxConfig(
            metadata=cri.PodSandboxMetadata(name=pod, uid=f"uid-{pod}", namespace="default"), labels=labels
        ),
    )
