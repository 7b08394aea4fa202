/* (pod) A pod, its runtime and what the kubelet sees of it: pod.py in Promela.
 *
 * Faults are steps like others. Each promise is asserted where a step may break it.
 */

#define NONE 0
#define CREATED 1
#define RUNNING 2
#define EXITED 3

#define READY 1
#define GONE 2

#define IDLE 0
#define SYNCING 1
#define STARTING 2

#define NOBODY CONTAINERS

typedef Slot {
	unsigned state : 2;
	unsigned attempt : 2;
	unsigned clean : 1;
	unsigned seen : 2;
	unsigned waiting : 1
};

Slot slot[CONTAINERS];
unsigned loop : 2;
unsigned sandbox : 2;
unsigned seen_sandbox : 2;
unsigned target : 3 = NOBODY;

#define MINE slot[_pid]
#define THEIRS slot[target]

#define LIVES(s) (s.state == CREATED || s.state == RUNNING)
#define PROMISED(s) \
	assert(!LIVES(s) || sandbox == READY); \
	assert(s.state == NONE || s.attempt > 0); \
	assert(!s.clean || s.state == EXITED); \
	assert((loop == STARTING) == (target != NOBODY))

#define WANTED (loop == SYNCING && seen_sandbox == READY && (MINE.seen == NONE || MINE.seen == EXITED) \
	&& !MINE.waiting && MINE.attempt < ATTEMPTS)
#define MADE (WANTED && sandbox == READY && !LIVES(MINE))
#define MAKE MINE.attempt++; assert(MINE.attempt > 0); MINE.state = CREATED; MINE.clean = 0
#define CONCLUDE target = NOBODY; loop = IDLE

active [CONTAINERS] proctype Container() {
end:
	do
	:: d_step { MADE -> MAKE; target = _pid; loop = STARTING; PROMISED(MINE) }
	:: d_step { MADE -> MAKE; MINE.waiting = 1; loop = IDLE; PROMISED(MINE) } /* lose_reply */
	:: d_step { WANTED -> MINE.waiting = 1; loop = IDLE; PROMISED(MINE) } /* refuse */
	:: d_step { loop == SYNCING && MINE.seen == EXITED && MINE.state == EXITED ->
		MINE.state = NONE; MINE.clean = 0; loop = IDLE; PROMISED(MINE) } /* remove */
	:: d_step { MINE.waiting -> MINE.waiting = 0 }
	:: d_step { MINE.state == RUNNING -> MINE.state = EXITED; MINE.clean = 1; PROMISED(MINE) } /* end */
	:: d_step { MINE.state == RUNNING -> MINE.state = EXITED; MINE.clean = 0; PROMISED(MINE) } /* crash */
	od
}

active proctype Kubelet() {
	byte each;
end:
	do
	:: d_step { loop == IDLE ->
		seen_sandbox = sandbox;
		for (each : 0 .. CONTAINERS - 1) { slot[each].seen = slot[each].state }
		each = 0; loop = SYNCING }
	:: d_step { loop == SYNCING -> loop = IDLE }
	:: d_step { loop == SYNCING && seen_sandbox != READY ->
		sandbox = READY; loop = IDLE;
		for (each : 0 .. CONTAINERS - 1) { slot[each].state = NONE; slot[each].clean = 0; PROMISED(slot[each]) }
		each = 0 }
	:: d_step { loop == STARTING && THEIRS.state == CREATED ->
		THEIRS.state = RUNNING; each = target; CONCLUDE; PROMISED(slot[each]); each = 0 }
	:: d_step { loop == STARTING && THEIRS.state == CREATED ->
		THEIRS.state = EXITED; THEIRS.waiting = 1; each = target; CONCLUDE; PROMISED(slot[each]); each = 0 }
	:: d_step { loop == STARTING && THEIRS.state != CREATED -> THEIRS.waiting = 1; CONCLUDE }
	:: d_step { true ->
		CONCLUDE; seen_sandbox = NONE;
		for (each : 0 .. CONTAINERS - 1) { slot[each].seen = NONE; slot[each].waiting = 0 }
		each = 0 } /* restart_kubelet */
	:: d_step { sandbox == READY ->
		sandbox = GONE;
		for (each : 0 .. CONTAINERS - 1) {
			if
			:: LIVES(slot[each]) -> slot[each].state = EXITED; PROMISED(slot[each])
			:: else
			fi
		}
		each = 0 } /* lose_sandbox */
	od
}
