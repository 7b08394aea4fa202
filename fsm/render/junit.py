"""Reports as JUnit XML: a suite a spec, a case a property; unknown is an error, never a pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from fsm.prose import result_lines
from fsm.remarks import remark_on, standing
from fsm.verdict import Report

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Iterable[tuple[str, Report]], mistakes: Sequence[str] = ()) -> str:
    """The document.

    Args:
        reports: each with the target that leads to its spec.
        mistakes: what is wrong with other targets; a suite of their own.

    Returns:
        XML, ending in a newline.
    """
    root = Element("testsuites", name="fsm")
    for target, report in reports:
        suite = SubElement(root, "testsuite", name=target, time=f"{report.seconds:.3f}")
        for result in report.properties:
            case = SubElement(suite, "testcase", classname=target, name=result.name, time="0")
            if result.expected is not True:
                kind = "error" if result.expected is None else "failure"
                message = _clean(f"{standing(result)}: {remark_on(result)}")
                told = SubElement(case, kind, type=standing(result), message=message)
                told.text = _clean("\n".join(result_lines(result, report)))
            elif result.finding:
                SubElement(case, "system-out").text = _clean(f"finding: {result.finding}")
        _count(suite)
    if mistakes:
        suite = SubElement(root, "testsuite", name="mistakes")
        for number, message in enumerate(mistakes, 1):
            case = SubElement(suite, "testcase", classname="mistakes", name=f"mistake {number}", time="0")
            SubElement(case, "error", type="mistake", message=_clean(message))
        _count(suite)
    indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, "unicode") + "\n"


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))


def _clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNPRINTABLE.sub("?", text)
