"""States as integers."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fsm.domains import Scalar
from fsm.elements import SequenceOf, SetOf
from fsm.packing import WORD, Layout
from tests.strategies import domains, values

BOOL = Scalar("bool", (False, True))
WIDE = SequenceOf(BOOL, 39)  # of 40 bits


@given(st.data())
def test_unpacking_undoes_packing(data: st.DataObject) -> None:
    layout = Layout({name: data.draw(domains()) for name in data.draw(st.sets(st.sampled_from("abcd")))})
    drawn = {name: data.draw(values(place.domain)) for name, place in layout.places.items()}
    state = layout.pack(drawn)
    assert layout.unpack(state) == drawn
    assert state.bit_length() <= layout.bits
    assert layout.changes(state, state) == []


def test_no_cell_straddles_a_word() -> None:
    layout = Layout({"a": WIDE, "b": WIDE, "c": BOOL})
    assert [slot.shift for slot in layout.slots] == [0, WORD, WORD + 40]
    assert layout.words == 2
    assert Layout({}).words == 1


def test_a_set_has_a_bit_for_each_element_the_first_one_lowest() -> None:
    layout = Layout({"flag": BOOL, "set": SetOf(Scalar("range(3)", (0, 1, 2)))})
    assert [(slot.shift, slot.size) for slot in layout.slots] == [(0, 2), (1, 2), (2, 2), (3, 2)]
    assert layout.pack({"flag": False, "set": {0, 2}}) == 0b1010
    assert [path for path, _ in layout.parts] == ["flag", "set"]


def test_a_cell_of_one_value_takes_no_bits() -> None:
    layout = Layout({"only": Scalar("None", (None,)), "flag": BOOL})
    assert layout.bits == 1
    assert layout.unpack(layout.pack({"only": None, "flag": True})) == {"only": None, "flag": True}


@given(st.data())
def test_cells_that_belong_together_lie_side_by_side(data: st.DataObject) -> None:
    domains_ = {
        name: data.draw(domains()) for name in data.draw(st.sets(st.sampled_from("abcd"), min_size=1))
    }
    apart = Layout(domains_)
    cells = data.draw(st.permutations(range(len(apart.slots))))
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=5))
    groups = [cells[sum(sizes[:at]) : sum(sizes[:at]) + size] for at, size in enumerate(sizes)]
    layout = Layout(domains_, groups)
    for group in groups:
        for one, other in pairwise(group):
            assert layout.slots[other].shift == layout.slots[one].shift + layout.slots[one].mask.bit_length()
    assert [(s.path, s.size, s.mask) for s in layout.slots] == [(s.path, s.size, s.mask) for s in apart.slots]
    used = 0
    for slot in layout.slots:
        assert not used & slot.bits
        used |= slot.bits
    assert used.bit_length() <= layout.bits
    drawn = {name: data.draw(values(domain)) for name, domain in domains_.items()}
    assert layout.unpack(layout.pack(drawn)) == drawn


def test_no_group_straddles_a_word_and_one_that_is_wider_is_no_group() -> None:
    names = {"a": WIDE, "b": BOOL, "c": WIDE, "d": BOOL, "e": BOOL}
    assert [slot.shift for slot in Layout(names, [(0, 4), (1, 2)]).slots] == [
        0,
        WORD,
        WORD + 1,
        WORD + 41,
        40,
    ]
    assert Layout(names, [(0, 2), (1, 3)]).slots == Layout(names).slots


@given(st.data())
def test_changes_name_exactly_what_differs(data: st.DataObject) -> None:
    layout = Layout({"it": data.draw(domains())})
    one, other = (data.draw(values(layout.places["it"].domain)) for _ in range(2))
    before, after = layout.pack({"it": one}), layout.pack({"it": other})
    old, new = dict(layout.items(before)), dict(layout.items(after))
    changed = {path: (was, now) for path, was, now in layout.changes(before, after)}
    assert changed == {path: (old[path], new[path]) for path in old if old[path] != new[path]}
    assert bool(changed) == (one != other)
