"""State machines to trust.

Write a state machine once as a plain class; then check every reachable state, run it, draw it, and test
real implementations and recorded logs against it.
"""

# Layers, lowest first: a module imports only from lines above its own (tests/test_layers.py reads this).
#
#   remarks
#   errors  values  prose  folders  purity  coverage  limits  strategy  course  formula  components  kubelet
#   fairness  automaton  domains  expression  loading  recording  source  saving
#   elements  composites
#   packing  annotations  members
#   model  run  verdict
#   set_views  language  adapter  observation  constraints  lens  difference
#   lazy  tables  methods  symmetry  formulation  stimuli
#   views
#   capture  declaration
#   copies  graph  stepper  replayer  tracing  renaming  question  endless
#   backward  runs  swapping  checkpoint  sorting  behaviour  contrast
#   engine  inclusion
#   interpreter  native
#   choice  keeper  folding
#   targets  explorer  tours  render  export  judgement  failure  lasso
#   advice
#   liveness
#   checker  runner  reproduction  spoken  plan  lockstep  experience  kept_reports
#   execution  expedition
#   journey  suite  replaying  comparison  illustration
#   gallery  walks
#   conformance
#   api  pytest_plugin  pytest_cri  cli

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsm.api import check as check
    from fsm.api import replay as replay
    from fsm.conformance import conform as conform
    from fsm.copies import many as many
    from fsm.declaration import model_of as model_of
    from fsm.declaration import spec as spec
    from fsm.fairness import finitely as finitely
    from fsm.fairness import strong as strong
    from fsm.fairness import weak as weak
    from fsm.formula import F as F
    from fsm.formula import G as G
    from fsm.formula import R as R
    from fsm.formula import U as U
    from fsm.formula import W as W
    from fsm.formula import X as X
    from fsm.judgement import Subject as Subject
    from fsm.language import action as action
    from fsm.language import always as always
    from fsm.language import each as each
    from fsm.language import eventually as eventually
    from fsm.language import initial as initial
    from fsm.language import leads_to as leads_to
    from fsm.language import one_of as one_of
    from fsm.language import recoverable as recoverable
    from fsm.language import recurs as recurs
    from fsm.language import sometimes as sometimes
    from fsm.language import temporal as temporal
    from fsm.language import var as var
    from fsm.observation import AnyOf as AnyOf
    from fsm.observation import Observation as Observation
    from fsm.plan import Plan as Plan
    from fsm.plan import PlannedStep as PlannedStep
    from fsm.run import limit as limit
    from fsm.run import require as require
    from fsm.runner import machine as machine

_HOMES = {
    "fsm.api": ("check", "replay"),
    "fsm.conformance": ("conform",),
    "fsm.copies": ("many",),
    "fsm.declaration": ("model_of", "spec"),
    "fsm.judgement": ("Subject",),
    "fsm.fairness": ("finitely", "strong", "weak"),
    "fsm.formula": ("F", "G", "R", "U", "W", "X"),
    "fsm.language": (
        "action", "always", "each", "eventually", "initial", "leads_to", "one_of", "recoverable",
        "recurs", "sometimes", "temporal", "var",
    ),
    "fsm.plan": ("Plan", "PlannedStep"),
    "fsm.observation": ("AnyOf", "Observation"),
    "fsm.run": ("limit", "require"),
    "fsm.runner": ("machine",),
}  # fmt: skip

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fsm' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
