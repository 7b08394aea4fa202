"""HTTP/2 by itself: headers and frames, whatever a peer does with them."""

import asyncio
import socket

import pytest
from cri_api.v1 import api_pb2 as cri
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet.cri.proxy import http2, stream
from fsm.kubelet.cri.proxy.hpack import Decoder, HpackError, encode
from fsm.kubelet.cri.proxy.http2 import PREFACE, Connection
from fsm.kubelet.cri.proxy.stream import Lost, Reset
from fsm.kubelet.cri.proxy.wire import read_timeout, status_headers, status_of, with_timeout
from tests.kubelet.cri.proxy_bench import SOON, bench, channel_to

HELLO = PREFACE + b"\0\0\0\4\0\0\0\0\0"
headers = st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=300)), max_size=6)


# headers


@given(st.lists(headers, max_size=3))
def test_headers_that_are_written_are_read(blocks):
    decoder = Decoder()
    assert [decoder.decode(encode(block)) for block in blocks] == blocks


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_any_bytes_are_headers_or_refused(blocks):
    decoder = Decoder()
    for block in blocks:
        try:
            decoder.decode(block)
        except HpackError:
            break


FIRST = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"www.example.com")]
SECOND = [*FIRST, (b"cache-control", b"no-cache")]
THIRD = [
    (b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/index.html"),
    (b":authority", b"www.example.com"), (b"custom-key", b"custom-value"),
]  # fmt: skip
EXAMPLES = {
    "C.3, plain": [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ],
    "C.4, packed": [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ],
}


@pytest.mark.parametrize("blocks", EXAMPLES.values(), ids=EXAMPLES)
def test_the_examples_of_rfc_7541_are_read(blocks):
    decoder = Decoder()
    assert [decoder.decode(bytes.fromhex(block)) for block in blocks] == [FIRST, SECOND, THIRD]


def test_a_table_forgets_what_it_has_no_room_for():
    decoder = Decoder()
    for at in range(200):
        decoder.decode(b"\x40\x01a\x28" + b"%040d" % at)
    room = 4096 // (1 + 40 + 32)
    assert decoder.decode(bytes([0x80 | 62]))[0] == (b"a", b"%040d" % 199)
    assert decoder.decode(bytes([0x80 | 61 + room]))[0] == (b"a", b"%040d" % (200 - room))
    with pytest.raises(HpackError, match="there is no header"):
        decoder.decode(bytes([0x80 | 62 + room]))


@pytest.mark.parametrize(
    "block",
    [
        "80",
        "ff" + "ff" * 9,
        "40",
        "4001",
        "0001",
        "00ff",
        "3fe21f",
        "be",
        "0081ff8100",
        "0084fffffffc8100",
        "7f",
    ],
)
def test_what_is_no_block_of_headers_is_refused(block):
    with pytest.raises(HpackError):
        Decoder().decode(bytes.fromhex(block))


# what gRPC writes into them


@given(st.floats(1e-5, 1e9))
def test_a_timeout_is_passed_on_as_exactly_as_it_can_be_written(seconds):
    found = read_timeout(dict(with_timeout([(b"grpc-timeout", b"1S")], seconds)))
    assert found <= seconds
    assert found == pytest.approx(seconds, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("text", [b"", b"1", b"S", b"123456789S", b"-1S", b"1.5S", b"1s", "²S".encode()])
def test_what_is_no_timeout_is_none(text):
    assert read_timeout({b"grpc-timeout": text}) is None


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_comes_through_a_status(text):
    assert status_of(status_headers("ABORTED", text, False)) == ("ABORTED", text)


# connections


class Pair:
    """A server that echoes and a client of it, on a pair of sockets."""

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        ends = socket.socketpair()
        self.tasks = set()
        _, self.server = await loop.create_connection(lambda: Connection(self.accept), sock=ends[0])
        _, self.client = await loop.create_connection(lambda: Connection(None), sock=ends[1])
        return self

    async def __aexit__(self, *error):
        self.client.cut()
        self.server.cut()
        await asyncio.sleep(0)
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def accept(self, one):
        self.tasks.add(asyncio.ensure_future(self.echo(one)))

    async def echo(self, one):
        one.send_headers(one.headers)
        while (message := await one.read()) is not None:
            await one.send(message)
        one.finish([(b"grpc-status", b"0")])

    async def call(self, messages):
        one = await self.client.begin([(b":path", b"/a/b")])
        sender = asyncio.ensure_future(self.send(one, messages))
        assert await one.answered() == [(b":path", b"/a/b")]
        found = []
        while (message := await one.read()) is not None:
            found.append(message[5:])
        await sender
        return found, one.trailers

    async def send(self, one, messages):
        for message in messages:
            await one.send(b"\0" + len(message).to_bytes(4) + message)
        one.end()


sizes = st.lists(st.lists(st.integers(0, 1000), max_size=3), min_size=1, max_size=4)


def frame(kind, flags, number, payload):
    return len(payload).to_bytes(3) + bytes([kind, flags]) + number.to_bytes(4) + payload


@pytest.mark.parametrize(
    ("window", "frame"), [(1 << 20, 1 << 20), (70_000, 16_384), (100, 16_384), (7, 16_384)]
)
def test_messages_come_through_windows_of_any_size(monkeypatch, window, frame):
    monkeypatch.setattr(http2, "WINDOW", window)
    monkeypatch.setattr(stream, "WINDOW", window)
    monkeypatch.setattr(http2, "FRAME", frame)

    @given(sizes)
    def check(calls):
        async def run():
            async with Pair() as pair:
                wanted = [[bytes([at]) * size for size in one] for at, one in enumerate(calls)]
                found = await asyncio.wait_for(asyncio.gather(*map(pair.call, wanted)), SOON)
                assert found == [(one, [(b"grpc-status", b"0")]) for one in wanted]
                assert pair.client.quiet
                assert pair.server.quiet

        asyncio.run(run())

    check()


def test_a_client_waits_until_the_server_has_room_for_its_stream():
    async def run():
        async with Pair() as pair:
            pair.client.most_streams = 1
            found = await asyncio.wait_for(asyncio.gather(*(pair.call([b"x"]) for _ in range(20))), SOON)
            assert [messages for messages, _ in found] == [[b"x"]] * 20

    asyncio.run(run())


def test_headers_that_are_longer_than_a_frame_come_through():
    async def run():
        async with Pair() as pair:
            long = [(b":path", b"/a/b"), (b"long", bytes(range(256)) * 1000)]
            one = await pair.client.begin(long)
            one.end()
            assert await one.answered() == long

    asyncio.run(run())


def test_a_stream_that_is_given_up_is_given_up_on_the_other_side():
    async def run():
        async with Pair() as pair:
            one = await pair.client.begin([(b":path", b"/a/b")])
            await one.answered()
            one.reset()
            with pytest.raises(Reset):
                await one.read()
            (task,) = pair.tasks
            with pytest.raises(Reset) as caught:
                await asyncio.wait_for(task, SOON)
            assert caught.value.code == 8
            assert (await pair.call([b"next"]))[0] == [b"next"]

    asyncio.run(run())


def test_a_connection_that_is_cut_ends_its_streams():
    async def run():
        async with Pair() as pair:
            one = await pair.client.begin([(b":path", b"/a/b")])
            await one.answered()
            pair.server.cut()
            with pytest.raises(Lost):
                await one.read()
            with pytest.raises(Lost):
                await pair.client.begin([])

    asyncio.run(run())


class Nowhere(asyncio.Transport):
    """A socket that takes everything."""

    def __init__(self):
        super().__init__()
        self.closed = False

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def write(self, data):
        pass

    def close(self):
        self.closed = True

    abort = close


frames = st.builds(
    frame,
    st.integers(0, 10),
    st.integers(0, 255),
    st.integers(0, 9),
    st.binary(max_size=40) | st.just(encode([(b":path", b"/a/b")])),
)


@given(st.lists(frames | st.binary(max_size=20), max_size=8), st.booleans(), st.data())
def test_a_peer_may_send_anything(parts, serves, data):
    async def run():
        connection = Connection((lambda one: None) if serves else None)
        connection.connection_made(Nowhere())
        text = (PREFACE if serves else b"") + b"".join(parts)
        while text and connection.open:
            size = data.draw(st.integers(1, len(text)))
            connection.data_received(text[:size])
            text = text[size:]
        connection.connection_lost(None)

    asyncio.run(run())


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01 a handshake of TLS",
        PREFACE[:-1] + b"x",
        PREFACE + b"\xff\xff\xff\0\0\0\0\0\1",
        HELLO + b"\0\0\1\1\4\0\0\0\1\xff",
        HELLO + b"\0\0\1\x09\4\0\0\0\1\x88",
        HELLO + b"\0\0\1\1\0\0\0\0\1\x88" + b"\0\0\0\6\0\0\0\0\0",
        HELLO + b"\0\0\1\0\x08\0\0\0\1\xff",
    ],
)
def test_who_does_not_speak_http2_is_sent_away_and_nobody_else(said):
    with bench() as b:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(SOON)
            peer.connect(str(b.folder / "p.sock"))
            peer.sendall(said)
            while peer.recv(1000):
                pass
        b.start()


def test_a_ping_is_answered():
    with bench() as b, socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(SOON)
        peer.connect(str(b.folder / "p.sock"))
        peer.sendall(HELLO + b"\0\0\x08\6\0\0\0\0\0" + b"12345678")
        heard = b""
        while b"\0\0\x08\6\1\0\0\0\0" + b"12345678" not in heard:
            more = peer.recv(1000)
            assert more
            heard += more


def test_a_reader_that_is_slow_holds_the_runtime_back_and_not_the_memory():
    told = []

    def events(requests, context):
        for _ in range(200):
            told.append(1)
            yield cri.ContainerEventResponse(container_id="x" * 2**20).SerializeToString()

    with bench(record=None) as b:
        b.fake.streams["GetContainerEvents"] = events
        call = b.runtime.GetContainerEvents(cri.GetEventsRequest(), timeout=SOON)
        next(call)
        with channel_to(b.proxy.endpoint) as other:  # others are served meanwhile
            for _ in range(50):
                other.unary_unary("/runtime.v1.RuntimeService/Version")(b"", timeout=SOON)
        assert len(told) < 150
        assert len(list(call)) == 199


def test_a_thousand_streams_of_one_caller_at_once():
    with bench(record=None) as b:
        calls = [
            b.channel.unary_unary("/runtime.v1.RuntimeService/Version").future(b"%d" % at, timeout=SOON)
            for at in range(1000)
        ]
        assert [call.result() for call in calls] == [b"%d" % at for at in range(1000)]


def test_a_stream_that_is_given_up_unread_gives_its_part_of_the_connections_window_back(monkeypatch):
    monkeypatch.setattr(http2, "WINDOW", 1 << 16)
    monkeypatch.setattr(stream, "WINDOW", 1 << 16)
    chunk = b"\0" + (1 << 14).to_bytes(4) + bytes(1 << 14)

    async def run():
        async with Pair() as pair:
            for _ in range(40):  # each leaves unread what fills its window
                one = await pair.client.begin([(b":path", b"/a/b")])
                await one.answered()
                for _ in range(16):
                    one.offer(chunk)
                for _ in range(30):
                    await asyncio.sleep(0)
                one.reset()
            answered, *_ = await asyncio.wait_for(pair.call([b"x"]), SOON)
            assert answered == [b"x"]

    asyncio.run(run())
