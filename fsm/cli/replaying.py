"""`fsm replay`: recorded logs against a spec."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import click

from fsm.cli.options import complain, messages, only_one, output, shared, target
from fsm.cli.output import Output
from fsm.errors import LogError
from fsm.judgement import Session, recording_text, summary_text


@click.command("replay")
@target
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@output
@shared
def command(
    target: str, logs: tuple[str, ...], form: str, output: str | None, detail: int, color: bool | None
) -> int:
    """Follow recorded LOGs through a spec: conforming, not conforming, or too thin to tell.

    A LOG that ends in .itf.json is one trace, in the Informal Trace Format of Apalache and Quint. Any other
    one is a file of JSON lines, plain or gzipped. What they mean says specs/lamp_recording.py for
    specs/lamp.py; without it they speak in the spec's own words: {"action": "create", "arguments": {"ok":
    true}, "state": {"phase": "CREATED"}}.
    """
    from fsm.replaying import Judge

    out, session = Output(output, color), Session()
    with redirect_stdout(sys.stderr):  # what a spec prints is no result
        judge = Judge(only_one([target]))
        for log in dict.fromkeys(logs):
            try:
                judgements = judge.recording(log)
            except LogError as error:
                complain(error, detail > 0)
                session.mistakes += messages(error)
                continue
            session.judgements += judgements
            if form == "text":
                out.lines(recording_text(judgements, detail))
    if form == "json":
        out.text(session.to_json())
    else:
        out.lines(summary_text(session, detail))
    out.close()
    return session.exit_code
