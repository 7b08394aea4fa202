/* (a) N independent containers: containers.py in Promela. The phase is where a process stands.
 *
 * Each promise is asserted where a step may break it, with the phase filled in by hand: the form that Spin
 * explored fastest (globals in one loop, arrays and a ghost variable for the step before were 10 to 30 %
 * slower). A d_step is one transition, as an action is one there.
 */

#define MAX_RESTARTS 3 /* two bits */

#define PROMISED(pending, created, failed) \
	assert((failed) == (fault != 0)); \
	assert(there == ((created) || fault == 5)); \
	assert(!ref || !(pending))

#define BEGIN_AGAIN \
	d_step { \
		restarts < MAX_RESTARTS -> \
		restarts++; ref = 0; there = 0; fault = 0; \
		assert(restarts > 0); /* it never decreases, nor wraps */ \
		PROMISED(1, 0, 0) \
	}

active [N] proctype Container() {
	unsigned ref : 1;
	unsigned there : 1;
	unsigned fault : 3; /* none, image, config, pre-create, create, pre-start */
	unsigned restarts : 2;

pending:
	if
	:: d_step { ref = 1; PROMISED(0, 0, 0) }
	:: d_step { ref = 0; PROMISED(0, 0, 0) }
	fi;
ref_generated:
	if
	:: d_step { fault = 0; PROMISED(0, 0, 0) }
	:: d_step { fault = 1; PROMISED(0, 0, 1) } goto end_failed
	:: d_step { fault = 2; PROMISED(0, 0, 1) } goto end_failed
	fi;
configured:
	if
	:: d_step { there = 1; fault = 0; PROMISED(0, 1, 0) }
	:: d_step { there = 0; fault = 3; PROMISED(0, 0, 1) } goto end_failed
	:: d_step { there = 0; fault = 4; PROMISED(0, 0, 1) } goto end_failed
	fi;
created:
	if
	:: d_step { fault = 0; PROMISED(0, 1, 0) }
	:: d_step { fault = 5; PROMISED(0, 0, 1) } goto end_failed
	fi;
end_pre_started:
	if
	:: BEGIN_AGAIN goto pending /* it exits */
	:: BEGIN_AGAIN goto pending /* it is killed */
	fi;
end_failed:
	if
	:: BEGIN_AGAIN goto pending
	fi
}
