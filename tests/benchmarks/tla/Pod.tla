---- MODULE Pod ----
\* (pod) A pod, its runtime and what the kubelet sees of it: pod.py in TLA+. Faults are steps like others.
EXTENDS Naturals
CONSTANTS Containers, Attempts
VARIABLES loop, target, sandbox, state, attempt, clean, seenSandbox, seen, waiting

Id == 1..Containers
Nobody == 0
slots == <<state, attempt, clean>>
views == <<seenSandbox, seen>>
vars == <<loop, target, sandbox, state, attempt, clean, seenSandbox, seen, waiting>>

Init ==
  /\ loop = "idle"
  /\ target = Nobody
  /\ sandbox = "none"
  /\ state = [c \in Id |-> "none"]
  /\ attempt = [c \in Id |-> 0]
  /\ clean = [c \in Id |-> FALSE]
  /\ seenSandbox = "none"
  /\ seen = [c \in Id |-> "none"]
  /\ waiting = [c \in Id |-> FALSE]

Relist ==
  /\ loop = "idle"
  /\ seenSandbox' = sandbox
  /\ seen' = state
  /\ loop' = "syncing"
  /\ UNCHANGED <<target, sandbox, slots, waiting>>

Settle ==
  /\ loop = "syncing"
  /\ loop' = "idle"
  /\ UNCHANGED <<target, sandbox, slots, views, waiting>>

MakeSandbox ==
  /\ loop = "syncing"
  /\ seenSandbox # "ready"
  /\ sandbox' = "ready"
  /\ state' = [c \in Id |-> "none"]
  /\ clean' = [c \in Id |-> FALSE]
  /\ loop' = "idle"
  /\ UNCHANGED <<target, attempt, views, waiting>>

Wanted(c) ==
  /\ loop = "syncing"
  /\ seenSandbox = "ready"
  /\ seen[c] \in {"none", "exited"}
  /\ ~waiting[c]
  /\ attempt[c] < Attempts

Make(c) ==
  /\ Wanted(c)
  /\ sandbox = "ready"
  /\ state[c] \in {"none", "exited"}
  /\ state' = [state EXCEPT ![c] = "created"]
  /\ attempt' = [attempt EXCEPT ![c] = @ + 1]
  /\ clean' = [clean EXCEPT ![c] = FALSE]

BackOff(c) ==
  /\ waiting' = [waiting EXCEPT ![c] = TRUE]
  /\ target' = Nobody
  /\ loop' = "idle"

Create(c) ==
  /\ Make(c)
  /\ target' = c
  /\ loop' = "starting"
  /\ UNCHANGED <<sandbox, views, waiting>>

LoseReply(c) ==
  /\ Make(c)
  /\ BackOff(c)
  /\ UNCHANGED <<sandbox, views>>

Refuse(c) ==
  /\ Wanted(c)
  /\ BackOff(c)
  /\ UNCHANGED <<sandbox, slots, views>>

Conclude(to) ==
  /\ loop = "starting"
  /\ state[target] = "created"
  /\ state' = [state EXCEPT ![target] = to]
  /\ target' = Nobody
  /\ loop' = "idle"
  /\ UNCHANGED <<sandbox, attempt, clean, views>>

Start == Conclude("running") /\ UNCHANGED waiting
FailToStart == Conclude("exited") /\ waiting' = [waiting EXCEPT ![target] = TRUE]

StartTooLate ==
  /\ loop = "starting"
  /\ state[target] # "created"
  /\ BackOff(target)
  /\ UNCHANGED <<sandbox, slots, views>>

Remove(c) ==
  /\ loop = "syncing"
  /\ seen[c] = "exited"
  /\ state[c] = "exited"
  /\ state' = [state EXCEPT ![c] = "none"]
  /\ clean' = [clean EXCEPT ![c] = FALSE]
  /\ loop' = "idle"
  /\ UNCHANGED <<target, sandbox, attempt, views, waiting>>

EndWaiting(c) ==
  /\ waiting[c]
  /\ waiting' = [waiting EXCEPT ![c] = FALSE]
  /\ UNCHANGED <<loop, target, sandbox, slots, views>>

RestartKubelet ==
  /\ loop' = "idle"
  /\ target' = Nobody
  /\ seenSandbox' = "none"
  /\ seen' = [c \in Id |-> "none"]
  /\ waiting' = [c \in Id |-> FALSE]
  /\ UNCHANGED <<sandbox, slots>>

Stop(c, cleanly) ==
  /\ state[c] = "running"
  /\ state' = [state EXCEPT ![c] = "exited"]
  /\ clean' = [clean EXCEPT ![c] = cleanly]
  /\ UNCHANGED <<loop, target, sandbox, attempt, views, waiting>>

LoseSandbox ==
  /\ sandbox = "ready"
  /\ sandbox' = "gone"
  /\ state' = [c \in Id |-> IF state[c] \in {"created", "running"} THEN "exited" ELSE state[c]]
  /\ UNCHANGED <<loop, target, attempt, clean, views, waiting>>

Next ==
  \/ Relist \/ Settle \/ MakeSandbox \/ Start \/ FailToStart \/ StartTooLate
  \/ RestartKubelet \/ LoseSandbox
  \/ \E c \in Id :
       \/ Create(c) \/ LoseReply(c) \/ Refuse(c) \/ Remove(c) \/ EndWaiting(c)
       \/ \E cleanly \in BOOLEAN : Stop(c, cleanly)

Spec == Init /\ [][Next]_vars

WhatLivesIsInASandbox == \A c \in Id : state[c] \notin {"created", "running"} \/ sandbox = "ready"
WhatLivesWasAttempted == \A c \in Id : state[c] = "none" \/ attempt[c] > 0
OnlyAnEndIsClean == \A c \in Id : ~clean[c] \/ state[c] = "exited"
ThereIsATargetWhileStarting == (loop = "starting") = (target # Nobody)
AttemptsNeverDecrease == [][\A c \in Id : attempt'[c] >= attempt[c]]_vars
====
