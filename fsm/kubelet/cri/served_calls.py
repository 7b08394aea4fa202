"""The calls of both services in both versions, made from their descriptors: who answers, who refuses.

Every method of every service is looked up in the descriptors of `runtime.v1` and `runtime.v1alpha2`; the
one that answers it bears its name in snake case. What nobody answers is refused in containerd's words, and so
is what the profile leaves out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from cri_api.v1 import api_pb2
from cri_api.v1alpha2 import api_pb2 as alpha_pb2
from google.protobuf.message_factory import GetMessageClass

from ..errors import RpcError, StatusCode

__all__ = ["CONTAINERD_1_6_20", "EVERYTHING", "Calls", "Profile", "abort", "profile_named"]

Handler = Callable[[Any, Any], None]  #: from a request into an answer, of one version
Carry = Callable[[Any, Callable[[], None]], None]  #: carries out a call in its turn, in its context
Stream = Callable[[Any, Any], Any]  #: from a request and its context to answers


@dataclass(frozen=True)
class Profile:
    """Which calls are refused, as a certain runtime refuses them.

    Args:
        name: what the profile is called.
        unknown: calls that are not in its API.
        unimplemented: calls that are in its API, and refused.
    """

    name: str
    unknown: frozenset[str] = field(default_factory=frozenset)
    unimplemented: frozenset[str] = field(default_factory=frozenset)

    def refusal(self, service: str, method: str, answered: bool) -> str | None:
        """The details of UNIMPLEMENTED for a call, or None if it is answered."""
        if method in self.unknown:
            return f"unknown method {method} for service {service}"
        if method in self.unimplemented or not answered:
            return f"method {method} not implemented"
        return None


EVERYTHING = Profile("everything")
CONTAINERD_1_6_20 = Profile(
    "containerd-1.6.20",
    frozenset(
        {"ListMetricDescriptors", "ListPodSandboxMetrics", "RuntimeConfig", "UpdatePodSandboxResources"}
    ),
    frozenset({"CheckpointContainer", "GetContainerEvents"}),
)  # measured; ListPodSandboxMetrics and UpdatePodSandboxResources are *inferred*


def profile_named(name: str) -> Profile:
    """The profile of that name; raises KeyError."""
    return {one.name: one for one in (EVERYTHING, CONTAINERD_1_6_20)}[name]


class Calls(grpc.GenericRpcHandler):
    """Finds the handler of a call by its path, such as `/runtime.v1.RuntimeService/Version`.

    Args:
        services: who answers, by the service's name without its version.
        events: the stream of GetContainerEvents.
        carry: carries out one call in its turn.
        profile: which calls are refused.
    """

    def __init__(self, services: dict[str, Any], events: Stream, carry: Carry, profile: Profile) -> None:
        self._services: set[str] = set()
        self._handlers: dict[str, Any] = {}
        for file in (api_pb2.DESCRIPTOR, alpha_pb2.DESCRIPTOR):
            for service in file.services_by_name.values():
                self._services.add(service.full_name)
                for method in service.methods:
                    handler = getattr(services[service.name], _snake(method.name), None)
                    answered = handler is not None or method.server_streaming
                    refusal = profile.refusal(service.full_name, method.name, answered)
                    if refusal is not None:
                        made = _refusing(refusal)
                    elif method.server_streaming:
                        made = _streaming(GetMessageClass(method.input_type), events)
                    else:
                        made = _answering(method, handler, carry)
                    self._handlers[f"/{service.full_name}/{method.name}"] = made

    def service(self, handler_call_details: Any) -> Any:
        """See gRPC."""
        path = handler_call_details.method
        if path in self._handlers:
            return self._handlers[path]
        service, _, method = path.lstrip("/").rpartition("/")
        if service in self._services:
            return _refusing(f"unknown method {method} for service {service}")
        return _refusing(f"unknown service {service}")


def _snake(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _answering(method: Any, handler: Any, carry: Carry) -> Any:
    request_class, answer_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

    def answer(request: Any, context: Any) -> Any:
        message = answer_class()
        carry(context, lambda: handler(request, message))
        return message

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=request_class.FromString,
        response_serializer=answer_class.SerializeToString,
    )


def _streaming(request_class: Any, events: Stream) -> Any:
    return grpc.unary_stream_rpc_method_handler(
        events,
        request_deserializer=request_class.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )


def _refusing(details: str) -> Any:
    """Refuses whatever is sent, without looking at it."""

    def refuse(_: Any, context: Any) -> Any:
        abort(context, RpcError(StatusCode.UNIMPLEMENTED, details))

    return grpc.stream_stream_rpc_method_handler(refuse)


def abort(context: Any, error: RpcError) -> None:
    """End a call with the error's code and details; raises."""
    context.abort(grpc.StatusCode[error.code.name], error.details)
