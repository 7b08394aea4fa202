"""States as integers."""

from hypothesis import given
from hypothesis import strategies as st

from fsm.composites import SetOf
from fsm.domains import Scalar
from fsm.packing import WORD, Layout
from tests.strategies import domains, values

BOOL = Scalar("bool", (False, True))
WIDE = SetOf(Scalar("range(40)", tuple(range(40))))


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


def test_a_cell_of_one_value_takes_no_bits() -> None:
    layout = Layout({"only": Scalar("None", (None,)), "flag": BOOL})
    assert layout.bits == 1
    assert layout.unpack(layout.pack({"only": None, "flag": True})) == {"only": None, "flag": True}


@given(st.data())
def test_changes_name_exactly_what_differs(data: st.DataObject) -> None:
    layout = Layout({"it": data.draw(domains())})
    one, other = (data.draw(values(layout.places["it"].domain)) for _ in range(2))
    before, after = layout.pack({"it": one}), layout.pack({"it": other})
    old, new = dict(layout.items(before)), dict(layout.items(after))
    changed = {path: (was, now) for path, was, now in layout.changes(before, after)}
    assert changed == {path: (old[path], new[path]) for path in old if old[path] != new[path]}
    assert bool(changed) == (one != other)
