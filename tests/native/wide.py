"""Specs whose states take several words."""

from typing import Any

from hypothesis import strategies as st

from tests.strategies import NAMES, Drawn, specs

LIVELY = """\
    @action
    def exchange(self) -> None:
        self.near, self.far = self.far, self.near

    @action
    def paint(self) -> None:
        self.near = Color.GREEN if self.near is Color.RED else Color.RED

    @action
    def carry(self) -> None:
        self.ballast0[0], self.ballast0[39] = self.ballast0[39], self.near is self.far

    @always
    def far_is_as_it_was(self, after) -> bool:
        return self.far is after.far
"""


@st.composite
def wide_specs(draw: Any) -> Drawn:
    """A spec of two to five words: ballast lies between its variables, and some of it moves."""
    lines = draw(specs()).source.splitlines()
    variables = [number for number, line in enumerate(lines) if line.startswith(("    phase:", "    v"))]
    lines.insert(variables[-1] + 1, "    far: Color = var(initial=one_of(Color.RED, Color.BLUE))")
    for number, size in enumerate(draw(st.lists(st.integers(40, 64), min_size=2, max_size=4))):
        key, filled = f"Annotated[int, range({size})]", draw(st.booleans())
        ballast = f"    ballast{number}: dict[{key}, bool] = each(range({size}), {filled})"
        lines.insert(draw(st.sampled_from(variables)) + 1, ballast)
    lines.insert(variables[0] + 1, "    near: Color = Color.RED")
    source = "\n".join([*lines, LIVELY])
    names: dict[str, Any] = {**NAMES, "__name__": __name__}
    exec(source, names)
    return Drawn(source, names["Drawn"])
