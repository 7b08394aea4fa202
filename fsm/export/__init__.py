"""Specs for other people's tools: Promela for Spin, TLA+ for TLC, SMV for NuSMV and nuXmv, traces as ITF.

What is exported are completed tables (see `fsm.tables`), so another tool checks the relation that our own
engines explore, and shares none of their code. The way there:

    tables ── trees ──▶ trees that read well ── rules ──▶ Machine ──▶ promela, tla, smv
                                                            the same rules, guards and claims in each language
"""
