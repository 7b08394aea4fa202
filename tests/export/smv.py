"""A reader of the part of SMV that we write: it walks through a module as NuSMV would, state by state.

It knows `VAR`, `IVAR`, `DEFINE`, `INIT`, `TRANS` and `INVARSPEC`, and reads `LTLSPEC` for its syntax alone. A
step is found by what `TRANS` says of each `next(...)`, so each must be said.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

TOKEN = re.compile(r"\s*(:=|->|!=|<=|>=|\.\.|[A-Za-z_]\w*|-?\d+|[{}()?:,;=&|!+-])")
SECTIONS = ("VAR", "IVAR", "DEFINE", "INIT", "TRANS", "INVARSPEC", "LTLSPEC", "MODULE")
LEVELS = (("->",), ("?",), ("|",), ("&",), ("U", "V"), ("=", "!=", "<=", ">=", "in"), ("+", "-"))
Node = Any
State = tuple[tuple[str, Any], ...]


class Module:
    """A module that was read.

    Args:
        text: the file.
    """

    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(re.sub(r"--.*", "", text))
        assert "".join(self.tokens) == re.sub(r"\s|--.*", "", text), "something is no token"
        self.at = 0
        self.domains: dict[str, list[Any]] = {}
        self.inputs: set[str] = set()
        self.defines: dict[str, Node] = {}
        self.init: list[Node] = []
        self.trans: Node = None
        self.invariants: dict[str, Node] = {}
        self.formulas: dict[str, Node] = {}
        while self.at < len(self.tokens):
            self._section(self._take())

    def explore(self) -> tuple[int, int, set[str]]:
        """States, steps with initial states (without those that only stay), and broken invariants."""
        names = [name for name in self.domains if name not in self.inputs]
        every = (
            dict(zip(names, values, strict=True)) for values in product(*(self.domains[n] for n in names))
        )
        found = {
            tuple(one.items()): None for one in every if all(self._value(node, one) for node in self.init)
        }
        queue, generated, broken = list(found), len(found), set[str]()
        for state in queue:
            values = dict(state)
            broken |= {name for name, node in self.invariants.items() if not self._value(node, values)}
            for event in self.domains["event"]:
                for after in self._after({**values, "event": event}):
                    generated += event != "stay"
                    if after not in found:
                        found[after] = None
                        queue.append(after)
        return len(found), generated, broken

    def _after(self, values: Mapping[str, Any]) -> Iterator[State]:
        for alternative in self._alternatives(self.trans):
            told = self._told(alternative, values)
            if told is not None:
                names = [name for name in self.domains if name not in self.inputs]
                assert set(told) == set(names), "a variable may become anything"
                assert all(told[name] in self.domains[name] for name in names)
                yield tuple((name, told[name]) for name in names)

    def _alternatives(self, node: Node) -> Iterator[Node]:
        if node[0] == "|":
            yield from self._alternatives(node[1])
            yield from self._alternatives(node[2])
        else:
            yield node

    def _told(self, node: Node, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """What a step makes of the variables; `None` if there is no such step."""
        match node:
            case ("&", left, right):
                one, other = self._told(left, values), self._told(right, values)
                return None if one is None or other is None else {**one, **other}
            case ("=", ("next", name), right):
                return {name: self._value(right, values)}
            case ("?", test, yes, no):
                return self._told(yes if self._value(test, values) else no, values)
        return {} if self._value(node, values) else None

    def _value(self, node: Node, values: Mapping[str, Any]) -> Any:
        match node:
            case ("name", name):
                if name in self.defines:
                    return self._value(self.defines[name], values)
                return values.get(name, name)
            case ("constant", value):
                return value
            case ("!", inner):
                return not self._value(inner, values)
            case ("?", test, yes, no):
                return self._value(yes if self._value(test, values) else no, values)
            case ("set", elements):
                return [self._value(one, values) for one in elements]
            case (sign, left, right):
                return SIGNS[sign](self._value(left, values), lambda: self._value(right, values))
        raise AssertionError(node)

    def _section(self, word: str) -> None:
        assert word in SECTIONS, word
        if word == "MODULE":
            assert self._take() == "main"
        elif word in ("VAR", "IVAR"):
            while self._is_name():
                name = self._take()
                self._expect(":")
                self.domains[name] = self._type()
                self.inputs |= {name} if word == "IVAR" else set()
                self._expect(";")
        elif word == "DEFINE":
            while self._is_name():
                name = self._take()
                self._expect(":=")
                self.defines[name] = self._statement()
        elif word == "INIT":
            self.init.append(self._statement())
        elif word == "TRANS":
            self.trans = self._statement()
        else:
            self._expect("NAME")
            name = self._take()
            self._expect(":=")
            kept = self.invariants if word == "INVARSPEC" else self.formulas
            kept[name] = self._statement()

    def _type(self) -> list[Any]:
        word = self._take()
        if word == "boolean":
            return [False, True]
        if word == "{":
            values = [self._take()]
            while self._take() == ",":
                values.append(self._take())
            return [int(one) if one.lstrip("-").isdigit() else one for one in values]
        self._expect("..")
        return list(range(int(word), int(self._take()) + 1))

    def _statement(self) -> Node:
        node = self._expression()
        self._expect(";")
        return node

    def _expression(self, level: int = 0) -> Node:
        if level == len(LEVELS):
            return self._unary()
        node = self._expression(level + 1)
        while self._peek() in LEVELS[level]:
            sign = self._take()
            if sign == "?":
                yes = self._expression(level)
                self._expect(":")
                return ("?", node, yes, self._expression(level))
            node = (sign, node, self._expression(level if sign in ("->", "U", "V") else level + 1))
        return node

    def _unary(self) -> Node:
        word = self._take()
        if word in ("!", "G", "F", "X"):
            return (word, self._unary())
        if word == "(":
            node = self._expression()
            self._expect(")")
            return node
        if word == "{":
            elements = [self._expression()]
            while self._peek() == ",":
                self._take()
                elements.append(self._expression())
            self._expect("}")
            return ("set", elements)
        if word == "next":
            self._expect("(")
            name = self._take()
            self._expect(")")
            return ("next", name)
        if word in ("TRUE", "FALSE"):
            return ("constant", word == "TRUE")
        if word.lstrip("-").isdigit():
            return ("constant", int(word))
        assert re.fullmatch(r"[A-Za-z_]\w*", word), word
        return ("name", word)

    def _is_name(self) -> bool:
        return self.at < len(self.tokens) and self._peek() not in SECTIONS

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _expect(self, word: str) -> None:
        taken = self._take()
        assert taken == word, (
            f"{taken} where {word} is wanted, after {' '.join(self.tokens[self.at - 12 : self.at])}"
        )


SIGNS = {
    "&": lambda left, right: left and right(),
    "|": lambda left, right: left or right(),
    "->": lambda left, right: not left or right(),
    "=": lambda left, right: left == right(),
    "!=": lambda left, right: left != right(),
    "<=": lambda left, right: left <= right(),
    ">=": lambda left, right: left >= right(),
    "in": lambda left, right: left in right(),
    "+": lambda left, right: left + right(),
    "-": lambda left, right: left - right(),
}
