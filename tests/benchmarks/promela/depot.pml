/* (b) Workers, locked shelves and a queue of orders: depot.py in Promela.
 *
 * The phase of a worker is where its process stands. Each promise is asserted where a step may break it.
 */

#define SHELVES 4
#define PIECES 4
#define NOBODY 0
#define ME (_pid + 1)
#define TARGET ((source + 1) % SHELVES)
#define FIRST (source < TARGET -> source : TARGET)
#define SECOND (source < TARGET -> TARGET : source)

#define TAKE(shelf) owner[shelf] = ME; holds = holds | (1 << (shelf)); HELD(shelf)
#define LEAVE(shelf) HELD(shelf); owner[shelf] = NOBODY; holds = holds & (15 - (1 << (shelf)))
#define HELD(shelf) assert(owner[shelf] == ME && (holds & (1 << (shelf))))
#define NOTHING_IS_LOST assert(stock[0] + stock[1] + stock[2] + stock[3] + carried == PIECES)

chan queue = [LONGEST] of { byte };
byte owner[SHELVES];
byte stock[SHELVES] = 1;
byte carried; /* how many pieces are in somebody's hands: what the other twins count */

active [WORKERS] proctype Worker() {
	unsigned source : 2;
	unsigned holds : 4;

idle:
	queue?source;
wants:
	if
	:: d_step { owner[FIRST] == NOBODY -> TAKE(FIRST) }
	fi;
one:
	if
	:: d_step { owner[SECOND] == NOBODY -> TAKE(SECOND) }
	fi;
both:
	if
	:: d_step { stock[source] > 0 -> stock[source]--; carried++; HELD(source); HELD(TARGET); NOTHING_IS_LOST }
	:: d_step { stock[source] == 0 -> LEAVE(SECOND) } goto leaving
	fi;
carries:
	if
	:: d_step { stock[TARGET]++; carried--; HELD(source); HELD(TARGET); NOTHING_IS_LOST }
	fi;
delivered:
	if
	:: d_step { LEAVE(SECOND) }
	fi;
leaving:
	if
	:: d_step { LEAVE(FIRST); source = 0; assert(!holds) } goto idle
	fi
}

active proctype Office() {
end:
	do
	:: queue!0
	:: queue!1
	:: queue!2
	:: queue!3
	od
}
