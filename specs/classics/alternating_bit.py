"""The alternating bit protocol: each message arrives once, over channels that lose and repeat some.

After K. A. Bartlett, R. A. Scantlebury and P. T. Wilkinson, "A Note on Reliable Full-Duplex Transmission over
Half-Duplex Links", Communications of the ACM 12(5), 1969. A frame carries a message and one bit; the receiver
takes a frame only if its bit is the one that it waits for, and answers with the bit of the last one that it
took; whatever is not answered is sent again.

That messages arrive is no matter of the bit but of the channels. The fairness is that of module `AB` in
lecture 9 of L. Lamport's TLA+ video course: both sides go on sending (weak), and a channel that can deliver
something again and again does so some time (strong). Weak fairness of delivery is too little: a channel that
is emptied by losses again and again never can deliver without a break. Channels that also repeat have to end
that some time: one that repeats the same for ever delivers again and again, and never anything new.
"""

from dataclasses import dataclass
from enum import Enum

from fsm import (
    action,
    always,
    finitely,
    leads_to,
    recoverable,
    recurs,
    require,
    sometimes,
    spec,
    strong,
    var,
    weak,
)

CAPACITY = 2  # of a channel; what is full takes nothing more

DELIVERY = (
    weak("send", "answer"),
    strong("receive", "hear"),
    finitely("repeat_frame", "repeat_answer"),
)  # however much is lost


class Sender(Enum):
    """What the sender does."""

    READY = "ready"  # for the next message
    SENDING = "sending"  # until an acknowledgement comes


class Message(Enum):
    """What is to be told apart."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Frame:
    """What goes from the sender to the receiver."""

    message: Message
    bit: bool


@spec(final={Sender.READY})
class AlternatingBit:
    """One sender, one receiver, and a channel each way."""

    sender: Sender = Sender.READY
    message: Message = Message.RED  # the one that is being sent, or was last
    bit: bool = False
    frames: tuple[Frame, ...] = var(maxlen=CAPACITY)  # on their way to the receiver
    answers: tuple[bool, ...] = var(maxlen=CAPACITY)  # on their way to the sender
    last_bit: bool = False  # of the frame that the receiver took last
    taken: Message | None = None  # the message that arrived last
    arrived: int = var(range(3), 1)  # how often the message arrived that is being sent; 2 is too often

    # the sender

    @action(Sender.READY, sender="user", receiver="sender")
    def accept(self, message: Message) -> None:
        """There is something to send."""
        self.message = message
        self.bit = not self.bit
        self.arrived = 0
        self.sender = Sender.SENDING

    @action(Sender.SENDING, sender="sender", receiver="channel")
    def send(self) -> None:
        """For the first time, or again: nobody knows what became of the last frame."""
        require(len(self.frames) < CAPACITY)
        self.frames += (Frame(self.message, self.bit),)

    @action(sender="channel", receiver="sender")
    def hear(self) -> None:
        """An answer comes; one that has the other bit is an old one."""
        require(len(self.answers) > 0)
        if self.answers[0] == self.bit:
            self.sender = Sender.READY
        self.answers = self.answers[1:]

    # the receiver

    @action(sender="channel", receiver="receiver")
    def receive(self) -> None:
        """A frame comes; one that has the bit of the last one is a repetition."""
        require(len(self.frames) > 0)
        frame = self.frames[0]
        self.frames = self.frames[1:]
        if self.is_new(frame):
            self.last_bit = frame.bit
            self.taken = frame.message
            self.arrived = min(self.arrived + 1, 2)

    @action(sender="receiver", receiver="channel")
    def answer(self) -> None:
        """Tell which frame was taken last, as often as there is room for it."""
        require(len(self.answers) < CAPACITY)
        self.answers += (self.last_bit,)

    def is_new(self, frame: Frame) -> bool:
        """Whether the receiver takes a frame."""
        return frame.bit != self.last_bit

    # the channels

    @action(fault=True, sender="channel", receiver="channel")
    def lose_frame(self) -> None:
        """What would come next, never comes."""
        require(len(self.frames) > 0)
        self.frames = self.frames[1:]

    @action(fault=True, sender="channel", receiver="channel")
    def lose_answer(self) -> None:
        """What would come next, never comes."""
        require(len(self.answers) > 0)
        self.answers = self.answers[1:]

    @action(fault=True, sender="channel", receiver="channel")
    def repeat_frame(self) -> None:
        """What comes next, comes twice."""
        require(0 < len(self.frames) < CAPACITY)
        self.frames = self.frames[:1] + self.frames

    @action(fault=True, sender="channel", receiver="channel")
    def repeat_answer(self) -> None:
        """What comes next, comes twice."""
        require(0 < len(self.answers) < CAPACITY)
        self.answers = self.answers[:1] + self.answers

    # what is promised

    @always
    def nothing_arrives_twice(self) -> bool:
        """Repetitions are known by their bit."""
        return self.arrived < 2

    @always
    def nothing_is_left_out(self) -> bool:
        """The sender takes the next message only when the last one has arrived."""
        return self.sender is Sender.SENDING or self.arrived > 0

    @always(on=receive)
    def what_arrives_was_sent(self, after: "AlternatingBit") -> bool:
        """The message that is counted is the one that is being sent."""
        return after.arrived == self.arrived or after.taken is self.message

    @sometimes
    def an_answer_is_late(self) -> bool:
        """An answer to the message before the one that is being sent is on its way."""
        return self.sender is Sender.SENDING and (not self.bit) in self.answers and self.arrived == 0

    @recoverable
    def can_be_ready(self) -> bool:
        """Whatever was lost, the protocol can go on."""
        return self.sender is Sender.READY

    @leads_to(fair=DELIVERY)
    def what_is_sent_arrives(self) -> tuple[bool, bool]:
        """Every message gets through channels that deliver something again and again."""
        return self.sender is Sender.SENDING, self.arrived > 0

    @recurs(fair=DELIVERY)
    def is_ready_again(self) -> bool:
        """The sender hears of it."""
        return self.sender is Sender.READY

    @leads_to(fair=[weak(send, receive, answer, hear), finitely()])
    def what_is_sent_arrives_once_all_is_well(self) -> tuple[bool, bool]:
        """Every message gets through if losses and repetitions come to an end some time."""
        return self.sender is Sender.SENDING, self.arrived > 0

    @leads_to(fair=weak(), finding="a channel may lose every frame that it is given")
    def what_is_sent_arrives_whatever_is_lost(self) -> tuple[bool, bool]:
        """Too much to ask: what is lost again and again never arrives, however often it is sent."""
        return self.sender is Sender.SENDING, self.arrived > 0

    @leads_to(fair=DELIVERY[:2], finding="a channel may repeat an old frame for ever")
    def what_is_sent_arrives_whatever_is_repeated(self) -> tuple[bool, bool]:
        """Too much to ask as well: then something is always delivered, and never the message."""
        return self.sender is Sender.SENDING, self.arrived > 0


class WithoutBit(AlternatingBit):
    """The receiver takes whatever comes."""

    what_is_sent_arrives_whatever_is_repeated = None  # an old frame counts as well

    def is_new(self, frame: Frame) -> bool:
        """Nothing tells a repetition."""
        return True

    @always(finding="a frame that is sent again is taken for a new one")
    def nothing_arrives_twice(self) -> bool:
        """Lost, which shows what the bit is for."""
        return self.arrived < 2

    @always(on="receive", finding="an old frame comes late, and is taken for the message that is being sent")
    def what_arrives_was_sent(self, after: "AlternatingBit") -> bool:
        """Lost as well."""
        return after.arrived == self.arrived or after.taken is self.message
