/* Interprets a network of three-input tables on blocks of 512 samples (classifier.h says how these lie in memory).
 *
 * Steps of the same table are runs, so what to do is asked once a run, not once a table. The generated tables.c has a
 * case for each table that there is. */
#include <stddef.h>
#include <stdint.h>

#include "lanes.h"

#pragma GCC visibility push(default)
#include "interpreter.h"
#pragma GCC visibility pop

/* Takes steps up to the end of a run; `value` is the table as an expression of a, b and c. */
#define TABLE(number, value)                                                              \
    case number:                                                                          \
        for (; step < end; step++)                                                        \
            for (size_t w = 0; w < SLOT_WORDS; w += LANE_WORDS) {                         \
                const lanes a = AT(step->a, w), b = AT(step->b, w), c = AT(step->c, w);   \
                (void)a, (void)b, (void)c;                                                \
                AT(step->to, w) = value;                                                  \
            }                                                                             \
        break;
#define AT(offset, word) (*(lanes *)(slots + (offset) + (word)))

void interpreter_compute(const void *program, uint64_t *slots) {
    const interpreter_program *const given = program;
    const interpreter_step *step = given->steps;
    for (const interpreter_run *run = given->runs; run < given->runs + given->num_runs; run++) {
        const interpreter_step *const end = step + run->count;
        switch (run->table) {
#include "tables.c"
        default: break;
        }
    }
}
