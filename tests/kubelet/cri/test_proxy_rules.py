"""Rules: what is one, how it is written, and what is said of what is none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.kubelet.cri.proxy.names import NOBODY, Names, Who
from fsm.kubelet.cri.proxy.reading import method_of
from fsm.kubelet.cri.proxy.rulebook import Rulebook
from fsm.kubelet.cri.proxy.rules import (
    ACTIONS,
    CODES,
    NAMES,
    Rule,
    RuleError,
    read_rules,
    rule_of,
    rule_of_text,
)
from tests.kubelet.cri.proxy_bench import create_request

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)


@st.composite
def rules(draw):
    action = draw(st.sampled_from(sorted(ACTIONS)))
    takes = ACTIONS[action]
    return Rule(
        draw(st.sampled_from([*sorted(NAMES), "*", "grpc.health.v1.Health/Check"])),
        action,
        draw(st.none() | st.integers(1, 2**32 - 1)),
        draw(st.none() | names),
        draw(st.none() | names),
        draw(st.none() | st.integers(0, 2**32 - 1)),
        draw(st.sampled_from(CODES)) if "code" in takes else "",
        draw(names) if "details" in takes else "",
        draw(st.integers(1, 9999)) / 1000 if "seconds" in takes else 0.0,
    )


@given(rules())
def test_a_rule_is_the_same_in_json(rule):
    assert rule_of(json.loads(json.dumps(rule.data()))) == rule


@given(rules())
def test_a_rule_without_quotes_in_its_text_is_the_same_as_a_line(rule):
    if not any(mark in rule.details for mark in '\\"') and rule.details.isprintable():
        assert rule_of_text(str(rule)) == rule


def test_the_rules_of_a_recording_are_rules(tmp_path):
    data = [
        {
            "method": "CreateContainer",
            "nth": 1,
            "action": "error",
            "code": "UNKNOWN",
            "details": 'is "reserved"',
        },
        {"method": "CreateContainer", "nth": 1, "action": "drop_reply", "code": "ABORTED", "details": "x"},
        {"method": "StopContainer", "nth": 3, "action": "delay_before", "seconds": 1},
    ]
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(data))
    assert [rule.data() for rule in read_rules(file)] == data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("StopContainer drop-reply", {"action": "drop_reply", "code": "DEADLINE_EXCEEDED"}),
        ("StopContainer drop_reply INTERNAL", {"code": "INTERNAL", "details": ""}),
        ("StopContainer error ABORTED two words", {"details": "two words"}),
        ("StopContainer delay_after 200ms", {"seconds": 0.2}),
        ("StopContainer delay_after 2s", {"seconds": 2.0}),
        ("StopContainer pod=a container=b attempt=0 cut_after", {"pod": "a", "container": "b", "attempt": 0}),
        ("/grpc.health.v1.Health/Check cut_before", {"method": "grpc.health.v1.Health/Check"}),
    ],
)
def test_a_line_says_as_much_as_json(text, data):
    assert rule_of_text(text).data() | data == rule_of_text(text).data()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "no rule"),
        ([], "no rule"),
        ({}, "`method` is missing"),
        ({"method": "CreateContainer"}, "`action` is missing: there are error, drop_reply"),
        ({"method": "CreateContaner", "action": "cut_after"}, "did you mean CreateContainer"),
        ({"method": "Check", "action": "cut_after"}, "grpc.health.v1.Health/Check"),
        ({"method": 3, "action": "cut_after"}, "`method` is 3"),
        ({"method": "*", "action": "drop"}, "did you mean drop_reply?"),
        ({"method": "*", "action": "cut"}, "did you mean cut_before or cut_after?"),
        ({"method": "*", "action": ["error"]}, "`action` is ['error']"),
        ({"method": "*", "action": "error"}, "`code` is missing"),
        ({"method": "*", "action": "error", "code": "UNKOWN"}, "did you mean UNKNOWN"),
        ({"method": "*", "action": "error", "code": "OK"}, "OK, which is no error"),
        ({"method": "*", "action": "error", "code": 2}, "`code` is 2"),
        ({"method": "*", "action": "error", "code": "UNKNOWN", "details": 7}, "`details` is 7"),
        ({"method": "*", "action": "error", "code": "UNKNOWN", "seconds": 1}, "`error` has no `seconds`"),
        ({"method": "*", "action": "cut_after", "code": "UNKNOWN"}, "`cut_after` has no `code`"),
        ({"method": "*", "action": "delay_after"}, "`seconds` is missing: `delay_after` says how many"),
        ({"method": "*", "action": "delay_after", "seconds": 0}, "more than 0"),
        ({"method": "*", "action": "delay_after", "seconds": -1}, "more than 0"),
        ({"method": "*", "action": "delay_after", "seconds": True}, "`seconds` is True"),
        ({"method": "*", "action": "delay_after", "seconds": float("inf")}, "at most a day"),
        ({"method": "*", "action": "delay_after", "seconds": float("nan")}, "`seconds` is nan"),
        (
            {"method": "*", "action": "cut_after", "nth": 0},
            "`nth` is 0, where it is a whole number from 1 on",
        ),
        ({"method": "*", "action": "cut_after", "nth": 1.0}, "`nth` is 1.0"),
        ({"method": "*", "action": "cut_after", "nth": True}, "`nth` is True"),
        ({"method": "*", "action": "cut_after", "attempt": -1}, "`attempt` is -1"),
        ({"method": "*", "action": "cut_after", "attempt": 2**32}, "`attempt` is 4294967296"),
        ({"method": "*", "action": "cut_after", "pod": ""}, "`pod` is '', where it is a name"),
        ({"method": "*", "action": "cut_after", "container": 1}, "`container` is 1"),
        ({"method": "*", "action": "cut_after", "time": 1}, "there is no `time` in a rule"),
        ({"method": "*", "action": "cut_after", "cod": 1}, "did you mean code"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_to_write(data, said):
    with pytest.raises(RuleError) as caught:
        rule_of(data, "here")
    assert str(caught.value).startswith("here: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty text is no rule: write METHOD[#NTH]"),
        ("   ", "an empty text"),
        ("CreateContainer", "does not say what happens"),
        ("CreateContainer#2", "does not say what happens"),
        ("CreateContainer#x cut_after", "`nth` is 'x'"),
        ("CreateContainer# cut_after", "`nth` is ''"),
        ("CreateContainer#-1 cut_after", "`nth` is '-1'"),
        ("CreateContainer#0 cut_after", "`nth` is 0"),
        ("CreateContainer#² cut_after", "`nth` is '²'"),
        ("CreateContainer#99999999999999999999 cut_after", "`nth` is"),
        ("CreateContainer attempt=one cut_after", "`attempt` is 'one'"),
        ("CreateContainer image=x cut_after", "`action` is 'image=x'"),
        ("CreateContainer error", "`code` is missing"),
        ("CreateContainer error 'UNKNOWN", "no closing quotation"),
        ("CreateContainer delay_after", "`seconds` is missing"),
        ("CreateContainer delay_after soon", "`soon` is no time: write 1.5 (seconds) or 200ms"),
        ("CreateContainer delay_after nan", "is no time"),
        ("CreateContainer delay_after 1 2", "takes no `2`"),
        ("CreateContainer cut_after 1", "takes no `1`"),
        ("#1 cut_after", "`method` is ''"),
        ("CreateContainer eror UNKNOWN", "did you mean error"),
    ],
)
def test_a_line_that_is_no_rule_is_refused_with_what_to_write(text, said):
    with pytest.raises(RuleError) as caught:
        rule_of_text(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ":1:1: no JSON"),
        (b"[{]", ":1:3: no JSON"),
        (b'[\n{"method": "*"\n"action"', ":3:1: no JSON"),
        (b"{}", "it holds {}, where rules are a list"),
        (b"null", "where rules are a list"),
        (b"\xff\xfe", "is no text"),
        (b"[" * 100_000, "nested too deep"),
        (b'[{"method": "*", "action": "cut_after"}, 7]', "rule 2: 7 is no rule"),
        (b'[{"method": "*", "action": "cut_after"}, {"method": "*"}]', "rule 2: `action` is missing"),
    ],
)
def test_a_file_that_holds_no_rules_is_refused(tmp_path, content, said):
    file = tmp_path / "rules.json"
    file.write_bytes(content)
    with pytest.raises(RuleError) as caught:
        read_rules(file)
    assert str(caught.value).startswith(str(file))
    assert said in str(caught.value)


@pytest.mark.parametrize("path", ["/no/such/file", "/"])
def test_a_file_that_cannot_be_read_is_refused(path):
    with pytest.raises(RuleError, match="cannot be read"):
        read_rules(Path(path))


def chosen(book: Rulebook, path: str, count: int, who: Who = NOBODY):
    method = method_of(path)
    return [book.choose(method, book.count(method), who) for _ in range(count)]


CREATE = "/runtime.v1.RuntimeService/CreateContainer"


def test_the_first_rule_in_order_fires_and_all_of_them_count():
    book = Rulebook(
        map(rule_of_text, ["CreateContainer#2 cut_after", "* cut_before", "CreateContainer#3 cut_after"])
    )
    first, every, third = chosen(book, CREATE, 3)
    assert (first.action, every.action, third.action) == ("cut_before", "cut_after", "cut_before")
    assert [str(rule) for rule in book.unfired()] == ["CreateContainer#3 cut_after"]


def test_calls_are_counted_whatever_the_version_of_the_cri():
    book = Rulebook([rule_of_text("CreateContainer#2 cut_after")])
    assert chosen(book, CREATE, 1) == [None]
    assert chosen(book, CREATE.replace("v1", "v1alpha2"), 1) != [None]


def test_the_nth_call_is_the_nth_that_the_conditions_are_true_of():
    book = Rulebook([rule_of_text("CreateContainer#2 pod=a cut_after")])
    assert chosen(book, CREATE, 1, Who("a")) == [None]
    assert chosen(book, CREATE, 5, Who("b")) == [None] * 5
    assert chosen(book, CREATE, 5) == [None] * 5
    (rule,) = chosen(book, CREATE, 1, Who("a"))
    assert rule.pod == "a"


def test_a_source_is_asked_where_no_rule_fires():
    made = rule_of_text("* cut_before")
    book = Rulebook([rule_of_text("CreateContainer#1 cut_after")], lambda method, nth: made)
    first, second = chosen(book, CREATE, 2)
    assert first.action == "cut_after"
    assert second is made


def test_of_ids_only_the_newest_are_remembered():
    from cri_api.v1 import api_pb2 as cri

    known = Names(most=2)
    for at in range(3):
        known.learn(known.of(create_request(f"c{at}")), cri.CreateContainerResponse(container_id=f"id{at}"))
    asked = [known.of(cri.StartContainerRequest(container_id=f"id{at}")).container for at in range(3)]
    assert asked == [None, "c1", "c2"]
