"""`fsm export`: specs for other people's tools, and traces as ITF."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

import click

from fsm.cli.options import only_one, shared, target
from fsm.cli.output import Output
from fsm.errors import FsmError, did_you_mean
from fsm.limits import Limits
from fsm.model import Model
from fsm.saving import save
from fsm.targets import Target

LANGUAGES = ("tla", "promela", "smv", "itf")


@click.command("export")
@target
@click.option("--to", "language", type=click.Choice(LANGUAGES), required=True, help="The language.")
@click.option(
    "-o", "--output", "folder", metavar="FOLDER", help="Write files there, all or none, instead of stdout."
)
@click.option("--property", "names", multiple=True, metavar="NAME", help="Only this property; repeatable.")
@click.option("--max-states", type=click.IntRange(1), metavar="N", help="With itf: end after N states.")
@shared
def command(
    target: str,
    language: str,
    folder: str | None,
    names: tuple[str, ...],
    max_states: int | None,
    detail: int,
    color: bool | None,
) -> int:
    """Write a spec in Promela (for Spin), TLA+ (for TLC) or SMV, or what was found of a property as ITF.

    What is exported are the spec's completed tables: every step of every event, all initial states, and its
    properties. With `--to itf --property NAME` the spec is checked, and the counterexample or witness of that
    property is written, in the Informal Trace Format.
    """
    place = _folder(folder) if folder is not None else None
    with redirect_stdout(sys.stderr):  # what a spec prints is no result
        found = only_one([target])
        files = (
            _trace(found, names, Limits(max_states=max_states))
            if language == "itf"
            else _spec(found.model, language, names)
        )
    out = Output(None, color)
    if place is None:
        if len(files) > 1:
            raise FsmError(f"{', '.join(files)}: these are several files, so name a folder with -o")
        out.text(next(iter(files.values())))
        return 0
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FsmError(f"{place} cannot be made: {error.strerror}") from None
    for name, text in files.items():
        save(place / name, text)
        if detail >= 0:
            out.text(f"  {place / name}\n")
    return 0


def _spec(model: Model, language: str, names: tuple[str, ...]) -> Mapping[str, str]:
    from fsm.export.promela import promela
    from fsm.export.smv import smv
    from fsm.export.tla import tla
    from fsm.export.translation import machine_of

    write = {"promela": promela, "smv": smv, "tla": tla}[language]
    return write(machine_of(model, names))


def _trace(found: Target, names: tuple[str, ...], limits: Limits) -> Mapping[str, str]:
    """The trace of one property."""
    from fsm.checker import check_model
    from fsm.export.itf import itf_of
    from fsm.journey import Journey

    model = found.model
    if len(names) != 1:
        raise FsmError("an ITF file has one trace: name the property that it is of, with --property NAME")
    (name,) = names
    known = [asked.name for asked in model.properties]
    if name not in known:
        raise FsmError(f"{model.name} has no property `{name}`: {did_you_mean(name, known)}")
    result = check_model(model, limits, names)[name]
    if result.trace is None:
        reason = f" ({result.reason})" if result.reason else ""
        raise FsmError(f"`{name}` has no trace to write: {result.outcome.value}{reason}")
    journey = Journey(model)
    journey.follow(result.trace)
    told = {"property": name, "outcome": result.outcome.value, "source": found.id}
    return {f"{model.name}.{name}.itf.json": itf_of(model, journey.path, result.trace.loop, told)}


def _folder(text: str) -> Path:
    """A folder that there is or can be; raises `FsmError` before any work is done."""
    place = Path(text)
    if place.exists() and not place.is_dir():
        raise FsmError(f"{text} is no folder: an export needs one; choose it with -o")
    return place
