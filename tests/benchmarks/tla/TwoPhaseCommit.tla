---- MODULE TwoPhaseCommit ----
\* (c) Two-phase commit: specs/classics/two_phase_commit.py in TLA+.
EXTENDS Naturals
CONSTANTS Managers
VARIABLES managers, decision, heard, prepared, commitSent, abortSent

Id == 1..Managers
vars == <<managers, decision, heard, prepared, commitSent, abortSent>>

Init ==
  /\ managers = [m \in Id |-> "working"]
  /\ decision = "none"
  /\ heard = {}
  /\ prepared = {}
  /\ commitSent = FALSE
  /\ abortSent = FALSE

Prepare(m) ==
  /\ managers[m] = "working"
  /\ managers' = [managers EXCEPT ![m] = "prepared"]
  /\ prepared' = prepared \cup {m}
  /\ UNCHANGED <<decision, heard, commitSent, abortSent>>

GiveUp(m) ==
  /\ managers[m] = "working"
  /\ managers' = [managers EXCEPT ![m] = "aborted"]
  /\ UNCHANGED <<decision, heard, prepared, commitSent, abortSent>>

ReceiveCommit(m) ==
  /\ commitSent
  /\ managers' = [managers EXCEPT ![m] = "committed"]
  /\ UNCHANGED <<decision, heard, prepared, commitSent, abortSent>>

ReceiveAbort(m) ==
  /\ abortSent
  /\ managers' = [managers EXCEPT ![m] = "aborted"]
  /\ UNCHANGED <<decision, heard, prepared, commitSent, abortSent>>

Hear(m) ==
  /\ decision = "none"
  /\ m \in prepared
  /\ heard' = heard \cup {m}
  /\ UNCHANGED <<managers, decision, prepared, commitSent, abortSent>>

Commit ==
  /\ decision = "none"
  /\ heard = Id
  /\ decision' = "commit"
  /\ commitSent' = TRUE
  /\ UNCHANGED <<managers, heard, prepared, abortSent>>

Abort ==
  /\ decision = "none"
  /\ decision' = "abort"
  /\ abortSent' = TRUE
  /\ UNCHANGED <<managers, heard, prepared, commitSent>>

Next ==
  \/ Commit \/ Abort
  \/ \E m \in Id : Prepare(m) \/ GiveUp(m) \/ ReceiveCommit(m) \/ ReceiveAbort(m) \/ Hear(m)

Spec == Init /\ [][Next]_vars

NoCommitBesideAnAbort ==
  \A one, other \in Id : ~(managers[one] = "committed" /\ managers[other] = "aborted")
ACommitFollowsTheDecision == \A m \in Id : managers[m] # "committed" \/ decision = "commit"
AnEndIsFinal == [][\A m \in Id : managers[m] \in {"committed", "aborted"} => managers'[m] = managers[m]]_vars
====
