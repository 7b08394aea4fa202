"""What a check says of our specs, without checking twice what the run of the suite has checked already."""

import os
import sys
from functools import cache
from pathlib import Path

from fsm import check
from fsm.kept_reports import kept
from fsm.verdict import Report

ROOT = Path(__file__).parents[2]


@cache
def report_of(spec: type) -> Report:
    """The report of a spec: the one that its own items have left behind in this run, or a new one.

    `make test` has pytest keep the reports of a run in `FSM_REPORTS`, and empties that folder first.
    """
    folder = os.environ.get("FSM_REPORTS")
    file = Path(str(sys.modules[spec.__module__].__file__)).relative_to(ROOT)
    found = kept(ROOT / folder, file, spec.__name__) if folder else None
    return check(spec) if found is None else found
