"""A served runtime to ask, and the CRI's own stubs to ask it with."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from cri_api.v1 import api_pb2, api_pb2_grpc
from cri_api.v1alpha2 import api_pb2_grpc as alpha_grpc

from fsm import kubelet as k
from fsm.kubelet import messages as cri
from fsm.kubelet.cri.channel import open_channel
from fsm.kubelet.cri.client import CriRuntime
from fsm.kubelet.cri.served_calls import EVERYTHING, Profile
from fsm.kubelet.cri.server import Server, serve
from fsm.kubelet.memory_images import image_of
from fsm.kubelet.memory_programs import known_program

APP, OTHER = image_of("local.test/app:1,size=7"), image_of("local.test/other:1,user=1000")
POD = cri.PodSandboxConfig(
    cri.PodSandboxMetadata("pod", "uid", "default", 0), log_directory="/logs", labels={"pod": "pod"}
)
SOON = 10.0  #: seconds for whatever takes some milliseconds


def memory(**given: Any) -> k.MemoryRuntime:
    """A runtime with one image, and one more to pull."""
    images = k.MemoryImages([APP], registry=[APP, OTHER])
    return k.MemoryRuntime(images, **{"clock": time.time_ns, "programs": known_program} | given)


def config(name: str = "c", *command: str, attempt: int = 0, **changes: Any) -> cri.ContainerConfig:
    metadata = cri.ContainerMetadata(name, attempt)
    return cri.ContainerConfig(metadata, cri.ImageSpec("local.test/app:1"), command, **changes)


@dataclass
class Bench:
    """A server, a client of the port, and the stubs of both versions."""

    server: Server
    client: CriRuntime
    channel: grpc.Channel
    sandbox: str = ""

    def __post_init__(self) -> None:
        self.runtime = api_pb2_grpc.RuntimeServiceStub(self.channel)
        self.images = api_pb2_grpc.ImageServiceStub(self.channel)
        self.old_runtime = alpha_grpc.RuntimeServiceStub(self.channel)
        self.old_images = alpha_grpc.ImageServiceStub(self.channel)

    def run(self) -> str:
        self.sandbox = self.client.run_pod_sandbox(POD)
        return self.sandbox

    def create(self, name: str = "c", *command: str, **changes: Any) -> str:
        return self.client.create_container(
            self.sandbox or self.run(), config(name, *command, **changes), POD
        )

    def start(self, name: str = "c", *command: str, **changes: Any) -> str:
        id_ = self.create(name, *command, **changes)
        self.client.start_container(id_)
        return id_

    def follow(self) -> Any:
        """The stream of events, which follows from now on."""
        stream = self.runtime.GetContainerEvents(api_pb2.GetEventsRequest(), timeout=SOON)
        stream.initial_metadata()
        return stream


@contextmanager
def socket_folder() -> Iterator[Path]:
    """A folder with a path that is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="fsm-") as folder:
        yield Path(folder)


@contextmanager
def bench_of(runtime: k.MemoryRuntime | None = None, profile: Profile = EVERYTHING) -> Iterator[Bench]:
    """A bench over `runtime`, which ends with the block."""
    runtime = memory() if runtime is None else runtime
    with (
        socket_folder() as folder,
        serve(runtime, runtime.images, f"unix://{folder}/r.sock", profile) as server,
        CriRuntime(server.endpoint) as client,
        open_channel(server.endpoint) as channel,
    ):
        yield Bench(server, client, channel)


def refusal(call: Any, *arguments: Any, **options: Any) -> tuple[str, str]:
    """Code and details of the error that a stub's call ends in."""
    try:
        call(*arguments, timeout=SOON, **options)
    except grpc.RpcError as error:
        return error.code().name, error.details()
    raise AssertionError("the call was answered")
