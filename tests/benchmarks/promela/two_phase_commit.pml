/* (c) Two-phase commit: specs/classics/two_phase_commit.py in Promela.
 *
 * A set of managers is a mask. Nobody is prepared who has not said so, hence a manager is working as long as it
 * is in none of the masks; what was sent is what was decided.
 */

#define EVERYBODY ((1 << MANAGERS) - 1)
#define ME (1 << _pid)
#define PROMISED assert(!(committed && aborted)); assert(!committed || decision == COMMIT)
#define NONE 0
#define COMMIT 1
#define ABORT 2

byte decision = NONE;
short prepared;
short heard;
short committed;
short aborted;

active [MANAGERS] proctype Manager() {
end:
	do
	:: d_step { !((prepared | committed | aborted) & ME) -> prepared = prepared | ME; PROMISED }
	:: d_step { !((prepared | committed | aborted) & ME) -> aborted = aborted | ME; PROMISED }
	:: d_step { decision == COMMIT -> assert(!(aborted & ME)); committed = committed | ME; PROMISED }
	:: d_step { decision == ABORT -> assert(!(committed & ME)); aborted = aborted | ME; PROMISED }
	:: d_step { decision == NONE && (prepared & ME) -> heard = heard | ME }
	od
}

active proctype Coordinator() {
end:
	do
	:: d_step { decision == NONE && heard == EVERYBODY -> decision = COMMIT; PROMISED }
	:: d_step { decision == NONE -> decision = ABORT; PROMISED }
	od
}
