"""The channel: errors in the port's terms, waiting, and connecting again after the runtime was away."""

import grpc
import pytest
from cri_api.v1 import api_pb2, api_pb2_grpc

from fsm.kubelet import RpcError, StatusCode
from fsm.kubelet.cri.channel import is_passing, open_channel, rpc_error, wait_until_ready
from fsm.kubelet.cri.endpoint import EndpointError

from .little_servers import fails, served

AWAY = RpcError(StatusCode.UNAVAILABLE, "away")
STARTING = RpcError(StatusCode.UNKNOWN, "server is not initialized yet")
BROKEN = RpcError(StatusCode.UNKNOWN, "broken")


class Raised(grpc.RpcError):
    """An error as gRPC raises it."""

    def __init__(self, code: grpc.StatusCode, details: str | None) -> None:
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str | None:
        return self._details


@pytest.mark.parametrize("code", [one for one in grpc.StatusCode if one is not grpc.StatusCode.OK])
def test_every_code_of_grpc_has_its_number_in_the_port(code: grpc.StatusCode) -> None:
    error = rpc_error(Raised(code, 'name "a" is reserved\nfor "b"'))
    assert (error.code.value, error.code.name) == (code.value[0], code.name)
    assert error.details == 'name "a" is reserved\nfor "b"'


@pytest.mark.parametrize("details", ["Deadline Exceeded", "", None])
def test_a_deadline_that_passed_here_is_told_in_the_words_of_a_kubelet(details: str | None) -> None:
    error = rpc_error(Raised(grpc.StatusCode.DEADLINE_EXCEEDED, details))
    assert str(error) == "rpc error: code = DeadlineExceeded desc = context deadline exceeded"


def test_a_deadline_that_passed_in_the_runtime_keeps_its_words() -> None:
    words = "failed to exec in container: timeout 1s exceeded: context deadline exceeded"
    assert rpc_error(Raised(grpc.StatusCode.DEADLINE_EXCEEDED, words)).details == words


def test_an_error_without_details_has_empty_ones() -> None:
    assert rpc_error(Raised(grpc.StatusCode.UNKNOWN, None)) == RpcError(StatusCode.UNKNOWN, "")


@pytest.mark.parametrize(("error", "passes"), [(AWAY, True), (STARTING, True), (BROKEN, False)])
def test_waiting_mends_that_a_runtime_is_away_or_starting(error: RpcError, passes: bool) -> None:
    assert is_passing(error) is passes


class Asked:
    """A runtime that fails with these errors first."""

    def __init__(self, *errors: RpcError) -> None:
        self.errors = list(errors)
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> str:
        self.seconds.append(seconds)
        if self.errors:
            raise self.errors.pop(0)
        return "ready"


def test_a_runtime_that_is_away_and_then_starting_is_waited_for() -> None:
    ask = Asked(AWAY, AWAY, STARTING)
    assert wait_until_ready(ask, 30) == "ready"
    assert len(ask.seconds) == 4
    assert sorted(ask.seconds, reverse=True) == ask.seconds  # what is left of the time


def test_an_error_that_does_not_pass_ends_the_waiting() -> None:
    ask = Asked(STARTING, BROKEN, AWAY)
    with pytest.raises(RpcError, match="broken"):
        wait_until_ready(ask, 30)
    assert ask.errors == [AWAY]


@pytest.mark.parametrize("seconds", [0, -1])
def test_without_patience_a_runtime_is_asked_once(seconds: float) -> None:
    ask = Asked(STARTING, AWAY)
    with pytest.raises(RpcError, match="not initialized"):
        wait_until_ready(ask, seconds)
    assert len(ask.seconds) == 1
    assert ask.seconds[0] > 0


def test_the_last_error_is_the_one_that_is_told() -> None:
    with pytest.raises(RpcError, match="away"):
        wait_until_ready(Asked(STARTING, *[AWAY] * 1000), 0.1)


def version(channel: grpc.Channel) -> str:
    try:
        return (
            api_pb2_grpc.RuntimeServiceStub(channel).Version(api_pb2.VersionRequest(), timeout=5).runtime_name
        )
    except grpc.RpcError as error:
        raise rpc_error(error) from None


def test_a_channel_finds_a_runtime_again_whose_socket_was_gone(tmp_path) -> None:
    with open_channel(f"unix://{tmp_path}/s") as channel:
        for _ in range(3):
            with pytest.raises(RpcError) as caught:
                version(channel)
            assert caught.value.code is StatusCode.UNAVAILABLE
            with served(tmp_path / "s"):
                assert wait_until_ready(lambda _: version(channel), 10) == "little"
            (tmp_path / "s").unlink(missing_ok=True)


def test_a_channel_is_used_for_paths_with_any_character(tmp_path) -> None:
    path = tmp_path / "50%20 #?ä.sock"
    with served(tmp_path / "s"), open_channel(f"unix://{path}") as channel:
        path.symlink_to("s")
        assert version(channel) == "little"


def test_details_come_through_as_they_were_sent(tmp_path) -> None:
    details = 'failed to reserve "ä\n%41": 100 % "reserved"'
    with (
        served(tmp_path / "s", Version=fails(grpc.StatusCode.UNKNOWN, details)) as endpoint,
        open_channel(endpoint) as channel,
        pytest.raises(RpcError) as caught,
    ):
        version(channel)
    assert caught.value == RpcError(StatusCode.UNKNOWN, details)


def test_a_channel_to_no_socket_is_refused_at_once() -> None:
    with pytest.raises(EndpointError):
        open_channel("tcp://127.0.0.1:1")
