---- MODULE Depot ----
\* (b) Workers, locked shelves and a queue of orders: depot.py in TLA+.
EXTENDS Naturals, Sequences
CONSTANTS Workers, Longest
VARIABLES phase, order, holds, owner, stock, queue

Shelves == 4
Shelf == 0..(Shelves - 1)
Worker == 1..Workers
Nobody == 0
None == Shelves
vars == <<phase, order, holds, owner, stock, queue>>

Target(w) == (order[w] + 1) % Shelves
First(w) == IF order[w] < Target(w) THEN order[w] ELSE Target(w)
Second(w) == IF order[w] < Target(w) THEN Target(w) ELSE order[w]

Init ==
  /\ phase = [w \in Worker |-> "idle"]
  /\ order = [w \in Worker |-> None]
  /\ holds = [w \in Worker |-> {}]
  /\ owner = [s \in Shelf |-> Nobody]
  /\ stock = [s \in Shelf |-> 1]
  /\ queue = <<>>

Go(w, to) == phase' = [phase EXCEPT ![w] = to]

Lock(w, s) ==
  /\ owner[s] = Nobody
  /\ owner' = [owner EXCEPT ![s] = w]
  /\ holds' = [holds EXCEPT ![w] = @ \cup {s}]

Unlock(w, s) ==
  /\ owner' = [owner EXCEPT ![s] = Nobody]
  /\ holds' = [holds EXCEPT ![w] = @ \ {s}]

Submit(s) ==
  /\ Len(queue) < Longest
  /\ queue' = Append(queue, s)
  /\ UNCHANGED <<phase, order, holds, owner, stock>>

TakeOrder(w) ==
  /\ phase[w] = "idle"
  /\ queue # <<>>
  /\ order' = [order EXCEPT ![w] = Head(queue)]
  /\ queue' = Tail(queue)
  /\ Go(w, "wants")
  /\ UNCHANGED <<holds, owner, stock>>

LockFirst(w) ==
  /\ phase[w] = "wants"
  /\ Lock(w, First(w))
  /\ Go(w, "one")
  /\ UNCHANGED <<order, stock, queue>>

LockSecond(w) ==
  /\ phase[w] = "one"
  /\ Lock(w, Second(w))
  /\ Go(w, "both")
  /\ UNCHANGED <<order, stock, queue>>

Pick(w) ==
  /\ phase[w] = "both"
  /\ stock[order[w]] > 0
  /\ stock' = [stock EXCEPT ![order[w]] = @ - 1]
  /\ Go(w, "carries")
  /\ UNCHANGED <<order, holds, owner, queue>>

FindNothing(w) ==
  /\ phase[w] = "both"
  /\ stock[order[w]] = 0
  /\ Unlock(w, Second(w))
  /\ Go(w, "leaving")
  /\ UNCHANGED <<order, stock, queue>>

Put(w) ==
  /\ phase[w] = "carries"
  /\ stock' = [stock EXCEPT ![Target(w)] = @ + 1]
  /\ Go(w, "delivered")
  /\ UNCHANGED <<order, holds, owner, queue>>

UnlockSecond(w) ==
  /\ phase[w] = "delivered"
  /\ Unlock(w, Second(w))
  /\ Go(w, "leaving")
  /\ UNCHANGED <<order, stock, queue>>

UnlockFirst(w) ==
  /\ phase[w] = "leaving"
  /\ Unlock(w, First(w))
  /\ order' = [order EXCEPT ![w] = None]
  /\ Go(w, "idle")
  /\ UNCHANGED <<stock, queue>>

Next ==
  \/ \E s \in Shelf : Submit(s)
  \/ \E w \in Worker :
       \/ TakeOrder(w) \/ LockFirst(w) \/ LockSecond(w) \/ Pick(w) \/ FindNothing(w)
       \/ Put(w) \/ UnlockSecond(w) \/ UnlockFirst(w)

Spec == Init /\ [][Next]_vars

Carried(w) == IF phase[w] = "carries" THEN 1 ELSE 0
RECURSIVE Carrying(_)
Carrying(w) == IF w = 0 THEN 0 ELSE Carried(w) + Carrying(w - 1)

NothingIsLost == stock[0] + stock[1] + stock[2] + stock[3] + Carrying(Workers) = Shelves
WhoCarriesHoldsBoth == \A w \in Worker : phase[w] # "carries" \/ holds[w] = {order[w], Target(w)}
TheBooksAgree == \A w \in Worker : \A s \in Shelf : (owner[s] = w) = (s \in holds[w])
NobodyTakesALockFromAnother ==
  [][\A s \in Shelf : owner[s] = Nobody \/ owner'[s] = Nobody \/ owner'[s] = owner[s]]_vars
====
