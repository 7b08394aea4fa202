"""Which version a text means, and what each row changes of its elder."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm import kubelet as k

WAITING = "Successfully pulled image {image} in {took} ({took} including waiting)"
CHANGES = {
    "1.18": {"target": (False, True)},
    "1.19": {"reference": (k.ReferenceRule.STORED, k.ReferenceRule.NONE)},
    "1.21": {"pre_create": (False, True)},
    "1.21.6": {"count_rule": (k.CountRule.ZERO, k.CountRule.LOGS_LOOSE)},
    "1.22": {"hook_error_tells": (True, False)},
    "1.25": {
        "ephemeral_gate": (True, False),
        "pulled": (
            "Successfully pulled image {image} in {took}",
            WAITING,
        ),
    },
    "1.26": {"hook_event_tells": (True, False)},
    "1.27": {"count_rule": (k.CountRule.LOGS_LOOSE, k.CountRule.LOGS_STRICT)},
    "1.28": {"user_specified_image": (False, True)},
    "1.29": {"handler": (k.HandlerRule.NONE, k.HandlerRule.WITH_TEXT)},
    "1.30": {"pulled": (WAITING, f"{WAITING}. Image size: {{size}} bytes.")},
    "1.31": {
        "handler": (k.HandlerRule.WITH_TEXT, k.HandlerRule.BARE),
        "reference": (k.ReferenceRule.NONE, k.ReferenceRule.FOR_IMAGE),
        "created": ("Created container {name}", "Created container: {name}"),
    },
    "1.32": {"present_message": (False, True), "back_off_tells": (False, True)},
    "1.33": {"actuated_resources": (False, True)},
    "1.35": {
        "created": ("Created container: {name}", "Container created"),
        "started": ("Started container {name}", "Container started"),
    },
    "1.36": {"always_looks_first": (True, False)},
}


def test_each_row_changes_what_is_known_to_have_changed_and_nothing_else():
    found = {}
    for before, after in zip(k.VERSIONS, k.VERSIONS[1:], strict=False):
        pairs = {one.name: (getattr(before, one.name), getattr(after, one.name)) for one in fields(after)}
        del pairs["name"]
        found[after.name] = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    assert found == CHANGES


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1.17", "1.17"),
        ("1.17.1", "1.17"),
        ("v1.18.6", "1.18"),
        ("1.20", "1.19"),
        ("1.20.4", "1.19"),
        ("1.21", "1.21"),
        ("1.21.5", "1.21"),
        ("1.21.6", "1.21.6"),
        ("1.21.14", "1.21.6"),
        ("1.22.0", "1.22"),
        ("1.24.17", "1.22"),
        ("1.25", "1.25"),
        ("1.27.15", "1.27"),
        ("1.28.7", "1.28"),
        ("1.30.7", "1.30"),
        ("1.34.9", "1.33"),
        ("1.35.6", "1.35"),
        ("1.36.2", "1.36"),
    ],
)
def test_a_row_holds_until_the_next_one(text, name):
    assert k.version(text).name == name


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.", "1.x", "one", "1.18.6-gke.1", "1.18.6.1", " 1.18", "1.18\n", "vv1.18", "-1.18", "1.١٨"],
)
def test_what_is_no_version_is_refused(text):
    with pytest.raises(ValueError, match=r"is no Kubernetes version: write 1\.20"):
        k.version(text)


@pytest.mark.parametrize("text", ["1.16", "1.16.99", "1.15.3", "0.21", "1.37", "1.37.0", "2.0", "v3.18"])
def test_what_was_not_read_is_refused(text):
    with pytest.raises(ValueError, match=rf"{text} was not read: the port knows 1\.17 to 1\.36"):
        k.version(text)


@given(st.lists(st.tuples(st.integers(17, 36), st.integers(0, 40)), min_size=2, max_size=2))
def test_a_later_version_is_never_an_earlier_row(asked):
    earlier, later = (k.version(f"1.{minor}.{patch}") for minor, patch in sorted(asked))
    assert k.VERSIONS.index(earlier) <= k.VERSIONS.index(later)
