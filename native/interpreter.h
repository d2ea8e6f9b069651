/* An interpreter of networks of three-input tables: prototypes only, read by the C compiler and by cffi. */

/* A table: where the slots begin that it reads and writes, in words. */
typedef struct {
    uint32_t a, b, c, to;
} interpreter_step;

/* Consecutive steps of the same table. */
typedef struct {
    uint32_t table, count;
} interpreter_run;

typedef struct {
    size_t num_runs;
    const interpreter_run *runs;
    const interpreter_step *steps;
} interpreter_program;

/* Computes a block as a classifier_network does, given an interpreter_program. */
void interpreter_compute(const void *program, uint64_t *slots);
