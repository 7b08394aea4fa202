---- MODULE Containers ----
\* (a) N independent containers: containers.py in TLA+. Each is started again at most MaxRestarts times.
EXTENDS Naturals
CONSTANTS N, MaxRestarts
VARIABLES phase, ref, there, fault, restarts

Id == 1..N
vars == <<phase, ref, there, fault, restarts>>

Init ==
  /\ phase = [i \in Id |-> "pending"]
  /\ ref = [i \in Id |-> FALSE]
  /\ there = [i \in Id |-> FALSE]
  /\ fault = [i \in Id |-> "none"]
  /\ restarts = [i \in Id |-> 0]

Settle(i, to, f) ==
  /\ fault' = [fault EXCEPT ![i] = f]
  /\ phase' = [phase EXCEPT ![i] = IF f = "none" THEN to ELSE "failed"]

GenerateRef(i, ok) ==
  /\ phase[i] = "pending"
  /\ phase' = [phase EXCEPT ![i] = "ref_generated"]
  /\ ref' = [ref EXCEPT ![i] = ok]
  /\ UNCHANGED <<there, fault, restarts>>

Configure(i, f) ==
  /\ phase[i] = "ref_generated"
  /\ Settle(i, "configured", f)
  /\ UNCHANGED <<ref, there, restarts>>

Create(i, f) ==
  /\ phase[i] = "configured"
  /\ there' = [there EXCEPT ![i] = (f = "none")]
  /\ Settle(i, "created", f)
  /\ UNCHANGED <<ref, restarts>>

PreStart(i, f) ==
  /\ phase[i] = "created"
  /\ Settle(i, "pre_started", f)
  /\ UNCHANGED <<ref, there, restarts>>

BeginAgain(i) ==
  /\ restarts[i] < MaxRestarts
  /\ restarts' = [restarts EXCEPT ![i] = @ + 1]
  /\ phase' = [phase EXCEPT ![i] = "pending"]
  /\ ref' = [ref EXCEPT ![i] = FALSE]
  /\ there' = [there EXCEPT ![i] = FALSE]
  /\ fault' = [fault EXCEPT ![i] = "none"]

Retry(i) == phase[i] = "failed" /\ BeginAgain(i)
End(i, killed) == phase[i] = "pre_started" /\ BeginAgain(i)

Next == \E i \in Id :
  \/ \E ok \in BOOLEAN : GenerateRef(i, ok)
  \/ \E f \in {"none", "image", "config"} : Configure(i, f)
  \/ \E f \in {"none", "pre_create", "create"} : Create(i, f)
  \/ \E f \in {"none", "pre_start"} : PreStart(i, f)
  \/ Retry(i)
  \/ \E killed \in BOOLEAN : End(i, killed)

Spec == Init /\ [][Next]_vars

FailedIffFaulted == \A i \in Id : (phase[i] = "failed") = (fault[i] # "none")
OnlyACreatedContainerIsThere == \A i \in Id :
  there[i] = (phase[i] \in {"created", "pre_started"} \/ fault[i] = "pre_start")
NothingIsReferredToBeforeItIsGenerated == \A i \in Id : ~ref[i] \/ phase[i] # "pending"
RestartsNeverDecrease == [][\A i \in Id : restarts'[i] >= restarts[i]]_vars
====
