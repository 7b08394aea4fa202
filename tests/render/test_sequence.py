import pytest

from fsm.render.sequence import Message, Sequence


def test_a_message_to_a_stranger_names_those_who_take_part():
    with pytest.raises(ValueError, match=r"Message 2 of 'Call' names 'hook'.*'kubelet', 'runtime'"):
        Sequence(
            "Call",
            ("kubelet", "runtime"),
            (Message("kubelet", "runtime", "create"), Message("runtime", "hook", "start")),
        )


def test_a_message_without_text_is_refused():
    with pytest.raises(ValueError, match="Message 1 of 'Call' has no text"):
        Sequence("Call", ("kubelet",), (Message("kubelet", "kubelet", "\t"),))


def test_nobody_twice_or_blank_participants_are_refused():
    with pytest.raises(ValueError, match="has no participants"):
        Sequence("Call", ())
    with pytest.raises(ValueError, match="'kubelet' takes part twice"):
        Sequence("Call", ("kubelet", "kubelet"))
    with pytest.raises(ValueError, match="is blank"):
        Sequence("Call", (" ",))


def test_a_string_for_participants_is_refused_with_the_tuple_to_write():
    with pytest.raises(ValueError, match=r"Write a tuple of names: \('me',\)"):
        Sequence("Call", "me")  # type: ignore[arg-type]


@pytest.mark.parametrize("loop", [-1, 2])
def test_a_loop_that_begins_nowhere_is_refused(loop):
    with pytest.raises(ValueError, match=f"begins after {loop} messages, and there are 1"):
        Sequence("Call", ("kubelet",), (Message("kubelet", "kubelet", "wait"),), loop=loop)


def test_it_rests_where_a_loop_has_no_messages():
    wait = (Message("kubelet", "kubelet", "wait"),)
    assert [Sequence("Call", ("kubelet",), wait, loop=loop).rests for loop in (None, 0, 1)] == [
        False,
        False,
        True,
    ]
