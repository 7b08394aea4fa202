"""With the proxy or without: a caller sees the same, and so does the runtime."""

from collections.abc import Iterator

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet.cri.proxy.reading import METHODS
from tests.kubelet.cri.proxy_bench import SOON, Bench, bench, channel_to

PATHS = [*sorted(METHODS), "/grpc.health.v1.Health/Check", "/runtime.v1.RuntimeService/NotYetInvented"]
CODES = [
    code for code in grpc.StatusCode if code is not grpc.StatusCode.CANCELLED
]  # which gRPC tells otherwise

keys = st.from_regex(r"[a-z][a-z0-9_.]{0,8}", fullmatch=True).filter(lambda key: not key.startswith("grpc"))
ascii_texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=10)
pairs = st.tuples(keys.map("x{}".format), ascii_texts) | st.tuples(
    keys.map("x{}-bin".format), st.binary(max_size=10)
)
metadata = st.lists(pairs, max_size=3).map(tuple)
texts = st.text(st.characters(codec="utf-8"), max_size=30)
messages = st.lists(st.binary(max_size=50), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def b() -> Iterator[Bench]:
    with bench() as made:
        yield made


def seen_by(channel, path, stream, raws, sent):
    """All that a caller sees of a call."""
    method = channel.stream_stream(path) if stream else channel.unary_unary(path)
    try:
        if stream:
            call = method(iter(raws), timeout=SOON, metadata=sent)
            replies = list(call)
        else:
            reply, call = method.with_call(raws[0], timeout=SOON, metadata=sent)
            replies = [reply]
    except grpc.RpcError as error:
        call, replies = error, []
    own = [
        {(key, value) for key, value in found or () if key.startswith("x")}
        for found in (call.initial_metadata(), call.trailing_metadata())
    ]
    return call.code(), call.details(), replies, own


@given(
    st.sampled_from(PATHS), st.sampled_from(grpc.StatusCode), texts, messages,
    metadata, metadata, metadata,
)  # fmt: skip
def test_both_ways_agree(b, path, code, details, raws, sent, first, last):
    name = path.rpartition("/")[2]
    heard = []

    def end(context):
        heard[-1].append({pair for pair in context.invocation_metadata() if pair[0].startswith("x")})
        context.send_initial_metadata(first)
        context.set_trailing_metadata(last)
        if code is not grpc.StatusCode.OK:
            context.abort(code, details)

    def unary(raw, context):
        heard.append([raw])
        end(context)
        return raw[::-1]

    def stream(requests, context):
        heard.append(list(requests))
        end(context)
        yield from heard[-1][:-1]

    streams = path in METHODS and not METHODS[path].unary
    b.fake.unary[name], b.fake.streams = unary, {name: stream} if streams else {}
    with channel_to(f"unix:{b.fake.path}") as direct:
        expected = seen_by(direct, path, streams, raws, sent)
    assert seen_by(b.channel, path, streams, raws, sent) == expected
    assert heard[0] == heard[1]
