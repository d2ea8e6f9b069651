/* Annealing over exact resubstitutions of a small netlist.
 *
 * Every signal is simulated on all input combinations, so the combinations in which an output depends on a gate
 * (its care set) are found exactly, by inverting the gate and evaluating what it feeds. A gate may then become any
 * gate over other signals that is right on its care set. A move replaces one gate that way; it is accepted if the
 * circuit does not grow, or by chance. Moves that keep the size are what leads out of local minima.
 *
 * With spans above 1 a gate is computed once for several rows. Its rows are inverted one at a time, which misses
 * what happens when a change shows in several rows together; so each such move is checked by simulating it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#pragma GCC visibility push(default)
#include "annealing.h"
#pragma GCC visibility pop

/* No block is ever passed or returned: all functions on blocks are inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

typedef uint64_t block __attribute__((vector_size(64)));

#define ALWAYS_INLINE inline __attribute__((always_inline))

enum { ARITY = 3, MAX_SPAN = 3, CONSTANT = 0, BLOCK_WORDS = 8 };
enum { MAX_CANDIDATES = 100, SPARE_GATES = 64, PARTS = 12, MOVE_WORK = 64 };

/* Of two inputs, so every digit twice. */
enum { TABLE_AND = 0x03, TABLE_OR = 0x3F, TABLE_XOR = 0x3C, TABLE_XNOR = 0xC3 };

/* How often a move may add a gate: more often, and large circuits grow faster than they shrink. */
static const double NEW_GATE = 0.1;

typedef struct {
    uint8_t table;
    uint8_t span;
    uint8_t offset[ARITY];
    uint32_t fanin[ARITY];
} gate;

typedef struct {
    uint32_t signal;
    uint8_t offset;
    uint8_t inverted;
} driver;

/* A netlist: gates by signal, and the live ones in topological order. */
typedef struct {
    gate *gates;
    driver *drivers;
    uint32_t *order;
    size_t size;
} netlist;

/* A signal at an offset, which a gate may read. */
typedef struct {
    uint32_t signal;
    uint8_t offset;
    const block *value;
} candidate;

/* Where a gate must be 1, and where 0, in all its rows: n blocks each. */
typedef struct {
    const block *on, *off;
    size_t n;
} target;

struct annealing {
    size_t arity, blocks, span, num_inputs, num_outputs, capacity;
    uint64_t random;
    uint64_t work;
    /* Of one circuit: its present form, the one that a move makes of it, the smallest, and by signal what is known. */
    netlist now, next, best;
    block *values;  /* capacity x span x blocks */
    block *changed; /* the same while a gate is inverted */
    uint8_t *is_changed;
    uint8_t *in_fanout;
    uint8_t *is_live;
    uint32_t *stack;
    candidate candidates[MAX_CANDIDATES];
    size_t num_candidates;
    /* Of the whole search, all in `memory`. */
    block *memory;
    block *input_values, *care_rows, *wanted;
    block *on, *off;           /* the target of the gate that moves */
    block *rest_on, *rest_off; /* that of a new gate before it */
    block *alike;              /* for each candidate what list_alike says */
    block *parts;              /* targets split by signals */
};

/* ---- numbers ---- */

static uint64_t next_random(annealing *a) {
    /* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014). */
    uint64_t z = a->random += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static uint32_t random_below(annealing *a, size_t bound) { return (uint32_t)((next_random(a) >> 32) * bound >> 32); }

static int by_chance(annealing *a, double probability) {
    return (double)(next_random(a) >> 11) * 0x1p-53 < probability;
}

/* ---- values ---- */

static inline int any(block v) {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)v, (__m512i)v) != 0;
#elif defined(__AVX2__)
    union { block whole; __m256i half[2]; } u = {v};
    const __m256i both = _mm256_or_si256(u.half[0], u.half[1]);
    return !_mm256_testz_si256(both, both);
#else
    uint64_t all = 0;
    for (int i = 0; i < BLOCK_WORDS; i++) all |= v[i];
    return all != 0;
#endif
}

static inline int meet(const block *a, const block *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (any(a[i] & b[i])) return 1;
    return 0;
}

static inline int meet_outside(const block *a, const block *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (any(a[i] & ~b[i])) return 1;
    return 0;
}

static inline int is_empty(const block *a, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (any(a[i])) return 0;
    return 1;
}

static inline block select_block(block s, block one, block zero) { return zero ^ (s & (one ^ zero)); }

static inline block all_or_nothing(int bit) { return (block){0} - (uint64_t)bit; }

/* Evaluates a table of three inputs, or of two if there is no c. */
static inline void evaluate(unsigned table, const block *a, const block *b, const block *c, block *out, size_t n) {
    block t[8];
    for (int row = 0; row < 8; row++) t[row] = all_or_nothing(table >> (7 - row) & 1);
    for (size_t i = 0; i < n; i++) {
        if (!c) {
            out[i] = select_block(a[i], select_block(b[i], t[6], t[4]), select_block(b[i], t[2], t[0]));
            continue;
        }
        const block zero = select_block(b[i], select_block(c[i], t[3], t[2]), select_block(c[i], t[1], t[0]));
        const block one = select_block(b[i], select_block(c[i], t[7], t[6]), select_block(c[i], t[5], t[4]));
        out[i] = select_block(a[i], one, zero);
    }
}

static block *value_of(const annealing *a, block *values, uint32_t signal, size_t row) {
    return values + ((size_t)signal * a->span + row) * a->blocks;
}

static size_t first_gate(const annealing *a) { return 1 + a->num_inputs; }

/* Evaluates a gate in all its rows; fan-ins that did not change are read from `values`. */
static void evaluate_gate(annealing *a, uint32_t signal, int only_changed) {
    const gate *g = a->now.gates + signal;
    const size_t n = g->span * a->blocks;
    const block *in[ARITY];
    for (size_t k = 0; k < ARITY; k++) {
        block *from = only_changed && a->is_changed[g->fanin[k]] ? a->changed : a->values;
        in[k] = value_of(a, from, g->fanin[k], g->offset[k]);
    }
    block *out = value_of(a, only_changed ? a->changed : a->values, signal, 0);
    evaluate(g->table, in[0], in[1], g->fanin[2] == CONSTANT ? NULL : in[2], out, n);
    a->work += n;
}

static void evaluate_all(annealing *a) {
    for (size_t i = 0; i < a->now.size; i++) evaluate_gate(a, a->now.order[i], 0);
}

/* ---- netlists ---- */

static void copy_netlist(const annealing *a, netlist *to, const netlist *from) {
    memcpy(to->gates, from->gates, a->capacity * sizeof *to->gates);
    memcpy(to->drivers, from->drivers, a->num_outputs * sizeof *to->drivers);
    memcpy(to->order, from->order, from->size * sizeof *to->order);
    to->size = from->size;
}

/* The rows of a table in which input k is 0: all digits of these places, and how far away the others are. */
static const uint8_t rows_of_zero[ARITY] = {0xF0, 0xCC, 0xAA};
static const uint8_t distance[ARITY] = {4, 2, 1};

static uint8_t complement_input(unsigned table, size_t k) {
    return (uint8_t)((table & rows_of_zero[k]) >> distance[k] | (table << distance[k] & rows_of_zero[k]));
}

static int depends_on(unsigned table, size_t k) { return complement_input(table, k) != table; }

/* Finds the live gates of `list` and their topological order, and for how many rows each has values. */
static void settle(annealing *a, netlist *list) {
    enum { open = 1, done = 2 };
    memset(a->is_live, 0, a->capacity);
    list->size = 0;
    size_t depth = 0;
    for (size_t o = 0; o < a->num_outputs; o++) a->stack[depth++] = list->drivers[o].signal;
    while (depth > 0) {
        const uint32_t signal = a->stack[depth - 1];
        if (signal < first_gate(a) || a->is_live[signal] == done) {
            depth--;
            continue;
        }
        gate *g = list->gates + signal;
        if (a->is_live[signal] == open) {
            a->is_live[signal] = done;
            g->span = (uint8_t)a->span;
            for (size_t k = 0; k < ARITY; k++) {
                if (g->fanin[k] == CONSTANT) continue;
                const uint8_t rows = (uint8_t)(list->gates[g->fanin[k]].span - g->offset[k]);
                if (rows < g->span) g->span = rows;
            }
            list->order[list->size++] = signal;
            depth--;
            continue;
        }
        a->is_live[signal] = open;
        for (size_t k = 0; k < ARITY; k++)
            if (a->is_live[g->fanin[k]] == 0) a->stack[depth++] = g->fanin[k];
    }
}

/* Lets everyone who reads `signal` at some offset read `other` at that offset and `offset` more. */
static void substitute(annealing *a, netlist *list, uint32_t signal, uint32_t other, uint8_t offset, int inverted) {
    for (size_t i = 0; i < list->size; i++) {
        gate *g = list->gates + list->order[i];
        for (size_t k = 0; k < ARITY; k++) {
            if (g->fanin[k] != signal) continue;
            g->fanin[k] = other;
            g->offset[k] = other == CONSTANT ? 0 : (uint8_t)(g->offset[k] + offset);
            if (inverted) g->table = complement_input(g->table, k);
        }
    }
    for (size_t o = 0; o < a->num_outputs; o++) {
        driver *d = list->drivers + o;
        if (d->signal != signal) continue;
        d->signal = other;
        d->offset = other == CONSTANT ? 0 : (uint8_t)(d->offset + offset);
        d->inverted ^= (uint8_t)inverted;
    }
}

/* Drops fan-ins that the table ignores, and counts rows from the first that is read, so that none is lost. */
static void normalize(annealing *a, netlist *list, uint32_t signal) {
    gate *g = list->gates + signal;
    uint8_t least = MAX_SPAN;
    for (size_t k = 0; k < ARITY; k++) {
        if (!depends_on(g->table, k)) g->fanin[k] = CONSTANT, g->offset[k] = 0;
        if (g->fanin[k] != CONSTANT && g->offset[k] < least) least = g->offset[k];
    }
    if (least == 0 || least == MAX_SPAN) return;
    for (size_t k = 0; k < ARITY; k++)
        if (g->fanin[k] != CONSTANT) g->offset[k] = (uint8_t)(g->offset[k] - least);
    substitute(a, list, signal, signal, least, 0);
}

/* ---- what a gate may become ---- */

/* Finds where the gate must be 1 and where 0, and the signals that it may read. */
static void observe(annealing *a, uint32_t signal) {
    const gate *g = a->now.gates + signal;
    const size_t rows = g->span, n = a->blocks;
    memset(a->in_fanout, 0, a->capacity);
    a->in_fanout[signal] = 1;
    size_t position = 0;
    while (a->now.order[position] != signal) position++;
    for (size_t i = position + 1; i < a->now.size; i++) {
        const uint32_t later = a->now.order[i];
        for (size_t k = 0; k < ARITY; k++) a->in_fanout[later] |= a->in_fanout[a->now.gates[later].fanin[k]];
    }
    for (size_t row = 0; row < rows; row++) {
        memset(a->is_changed, 0, a->capacity);
        a->is_changed[signal] = 1;
        for (size_t r = 0; r < rows; r++) {
            const block *old = value_of(a, a->values, signal, r);
            block *new = value_of(a, a->changed, signal, r);
            for (size_t i = 0; i < n; i++) new[i] = r == row ? ~old[i] : old[i];
        }
        for (size_t i = position + 1; i < a->now.size; i++) {
            const uint32_t later = a->now.order[i];
            if (!a->in_fanout[later]) continue;
            int touched = 0;
            for (size_t k = 0; k < ARITY; k++) touched |= a->is_changed[a->now.gates[later].fanin[k]];
            if (!touched) continue;
            evaluate_gate(a, later, 1);
            const size_t bytes = a->now.gates[later].span * n * sizeof(block);
            a->is_changed[later] =
                memcmp(value_of(a, a->changed, later, 0), value_of(a, a->values, later, 0), bytes) != 0;
        }
        block *on = a->on + row * n, *off = a->off + row * n;
        const block *value = value_of(a, a->values, signal, row);
        for (size_t i = 0; i < n; i++) {
            block care = {0};
            for (size_t o = 0; o < a->num_outputs; o++) {
                const driver *d = a->now.drivers + o;
                if (!a->is_changed[d->signal]) continue;
                const block *after = value_of(a, a->changed, d->signal, d->offset);
                care |= after[i] ^ value_of(a, a->values, d->signal, d->offset)[i];
            }
            care &= a->care_rows[i];
            on[i] = care & value[i];
            off[i] = care & ~value[i];
        }
    }
}

/* Lists what a gate with values for so many rows may read; of very many signals some by chance. */
static void list_candidates(annealing *a, size_t rows) {
    a->num_candidates = 0;
    size_t seen = 0;
    for (size_t i = 1; i < first_gate(a) + a->now.size; i++) {
        const uint32_t signal = i < first_gate(a) ? (uint32_t)i : a->now.order[i - first_gate(a)];
        if (a->in_fanout[signal]) continue;
        for (size_t offset = 0; offset + rows <= a->now.gates[signal].span; offset++) {
            const candidate found = {signal, (uint8_t)offset, value_of(a, a->values, signal, offset)};
            seen++;
            if (a->num_candidates < MAX_CANDIDATES) a->candidates[a->num_candidates++] = found;
            else {
                const uint32_t place = random_below(a, seen);
                if (place < MAX_CANDIDATES) a->candidates[place] = found;
            }
        }
    }
}

/* The chosen one among equally good choices, seen one after the other. */
static int choose(annealing *a, uint32_t *seen) { return random_below(a, ++*seen) == 0; }

/* Finds a signal that agrees with the gate wherever it matters, or disagrees everywhere there. */
static int find_substitute(annealing *a, target want, const candidate **found, int *inverted) {
    const size_t n = want.n;
    uint32_t seen = 0;
    for (size_t c = 0; c < a->num_candidates; c++) {
        const block *value = a->candidates[c].value;
        if (!meet_outside(want.on, value, n) && !meet(want.off, value, n)) {
            if (choose(a, &seen)) *found = a->candidates + c, *inverted = 0;
        } else if (!meet(want.on, value, n) && !meet_outside(want.off, value, n)) {
            if (choose(a, &seen)) *found = a->candidates + c, *inverted = 1;
        }
    }
    a->work += a->num_candidates * n;
    return seen > 0;
}

static void set_fanin(gate *g, size_t position, const candidate *from) {
    g->fanin[position] = from->signal;
    g->offset[position] = from->offset;
}

/* Finds two signals of which the gate is a function, any pair with equal chance. */
static ALWAYS_INLINE int find_pair(annealing *a, target want, gate *found) {
    const size_t n = want.n;
    uint32_t seen = 0;
    /* An AND of two literals has both of them 1 where it is 1, an OR both of them 0 where it is 0. */
    uint16_t covering[2 * MAX_CANDIDATES], covered[2 * MAX_CANDIDATES];
    size_t num_covering = 0, num_covered = 0;
    for (size_t c = 0; c < a->num_candidates; c++) {
        const block *value = a->candidates[c].value;
        if (!meet_outside(want.on, value, n)) covering[num_covering++] = (uint16_t)(2 * c);
        if (!meet(want.on, value, n)) covering[num_covering++] = (uint16_t)(2 * c + 1);
        if (!meet(want.off, value, n)) covered[num_covered++] = (uint16_t)(2 * c);
        if (!meet_outside(want.off, value, n)) covered[num_covered++] = (uint16_t)(2 * c + 1);
    }
    for (int is_or = 0; is_or < 2; is_or++) {
        const uint16_t *literals = is_or ? covered : covering;
        const size_t count = is_or ? num_covered : num_covering;
        const block *against = is_or ? want.on : want.off;
        for (size_t i = 0; i < count; i++) {
            const candidate *first = a->candidates + literals[i] / 2;
            const block first_flip = all_or_nothing((literals[i] & 1) ^ is_or);
            /* What the first literal leaves to the second. */
            for (size_t b = 0; b < n; b++) a->parts[b] = against[b] & (first->value[b] ^ first_flip);
            for (size_t j = 0; j < i; j++) {
                const candidate *second = a->candidates + literals[j] / 2;
                const int flip = (literals[j] & 1) ^ is_or;
                if (flip ? meet_outside(a->parts, second->value, n) : meet(a->parts, second->value, n)) continue;
                if (!choose(a, &seen)) continue;
                set_fanin(found, 0, first);
                set_fanin(found, 1, second);
                uint8_t table = is_or ? TABLE_OR : TABLE_AND;
                if (literals[i] & 1) table = complement_input(table, 0);
                if (literals[j] & 1) table = complement_input(table, 1);
                found->table = table;
            }
        }
        a->work += count * count / 2 * n;
    }
    for (size_t i = 0; i < a->num_candidates; i++) {
        const candidate *first = a->candidates + i;
        /* The second must be 1 here if the gate is their XOR, or 0 here if it is the complement. */
        block *ones = a->parts, *zeros = a->parts + n;
        for (size_t b = 0; b < n; b++) {
            ones[b] = (want.on[b] & ~first->value[b]) | (want.off[b] & first->value[b]);
            zeros[b] = (want.on[b] & first->value[b]) | (want.off[b] & ~first->value[b]);
        }
        for (size_t j = 0; j < i; j++) {
            const block *value = a->candidates[j].value;
            uint8_t table;
            if (meet_outside(ones, value, n)) {
                if (meet_outside(zeros, value, n) || meet(ones, value, n)) continue;
                table = TABLE_XNOR;
            } else {
                if (meet(zeros, value, n)) continue;
                table = TABLE_XOR;
            }
            if (!choose(a, &seen)) continue;
            set_fanin(found, 0, first);
            set_fanin(found, 1, a->candidates + j);
            found->table = table;
        }
    }
    a->work += a->num_candidates * a->num_candidates / 2 * n;
    return seen > 0;
}

/* Splits a set by a signal into where it is 0 and where it is 1. */
static void split(const block *set, const block *by, block *zero, block *one, size_t n) {
    for (size_t i = 0; i < n; i++) zero[i] = set[i] & ~by[i], one[i] = set[i] & by[i];
}

/* The table by which the gate reads its fan-ins; where nothing matters chance decides, so that moves wander. */
static uint8_t table_by_chance(annealing *a, target want, const gate *g) {
    const block *in[ARITY];
    for (size_t k = 0; k < ARITY; k++) in[k] = value_of(a, a->values, g->fanin[k], g->offset[k]);
    unsigned ones = 0, zeros = 0;
    for (unsigned row = 0; row < 8; row++) {
        const block flip[ARITY] = {all_or_nothing(!(row & 4)), all_or_nothing(!(row & 2)), all_or_nothing(!(row & 1))};
        for (size_t i = 0; i < want.n; i++) {
            const block here = (in[0][i] ^ flip[0]) & (in[1][i] ^ flip[1]) & (in[2][i] ^ flip[2]);
            ones |= (unsigned)any(here & want.on[i]) << (7 - row);
            zeros |= (unsigned)any(here & want.off[i]) << (7 - row);
        }
    }
    unsigned table = ones | ((unsigned)next_random(a) & ~zeros & 0xFF);
    if (g->fanin[2] == CONSTANT) table = (table & 0xAA) | (table & 0xAA) >> 1;
    return (uint8_t)table;
}

/* The block with its words and the bits of each word moved round. */
static inline block rotate(block v, unsigned words, unsigned bits) {
    block moved;
    for (unsigned i = 0; i < BLOCK_WORDS; i++) moved[i] = v[(i + words) % BLOCK_WORDS];
    return moved << bits | moved >> (64 - bits);
}

/* Pairs up input combinations by a rotation, and lists for each candidate the pairs in which it is alike, of those
 * that must be told apart and are alike in the fixed signal. Two candidates that share one cannot do it. */
static inline void list_alike(annealing *a, target want, const candidate *fixed) {
    const unsigned words = random_below(a, BLOCK_WORDS), bits = 1 + random_below(a, 63);
    for (size_t i = 0; i < want.n; i++) {
        const block on = want.on[i], off = want.off[i], value = fixed->value[i];
        const block apart = ((on & rotate(off, words, bits)) | (off & rotate(on, words, bits))) &
                            ~(value ^ rotate(value, words, bits));
        for (size_t c = 0; c < a->num_candidates; c++) {
            const block other = a->candidates[c].value[i];
            a->alike[c * want.n + i] = apart & ~(other ^ rotate(other, words, bits));
        }
    }
    a->work += a->num_candidates * want.n;
}

/* Splits the two classes of a fixed signal into four by a second one; lists those that have both ones and zeros. */
static size_t split_classes(const block *second, size_t n, block *on, block *off, size_t mixed[4]) {
    size_t num_mixed = 0;
    for (size_t class = 0; class < 2; class++) {
        const size_t halves = (2 + 2 * class) * n;
        split(on + class * n, second, on + halves, on + halves + n, n);
        split(off + class * n, second, off + halves, off + halves + n, n);
        for (size_t half = halves; half < halves + 2 * n; half += n)
            if (!is_empty(on + half, n) && !is_empty(off + half, n)) mixed[num_mixed++] = half;
    }
    return num_mixed;
}

static int tells_apart(const block *value, size_t n, const block *on, const block *off, const size_t *mixed,
                       size_t num_mixed) {
    for (size_t m = 0; m < num_mixed; m++) {
        const block *one = on + mixed[m], *zero = off + mixed[m];
        if (meet(one, value, n) && meet(zero, value, n)) return 0;
        if (meet_outside(one, value, n) && meet_outside(zero, value, n)) return 0;
    }
    return 1;
}

/* Finds two signals that together with `fixed` determine the gate, any with equal chance, and its table.
 *
 * The fixed signal splits what must be 1 and what must be 0 into two classes, the second into four; the last must
 * tell them apart in every class that has both. */
static ALWAYS_INLINE int find_two_others(annealing *a, target want, const candidate *fixed, gate *found) {
    const size_t n = want.n;
    uint32_t seen = 0;
    block *on = a->parts, *off = a->parts + PARTS / 2 * n;
    split(want.on, fixed->value, on, on + n, n);
    split(want.off, fixed->value, off, off + n, n);
    const size_t last = a->num_candidates;
    list_alike(a, want, fixed);
    for (size_t i = 1; i < last; i++) {
        const candidate *second = a->candidates + i;
        const block *mine = a->alike + i * n;
        size_t mixed[4], num_mixed = 0;
        int is_split = 0;
        for (size_t j = 0; j < i; j++) {
            if (meet(mine, a->alike + j * n, n)) continue;
            if (!is_split) num_mixed = split_classes(second->value, n, on, off, mixed), is_split = 1;
            if (!tells_apart(a->candidates[j].value, n, on, off, mixed, num_mixed)) continue;
            if (!choose(a, &seen)) continue;
            set_fanin(found, 1, second);
            set_fanin(found, 2, a->candidates + j);
        }
    }
    a->work += last * last * n;
    if (seen == 0) return 0;
    set_fanin(found, 0, fixed);
    found->table = table_by_chance(a, want, found);
    return 1;
}

/* ---- moves ---- */

static uint32_t unused_signal(const annealing *a) {
    uint32_t signal = (uint32_t)first_gate(a);
    while (a->is_live[signal]) signal++;
    return signal;
}

/* Evaluates the netlist that is now; returns whether all outputs are what they should be. */
static int is_right(annealing *a) {
    evaluate_all(a);
    for (size_t o = 0; o < a->num_outputs; o++) {
        const driver *d = a->now.drivers + o;
        const block *value = value_of(a, a->values, d->signal, d->offset);
        const block flip = all_or_nothing(d->inverted);
        for (size_t i = 0; i < a->blocks; i++)
            if (any((value[i] ^ flip ^ a->wanted[o * a->blocks + i]) & a->care_rows[i])) return 0;
    }
    return 1;
}

static void swap_netlists(annealing *a) {
    const netlist now = a->now;
    a->now = a->next;
    a->next = now;
}

static void make_best(annealing *a) { copy_netlist(a, &a->best, &a->now); }

static void return_to_best(annealing *a) {
    copy_netlist(a, &a->now, &a->best);
    settle(a, &a->now);
    evaluate_all(a);
}

/* Makes the changed netlist the current one if chance and the outputs allow; is_live always fits the current one. */
static void decide(annealing *a, double uphill, size_t slack) {
    settle(a, &a->next);
    double probability = 1;
    for (size_t size = a->now.size; size < a->next.size; size++) probability *= uphill;
    const int accepted = probability >= 1 || by_chance(a, probability);
    if (accepted) {
        swap_netlists(a);
        if (a->span == 1) evaluate_all(a);
        else if (!is_right(a)) {
            swap_netlists(a);
            settle(a, &a->now);
            evaluate_all(a);
            return;
        }
        if (a->now.size < a->best.size) make_best(a);
        else if (a->now.size > a->best.size + slack) return_to_best(a);
        return;
    }
    settle(a, &a->now);
}

/* Fan-in k of the gate as it is, or some other signal. */
static candidate kept_or_other(annealing *a, const gate *g, size_t k) {
    if (random_below(a, 3) == 0 || g->fanin[k] == CONSTANT) return a->candidates[random_below(a, a->num_candidates)];
    return (candidate){g->fanin[k], g->offset[k], value_of(a, a->values, g->fanin[k], g->offset[k])};
}

static ALWAYS_INLINE int find_gate_in(annealing *a, target want, const candidate *fixed, gate *found) {
    if (a->arity == 3) return find_two_others(a, want, fixed, found);
    found->fanin[2] = CONSTANT;
    return find_pair(a, want, found);
}

static int find_gate(annealing *a, target want, const candidate *fixed, gate *found) {
    /* Nine inputs are one block: said to the compiler, the loops over blocks vanish. */
    if (want.n == 1) return find_gate_in(a, (target){want.on, want.off, 1}, fixed, found);
    return find_gate_in(a, want, fixed, found);
}

/* Finds a gate that does not exist yet such that `found` can read it; returns its signal, CONSTANT if there is none.
 *
 * All fan-ins but one are chosen. In each class of their values that has both, the last fan-in must tell what must be
 * 1 from what must be 0; it may be 1 for the one or for the other, which chance decides for each class. */
static uint32_t find_with_new_gate(annealing *a, target want, gate *found) {
    const size_t n = want.n, last = a->arity - 1, spared = random_below(a, a->arity);
    const gate old = *found;
    candidate chosen[ARITY - 1];
    for (size_t k = 0; k < last; k++) chosen[k] = kept_or_other(a, &old, (spared + 1 + k) % a->arity);
    const block *first = chosen[0].value, *second = chosen[last - 1].value;
    const unsigned flips = (unsigned)next_random(a);
    const block f00 = all_or_nothing(flips & 1), f01 = all_or_nothing(flips >> 1 & 1);
    const block f10 = all_or_nothing(flips >> 2 & 1), f11 = all_or_nothing(flips >> 3 & 1);
    block *parts = a->parts, *seen_on = parts, *seen_off = parts + 4;
    memset(parts, 0, 8 * sizeof *parts);
    for (size_t i = 0; i < n; i++)
        for (unsigned class = 0; class < 4; class++) {
            const block here = (first[i] ^ all_or_nothing(!(class >> 1))) & (second[i] ^ all_or_nothing(!(class & 1)));
            seen_on[class] |= want.on[i] & here;
            seen_off[class] |= want.off[i] & here;
        }
    block is_mixed[4];
    for (unsigned class = 0; class < 4; class++)
        is_mixed[class] = all_or_nothing(any(seen_on[class]) && any(seen_off[class]));
    for (size_t i = 0; i < n; i++) {
        const block flip = select_block(first[i], select_block(second[i], f11, f10), select_block(second[i], f01, f00));
        const block care = select_block(first[i], select_block(second[i], is_mixed[3], is_mixed[2]),
                                        select_block(second[i], is_mixed[1], is_mixed[0]));
        a->rest_on[i] = care & select_block(flip, want.off[i], want.on[i]);
        a->rest_off[i] = care & select_block(flip, want.on[i], want.off[i]);
    }
    const target rest = {a->rest_on, a->rest_off, n};
    const uint32_t signal = unused_signal(a);
    gate *fresh = a->next.gates + signal;
    *fresh = (gate){.span = old.span};
    const candidate fixed = a->candidates[random_below(a, a->num_candidates)];
    if (!find_gate(a, rest, &fixed, fresh)) return CONSTANT;
    a->now.gates[signal] = *fresh;
    evaluate_gate(a, signal, 0);
    for (size_t k = 0; k < last; k++) set_fanin(found, k, chosen + k);
    set_fanin(found, last, &(candidate){signal, 0, NULL});
    found->table = table_by_chance(a, want, found);
    return signal;
}

static void move(annealing *a, double uphill, size_t slack) {
    const uint32_t signal = a->now.order[random_below(a, a->now.size)];
    const size_t rows = a->now.gates[signal].span;
    const size_t n = rows * a->blocks;
    observe(a, signal);
    list_candidates(a, rows);
    copy_netlist(a, &a->next, &a->now);
    const target want = {a->on, a->off, n};
    const int never_one = is_empty(want.on, n), never_zero = is_empty(want.off, n);
    const candidate *other = NULL;
    int inverted = 0;
    if (never_one || never_zero) {
        substitute(a, &a->next, signal, CONSTANT, 0, !never_one);
        decide(a, uphill, slack);
        return;
    }
    if (find_substitute(a, want, &other, &inverted)) {
        substitute(a, &a->next, signal, other->signal, other->offset, inverted);
        decide(a, uphill, slack);
        return;
    }
    if (a->num_candidates < 2) return;
    gate found = a->now.gates[signal];
    uint32_t fresh = CONSTANT;
    if (by_chance(a, NEW_GATE)) {
        fresh = find_with_new_gate(a, want, &found);
        if (fresh == CONSTANT) return;
    } else {
        const candidate fixed = kept_or_other(a, &found, random_below(a, a->arity));
        if (!find_gate(a, want, &fixed, &found)) return;
    }
    a->next.gates[signal] = found;
    if (fresh != CONSTANT) normalize(a, &a->next, fresh);
    normalize(a, &a->next, signal);
    decide(a, uphill, slack);
}

/* ---- what the caller sees ---- */

static block *new_blocks(size_t count) { return aligned_alloc(sizeof(block), (count ? count : 1) * sizeof(block)); }

static void free_netlist(netlist *list) {
    free(list->gates);
    free(list->drivers);
    free(list->order);
}

static int new_netlist(const annealing *a, netlist *list) {
    list->gates = calloc(a->capacity, sizeof *list->gates);
    list->drivers = calloc(a->num_outputs + 1, sizeof *list->drivers);
    list->order = calloc(a->capacity, sizeof *list->order);
    list->size = 0;
    return list->gates && list->drivers && list->order;
}

static void free_state(annealing *a) {
    free_netlist(&a->now);
    free_netlist(&a->next);
    free_netlist(&a->best);
    free(a->values);
    free(a->changed);
    free(a->is_changed);
    free(a->in_fanout);
    free(a->is_live);
    free(a->stack);
}

void annealing_free(annealing *a) {
    if (!a) return;
    free_state(a);
    free(a->memory);
    free(a);
}

static block *take(block **memory, size_t count) {
    block *taken = *memory;
    *memory += count;
    return taken;
}

annealing *annealing_new(size_t arity, size_t blocks, size_t span, size_t num_inputs, size_t num_outputs,
                         const uint64_t *values, const uint64_t *care, uint64_t seed) {
    const size_t n = span * blocks;
    annealing *a = calloc(1, sizeof *a);
    block *memory = new_blocks(num_inputs * n + (1 + num_outputs) * blocks + (4 + MAX_CANDIDATES + PARTS) * n);
    if (!a || !memory) {
        free(a);
        free(memory);
        return NULL;
    }
    a->arity = arity, a->blocks = blocks, a->span = span;
    a->num_inputs = num_inputs, a->num_outputs = num_outputs, a->random = seed;
    a->memory = memory;
    a->input_values = take(&memory, num_inputs * n);
    a->care_rows = take(&memory, blocks);
    a->wanted = take(&memory, num_outputs * blocks);
    a->on = take(&memory, n);
    a->off = take(&memory, n);
    a->rest_on = take(&memory, n);
    a->rest_off = take(&memory, n);
    a->alike = take(&memory, MAX_CANDIDATES * n);
    a->parts = take(&memory, PARTS * n);
    memcpy(a->input_values, values, num_inputs * n * sizeof(block));
    memcpy(a->care_rows, care, blocks * sizeof(block));
    return a;
}

int annealing_start(annealing *a, size_t num_gates, const uint8_t *tables, const int32_t *fanins,
                    const int32_t *drivers) {
    free_state(a);
    a->capacity = first_gate(a) + num_gates + SPARE_GATES;
    a->is_changed = calloc(a->capacity, 1);
    a->in_fanout = calloc(a->capacity, 1);
    a->is_live = calloc(a->capacity, 1);
    a->stack = calloc((ARITY + 1) * a->capacity + a->num_outputs, sizeof *a->stack);
    a->values = new_blocks(a->capacity * a->span * a->blocks);
    a->changed = new_blocks(a->capacity * a->span * a->blocks);
    const int have_lists = new_netlist(a, &a->now) & new_netlist(a, &a->next) & new_netlist(a, &a->best);
    if (!have_lists || !a->is_changed || !a->in_fanout || !a->is_live || !a->stack || !a->values || !a->changed)
        return 0;
    memset(a->values, 0, a->span * a->blocks * sizeof(block));
    memcpy(value_of(a, a->values, 1, 0), a->input_values, a->num_inputs * a->span * a->blocks * sizeof(block));
    for (size_t signal = 0; signal < first_gate(a); signal++) a->now.gates[signal].span = (uint8_t)a->span;
    for (size_t i = 0; i < num_gates; i++) {
        gate *g = a->now.gates + first_gate(a) + i;
        g->table = tables[i];
        for (size_t k = 0; k < ARITY; k++) {
            g->fanin[k] = (uint32_t)fanins[2 * (i * ARITY + k)];
            g->offset[k] = (uint8_t)fanins[2 * (i * ARITY + k) + 1];
        }
    }
    for (size_t o = 0; o < a->num_outputs; o++)
        a->now.drivers[o] =
            (driver){(uint32_t)drivers[3 * o], (uint8_t)drivers[3 * o + 1], (uint8_t)drivers[3 * o + 2]};
    settle(a, &a->now);
    evaluate_all(a);
    for (size_t o = 0; o < a->num_outputs; o++) {
        const driver *d = a->now.drivers + o;
        const block *value = value_of(a, a->values, d->signal, d->offset);
        for (size_t i = 0; i < a->blocks; i++) a->wanted[o * a->blocks + i] = value[i] ^ all_or_nothing(d->inverted);
    }
    make_best(a);
    return 1;
}

uint64_t annealing_run(annealing *a, uint64_t work, double uphill, size_t slack) {
    uint64_t moves = 0;
    if (slack > SPARE_GATES / 2) slack = SPARE_GATES / 2;
    const uint64_t end = a->work + work;
    while (a->work < end && a->now.size > 0) {
        move(a, uphill, slack);
        a->work += MOVE_WORK + a->now.size + a->num_outputs;
        moves++;
    }
    return moves;
}

size_t annealing_best_size(const annealing *a) { return a->best.size; }

void annealing_best(annealing *a, uint8_t *tables, int32_t *fanins, int32_t *drivers) {
    uint32_t *number = a->stack;
    for (size_t signal = 0; signal < first_gate(a); signal++) number[signal] = (uint32_t)signal;
    for (size_t i = 0; i < a->best.size; i++) {
        const gate *g = a->best.gates + a->best.order[i];
        number[a->best.order[i]] = (uint32_t)(first_gate(a) + i);
        tables[i] = g->table;
        for (size_t k = 0; k < ARITY; k++) {
            fanins[2 * (i * ARITY + k)] = (int32_t)number[g->fanin[k]];
            fanins[2 * (i * ARITY + k) + 1] = g->offset[k];
        }
    }
    for (size_t o = 0; o < a->num_outputs; o++) {
        const driver *d = a->best.drivers + o;
        drivers[3 * o] = (int32_t)number[d->signal];
        drivers[3 * o + 1] = d->offset;
        drivers[3 * o + 2] = d->inverted;
    }
}
