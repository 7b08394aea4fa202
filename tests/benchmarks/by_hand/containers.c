/* What is left of exploring N containers when a program knows nothing else.
 *
 * No checker is as quick as this one should be: one container's 76 states and their steps are tables of constants,
 * a state is N bytes of one word, no property is asked, nothing is counted but states and transitions, and the
 * hash table has its final size from the beginning. What stays is what an exact search cannot do without: it
 * writes each state and its origin down, and looks successors up in a table that holds whole states; the memory is
 * asked ahead for the slots, which lie on large pages.
 *
 *     gcc -O3 -march=native -DN=4 [-DDIAMONDS] containers.c
 *
 * With DIAMONDS a step is not looked up if another state, of a lower number, leads to the same one: the state was
 * found by a step of another container, and the two could have been taken in the other order. Of the states from
 * which both are taken the one of the lowest number looks it up.
 */

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

enum { PENDING, REF_GENERATED, CONFIGURED, CREATED, PRE_STARTED, FAILED };
enum { NONE, IMAGE, CONFIG, PRE_CREATE, CREATE, PRE_START };
enum { LOCAL = 76, STARTS = 4, BATCH = 4096, AHEAD = 24, LARGE_PAGES = 14, SPAN = 8 };

typedef struct {
    int phase, ref, container, fault, restarts;
} Container;

static Container known[LOCAL];
static int locals, degree[LOCAL], leads[LOCAL][4];

static int number_of(int phase, int ref, int container, int fault, int restarts) {
    for (int i = 0; i < locals; i++) {
        Container one = known[i];
        if (one.phase == phase && one.ref == ref && one.container == container && one.fault == fault &&
            one.restarts == restarts)
            return i;
    }
    known[locals] = (Container){phase, ref, container, fault, restarts};
    return locals++;
}

static void step(int from, int phase, int ref, int container, int fault, int restarts) {
    leads[from][degree[from]++] = number_of(phase, ref, container, fault, restarts);
}

static void explore_one(void) {
    number_of(PENDING, 0, 0, NONE, 0);
    for (int i = 0; i < locals; i++) {
        int ref = known[i].ref, there = known[i].container, restarts = known[i].restarts;
        switch (known[i].phase) {
        case PENDING:
            step(i, REF_GENERATED, 0, there, NONE, restarts);
            step(i, REF_GENERATED, 1, there, NONE, restarts);
            break;
        case REF_GENERATED:
            step(i, CONFIGURED, ref, there, NONE, restarts);
            step(i, FAILED, ref, there, IMAGE, restarts);
            step(i, FAILED, ref, there, CONFIG, restarts);
            break;
        case CONFIGURED:
            step(i, CREATED, ref, 1, NONE, restarts);
            step(i, FAILED, ref, 0, PRE_CREATE, restarts);
            step(i, FAILED, ref, 0, CREATE, restarts);
            break;
        case CREATED:
            step(i, PRE_STARTED, ref, there, NONE, restarts);
            step(i, FAILED, ref, there, PRE_START, restarts);
            break;
        case PRE_STARTED: /* it exits, or it is killed */
            if (restarts + 1 < STARTS) {
                step(i, PENDING, 0, 0, NONE, restarts + 1);
                step(i, PENDING, 0, 0, NONE, restarts + 1);
            }
            break;
        default:
            if (restarts + 1 < STARTS)
                step(i, PENDING, 0, 0, NONE, restarts + 1);
        }
    }
}

static void *room(uint64_t bytes) {
    void *got = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED)
        return 0;
    madvise(got, bytes, LARGE_PAGES);
    return got;
}

static uint64_t most, size, transitions, slots;
static uint64_t *states, *table; /* a slot holds a state, plus 1 */
static uint32_t *origins;
static int bits;
static uint64_t out[BATCH * 4 * N], homes[BATCH * 4 * N];
static uint32_t from[BATCH * 4 * N];

static uint64_t home_of(uint64_t state) {
    state ^= state >> 32;
    state *= 0x9E3779B97F4A7C15u;
    state ^= state >> 29;
    return state * 0xBF58476D1CE4E5B9u >> (64 - bits);
}

static uint64_t lay_out(uint64_t first, uint64_t last) {
    uint64_t count = 0;
    for (uint64_t place = first; place < last; place++) {
        uint64_t state = states[place];
#ifdef DIAMONDS
        uint64_t origin = states[origins[place]], came = origin ^ state;
#endif
        for (int one = 0; one < N; one++) {
            uint64_t mine = (uint64_t)255 << SPAN * one, others = state & ~mine;
            int here = state >> SPAN * one & 255;
            transitions += degree[here];
            for (int i = 0; i < degree[here]; i++) {
                uint64_t after = others | (uint64_t)leads[here][i] << SPAN * one;
#ifdef DIAMONDS
                if (came && !(came & mine) && (origin ^ state ^ after) < state)
                    continue;
#endif
                out[count] = after;
                from[count] = place;
                homes[count++] = home_of(after);
            }
        }
    }
    return count;
}

static void look_up(uint64_t count) {
    for (uint64_t i = 0; i < count && i < AHEAD; i++)
        __builtin_prefetch(&table[homes[i]]);
    for (uint64_t i = 0; i < count; i++) {
        __builtin_prefetch(&table[homes[i + AHEAD < count ? i + AHEAD : count - 1]]);
        uint64_t value = out[i] + 1, at = homes[i];
        while (table[at] && table[at] != value)
            at = (at + 1) & (slots - 1);
        if (!table[at]) {
            table[at] = value;
            states[size] = out[i];
            origins[size++] = from[i];
        }
    }
}

int main(void) {
    explore_one();
    most = 1;
    for (int one = 0; one < N; one++)
        most *= LOCAL;
    for (bits = 8; (uint64_t)1 << bits < most + most / 2; bits++)
        ;
    slots = (uint64_t)1 << bits;
    states = room(most * sizeof *states);
    origins = room(most * sizeof *origins);
    table = room(slots * sizeof *table);
    if (!states || !origins || !table)
        return 1;
    table[home_of(0)] = 1;
    size = 1;
    for (uint64_t first = 0, last; first < size; first = last) {
        last = first + BATCH < size ? first + BATCH : size;
        look_up(lay_out(first, last));
    }
    printf("%llu states, %llu transitions\n", (unsigned long long)size, (unsigned long long)transitions);
    return 0;
}
