"""The first calls to a runtime: is there one, does it speak `runtime.v1`, is it ready?

Whatever is wrong ends in one message. What may mend itself is waited for: a socket that is not there yet, a
runtime that is just starting.
"""

import time
from pathlib import Path
from typing import Any

import grpc
from cri_api.v1 import api_pb2, api_pb2_grpc
from cri_api.v1alpha2 import api_pb2 as old_pb2
from cri_api.v1alpha2 import api_pb2_grpc as old_pb2_grpc

from ..errors import RpcError, StatusCode
from .channel import PAUSE, is_passing, rpc_error
from .endpoint import EndpointError
from .reception import Hindrance, knock

__all__ = ["greet"]

SPEAKS_V1 = "containerd since 1.6, CRI-O since 1.20"
"""Which runtimes serve `runtime.v1`: containerd's RELEASES.md (Kubernetes support, "1.6.0+: v1, v1alpha2");
for CRI-O *inferred* from cri-o/cri-o#4400, which added it with the API of Kubernetes v1.20."""

WITHOUT_CRI = (
    "a containerd whose CRI plugin is disabled answers so: "
    'take "cri" out of disabled_plugins in its config.toml'
)
"""containerd/containerd#4581 and kubernetes/minikube#3471."""


def greet(channel: grpc.Channel, path: Path, seconds: float) -> Any:
    """Wait until the runtime at `path` is ready, and return its answer to Version.

    Args:
        channel: to `path`.
        path: of its socket.
        seconds: how long it may take.

    Raises:
        EndpointError: if there is no runtime of `runtime.v1` there, or it is not ready in time.
    """
    end = time.monotonic() + seconds
    while True:
        answer = _ask(channel, path, max(end - time.monotonic(), PAUSE))
        if not isinstance(answer, Hindrance):
            return answer
        if not answer.passing:
            raise EndpointError(f"no container runtime at {path}: {answer.text}")
        if time.monotonic() + PAUSE >= end:
            raise EndpointError(f"no container runtime at {path} within {seconds:g} s: {answer.text}")
        time.sleep(PAUSE)


def _ask(channel: grpc.Channel, path: Path, seconds: float) -> Any:
    """The answer to Version of a runtime that is ready, or what stands in the way."""
    end = time.monotonic() + seconds
    hindrance = knock(path, seconds)
    if hindrance is not None:
        return hindrance
    stub = api_pb2_grpc.RuntimeServiceStub(channel)
    call = "Version"
    try:
        version = _call(stub.Version, api_pb2.VersionRequest(), end)
        call = "Status"
        _call(stub.Status, api_pb2.StatusRequest(), end)
    except RpcError as error:
        return _hindrance(channel, error, call, end)
    return version


def _hindrance(channel: grpc.Channel, error: RpcError, call: str, end: float) -> Hindrance:
    """What an answer to one of the first calls means."""
    if is_passing(error):
        return Hindrance(f"it is not ready: {call} is answered with {error}", passing=True)
    if error.code is StatusCode.DEADLINE_EXCEEDED:
        return Hindrance(f"it is connected to, and has not answered {call} in all that time: it hangs", True)
    if error.code is StatusCode.UNIMPLEMENTED and call == "Version":
        return _without_v1(channel, end)
    return Hindrance(f"{call} is answered with {error}")


def _without_v1(channel: grpc.Channel, end: float) -> Hindrance:
    """A gRPC server without `runtime.v1`: an old runtime, or none."""
    stub = old_pb2_grpc.RuntimeServiceStub(channel)
    try:
        old = _call(stub.Version, old_pb2.VersionRequest(), end)
    except RpcError:
        return Hindrance(f"a gRPC server listens there that does not serve runtime.v1; {WITHOUT_CRI}")
    name = f"{old.runtime_name} {old.runtime_version}".strip()
    return Hindrance(
        f"{name or 'the runtime'} is too old: it speaks runtime.v1alpha2 only, and runtime.v1 is needed, "
        f"which is spoken by {SPEAKS_V1}"
    )


def _call(method: Any, request: Any, end: float) -> Any:
    try:
        return method(request, timeout=max(end - time.monotonic(), PAUSE))
    except grpc.RpcError as error:
        raise rpc_error(error) from None
