/* Soft networks, forward and backward, for XLA's CPU backend.
 *
 * The one idea: 16 samples at a time go through the whole network and back. A signal of 16 samples is one vector, one
 * line of the cache, and all signals of a network stay near the core; layer by layer over a whole batch they would not.
 * So reading a fan-in is one load, wherever it lies, and nothing but the outputs is kept between the two passes:
 * computing it again is cheaper than writing it down.
 *
 * Signals are numbered as in a circuit, from 0: first the inputs, then stage after stage. A stage consists of
 *
 *   gates       c0 + c1 a + c2 b + c3 ab, a and b being two earlier signals, or
 *   selections  sum over k of w_k s_k, a weighted mean of `fan_in` earlier signals.
 *
 * The last signals are the outputs. Batches are [signals, samples]. Sums over samples are taken in an order that depends
 * on nothing but their number, so results do not depend on how many cores there are.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xla/ffi/api/c_api.h>

#pragma GCC visibility push(default)
#include "soft_network.h"
#pragma GCC visibility pop

/* A batch is done in parts, by as many threads at most: of at least so many blocks, since each part has sums of its own,
 * and no more parts than that, for the same reason. */
enum { LANES = 16, LEAST_BLOCKS = 4, MOST_PARTS = 32, PATIENCE = 10000, GATES = 0, SELECTIONS = 1 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef float halves __attribute__((vector_size(LANES / 2 * sizeof(float))));
typedef float four __attribute__((vector_size(4 * sizeof(float))));

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    int64_t kind, count, has_gradient; /* whether what it reads needs a gradient */
} stage;

typedef struct {
    size_t num_inputs, num_outputs, num_signals, num_gates, num_selections, fan_in, num_samples, num_stages;
    const stage *stages;
    const float *inputs;       /* [inputs, samples] */
    const float *coefficients; /* [gates, 4] */
    const int32_t *wiring;     /* [gates, 2] */
    const float *weights;      /* [selections, fan_in] */
    const int32_t *candidates; /* [selections, fan_in] */
} network;

INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }

INLINE size_t num_blocks(const network *net) { return (net->num_samples + LANES - 1) / LANES; }

INLINE size_t blocks_of_part(const network *net) {
    const size_t blocks = (num_blocks(net) + MOST_PARTS - 1) / MOST_PARTS;
    return blocks > LEAST_BLOCKS ? blocks : LEAST_BLOCKS;
}

INLINE size_t num_parts(const network *net) {
    return (num_blocks(net) + blocks_of_part(net) - 1) / blocks_of_part(net);
}

/* Returns a vector whose even lanes are sums of neighbours of a and whose odd lanes are those of b. */
INLINE lanes sums_of_pairs(lanes a, lanes b) {
    return __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
           __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
}

/* Adds to each of four numbers the sum over the lanes of a vector. */
INLINE void add_sums(float sums[4], lanes a, lanes b, lanes c, lanes d) {
    const lanes ab = sums_of_pairs(a, b), cd = sums_of_pairs(c, d);
    const lanes quarters =
        __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
        __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    const halves eights = __builtin_shufflevector(quarters, quarters, 0, 1, 2, 3, 4, 5, 6, 7) +
                          __builtin_shufflevector(quarters, quarters, 8, 9, 10, 11, 12, 13, 14, 15);
    const four whole = __builtin_shufflevector(eights, eights, 0, 1, 2, 3) +
                       __builtin_shufflevector(eights, eights, 4, 5, 6, 7);
    four total;
    memcpy(&total, sums, sizeof total);
    total += whole;
    memcpy(sums, &total, sizeof total);
}

/* Reads 16 samples, or fewer and zeros, from each of some rows. */
static void load_rows(const float *rows, size_t num_rows, size_t num_samples, size_t block, lanes *loaded) {
    const size_t start = block * LANES, count = least(LANES, num_samples - start);
    for (size_t row = 0; row < num_rows; row++) {
        loaded[row] = (lanes){0};
        memcpy(&loaded[row], rows + row * num_samples + start, count * sizeof(float));
    }
}

static void store_rows(const lanes *stored, size_t num_rows, size_t num_samples, size_t block, float *rows) {
    const size_t start = block * LANES, count = least(LANES, num_samples - start);
    for (size_t row = 0; row < num_rows; row++) {
        memcpy(rows + row * num_samples + start, &stored[row], count * sizeof(float));
    }
}

/* Computes all signals of a block. */
static void compute_block(const network *net, size_t block, lanes *restrict signals) {
    load_rows(net->inputs, net->num_inputs, net->num_samples, block, signals);
    const float *c = net->coefficients, *w = net->weights;
    const int32_t *wires = net->wiring, *candidates = net->candidates;
    lanes *signal = signals + net->num_inputs;
    for (size_t s = 0; s < net->num_stages; s++) {
        const size_t count = (size_t)net->stages[s].count;
        if (net->stages[s].kind == GATES) {
            for (size_t i = 0; i < count; i++, c += 4, wires += 2) {
                const lanes a = signals[wires[0]], b = signals[wires[1]];
                *signal++ = (c[0] + c[1] * a) + b * (c[2] + c[3] * a);
            }
        } else {
            for (size_t i = 0; i < count; i++, w += net->fan_in, candidates += net->fan_in) {
                lanes sum = {0};
                for (size_t k = 0; k < net->fan_in; k++) sum += w[k] * signals[candidates[k]];
                *signal++ = sum;
            }
        }
    }
}

/* Takes the gradients of a block from its outputs to whatever has any; leaves those of all signals but inputs zero. */
static void propagate_block(const network *net, const lanes *restrict signals, lanes *restrict gradients,
                            float *restrict of_coefficients, float *restrict of_weights) {
    const float *c = net->coefficients + 4 * net->num_gates, *w = net->weights + net->fan_in * net->num_selections;
    const int32_t *wires = net->wiring + 2 * net->num_gates;
    const int32_t *candidates = net->candidates + net->fan_in * net->num_selections;
    float *of_c = of_coefficients + 4 * net->num_gates, *of_w = of_weights + net->fan_in * net->num_selections;
    lanes *gradient = gradients + net->num_signals;
    for (size_t s = net->num_stages; s-- > 0;) {
        const size_t count = (size_t)net->stages[s].count;
        const bool has_gradient = net->stages[s].has_gradient;
        if (net->stages[s].kind == GATES) {
            for (size_t i = 0; i < count; i++) {
                c -= 4, wires -= 2, of_c -= 4, gradient--;
                const lanes a = signals[wires[0]], b = signals[wires[1]], g = *gradient, ga = g * a;
                *gradient = (lanes){0};
                add_sums(of_c, g, ga, g * b, ga * b);
                if (has_gradient) {
                    gradients[wires[0]] += g * (c[1] + c[3] * b);
                    gradients[wires[1]] += g * (c[2] + c[3] * a);
                }
            }
        } else {
            for (size_t i = 0; i < count; i++) {
                w -= net->fan_in, candidates -= net->fan_in, of_w -= net->fan_in, gradient--;
                const lanes g = *gradient;
                *gradient = (lanes){0};
                for (size_t k = 0; k < net->fan_in; k += 4) {
                    const int32_t *read = candidates + k;
                    add_sums(of_w + k, g * signals[read[0]], g * signals[read[1]], g * signals[read[2]],
                             g * signals[read[3]]);
                }
                if (has_gradient) {
                    for (size_t k = 0; k < net->fan_in; k++) gradients[candidates[k]] += w[k] * g;
                }
            }
        }
    }
}

/* What a call has to do in parts, by whichever threads there are. */
typedef struct job {
    network net;
    float *outputs;            /* [outputs, samples]; of the forward pass */
    const float *of_outputs;   /* [outputs, samples]; all else is of the backward pass */
    float *of_inputs;          /* [inputs, samples], or NULL */
    float *sums;               /* for each part [gates, 4] and [selections, fan_in] */
    size_t num_parts;
    atomic_size_t next, done, users;
    atomic_bool failed;
} job;

INLINE size_t num_sums(const network *net) { return 4 * net->num_gates + net->fan_in * net->num_selections; }

/* Returns memory of this thread, zeros at first, of at least so many vectors; NULL if there is none. It is kept, since
 * asking for it anew takes as long as computing with it. */
static lanes *scratch_of_thread(size_t count) {
    static _Thread_local lanes *memory;
    static _Thread_local size_t size;
    if (size < count) {
        free(memory);
        memory = aligned_alloc(sizeof(lanes), count * sizeof(lanes));
        size = memory ? count : 0;
    }
    return memory;
}

static bool do_part(const job *work, size_t part) {
    const network *net = &work->net;
    const bool is_backward = work->of_outputs;
    lanes *signals = scratch_of_thread(net->num_signals * (is_backward ? 2 : 1));
    if (!signals) return false;
    lanes *gradients = signals + net->num_signals;
    lanes *last = (is_backward ? gradients : signals) + net->num_signals - net->num_outputs;
    float *sums = is_backward ? work->sums + part * num_sums(net) : NULL;
    if (is_backward) {
        memset(gradients, 0, net->num_signals * sizeof(lanes));
        memset(sums, 0, num_sums(net) * sizeof(float));
    }
    const size_t first = part * blocks_of_part(net), end = least(first + blocks_of_part(net), num_blocks(net));
    for (size_t block = first; block < end; block++) {
        compute_block(net, block, signals);
        if (!is_backward) {
            store_rows(last, net->num_outputs, net->num_samples, block, work->outputs);
            continue;
        }
        load_rows(work->of_outputs, net->num_outputs, net->num_samples, block, last);
        propagate_block(net, signals, gradients, sums, sums + 4 * net->num_gates);
        if (work->of_inputs) {
            store_rows(gradients, net->num_inputs, net->num_samples, block, work->of_inputs);
            memset(gradients, 0, net->num_inputs * sizeof(lanes));
        }
    }
    return true;
}

/* Does parts until none is left. The last user frees the job, since a task may start when all is long done. */
static void take_part(void *data) {
    job *work = data;
    for (size_t part; (part = atomic_fetch_add(&work->next, 1)) < work->num_parts; atomic_fetch_add(&work->done, 1)) {
        if (!do_part(work, part)) atomic_store(&work->failed, true);
    }
    if (atomic_fetch_sub(&work->users, 1) == 1) free(work);
}

static XLA_FFI_Error *fail(const XLA_FFI_CallFrame *frame, XLA_FFI_Error_Code code, const char *message) {
    XLA_FFI_Error_Create_Args args = {XLA_FFI_Error_Create_Args_STRUCT_SIZE, NULL, message, code};
    return frame->api->XLA_FFI_Error_Create(&args);
}

/* Does a job on XLA's threads and on this one, and returns when it is done. */
static XLA_FFI_Error *run(const XLA_FFI_CallFrame *frame, const job *given) {
    job *work = malloc(sizeof *work);
    if (!work) return fail(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED, "no memory for a soft network");
    memcpy(work, given, sizeof *work);
    int64_t num_threads = 1;
    XLA_FFI_ThreadPool_NumThreads_Args count = {XLA_FFI_ThreadPool_NumThreads_Args_STRUCT_SIZE, NULL, frame->ctx,
                                                &num_threads};
    XLA_FFI_Error *error = frame->api->XLA_FFI_ThreadPool_NumThreads(&count);
    /* One user is this thread as a worker, one is this thread that waits. */
    atomic_store(&work->users, 2);
    for (size_t i = 1; !error && i < least((size_t)num_threads, work->num_parts); i++) {
        XLA_FFI_ThreadPool_Schedule_Args task = {XLA_FFI_ThreadPool_Schedule_Args_STRUCT_SIZE, NULL, frame->ctx,
                                                 take_part, work};
        atomic_fetch_add(&work->users, 1);
        if ((error = frame->api->XLA_FFI_ThreadPool_Schedule(&task))) atomic_fetch_sub(&work->users, 1);
    }
    if (error) {
        /* Without threads of XLA's this one does all. */
        XLA_FFI_Error_Destroy_Args args = {XLA_FFI_Error_Destroy_Args_STRUCT_SIZE, NULL, error};
        frame->api->XLA_FFI_Error_Destroy(&args);
    }
    take_part(work);
    /* The others are nearly done. If they are not, they may be waiting for this very core. */
    for (size_t turn = 0; atomic_load(&work->done) < work->num_parts; turn++) {
        if (turn > PATIENCE) sched_yield();
    }
    const bool failed = atomic_load(&work->failed);
    if (atomic_fetch_sub(&work->users, 1) == 1) free(work);
    return failed ? fail(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED, "no memory for a soft network") : NULL;
}

INLINE const XLA_FFI_Buffer *argument(const XLA_FFI_CallFrame *frame, size_t index) { return frame->args.args[index]; }

/* Returns an array; one without elements may be nowhere, and then anything but NULL will do. */
INLINE void *data_of(const XLA_FFI_Buffer *buffer) { return buffer->data ? buffer->data : (void *)buffer; }

INLINE float *result(const XLA_FFI_CallFrame *frame, size_t index) { return data_of(frame->rets.rets[index]); }

INLINE bool is_matrix(const XLA_FFI_Buffer *buffer, XLA_FFI_DataType type, int64_t rows, int64_t columns) {
    return buffer->dtype == type && buffer->rank == 2 && buffer->dims[0] == rows && buffer->dims[1] == columns;
}

static bool is_within(const int32_t *wires, size_t count, size_t num_signals) {
    uint32_t highest = 0;
    for (size_t i = 0; i < count; i++) highest = highest > (uint32_t)wires[i] ? highest : (uint32_t)wires[i];
    return !count || highest < num_signals;
}

/* Reads the arguments that both calls have: inputs, coefficients, wiring, weights, candidates; and the attribute
 * `stages`, [stages, 3]. Returns what is wrong with them, or NULL. */
static const char *read_network(const XLA_FFI_CallFrame *frame, network *net) {
    const XLA_FFI_Array *stages = frame->attrs.attrs[0];
    const XLA_FFI_Buffer *inputs = argument(frame, 0), *gates = argument(frame, 1), *selections = argument(frame, 3);
    const XLA_FFI_DataType real = XLA_FFI_DataType_F32, number = XLA_FFI_DataType_S32;
    if (!is_matrix(inputs, real, inputs->dims[0], inputs->dims[1]) || !is_matrix(gates, real, gates->dims[0], 4) ||
        !is_matrix(argument(frame, 2), number, gates->dims[0], 2) || selections->dims[1] % 4 ||
        !is_matrix(selections, real, selections->dims[0], selections->dims[1]) ||
        !is_matrix(argument(frame, 4), number, selections->dims[0], selections->dims[1])) {
        return "arrays of a soft network have wrong types or shapes";
    }
    *net = (network){
        .num_inputs = (size_t)inputs->dims[0],
        .num_samples = (size_t)inputs->dims[1],
        .num_gates = (size_t)gates->dims[0],
        .num_selections = (size_t)selections->dims[0],
        .fan_in = (size_t)selections->dims[1],
        .num_stages = stages->size / 3,
        .stages = stages->data,
        .inputs = data_of(inputs),
        .coefficients = data_of(gates),
        .wiring = data_of(argument(frame, 2)),
        .weights = data_of(selections),
        .candidates = data_of(argument(frame, 4)),
    };
    net->num_signals = net->num_inputs;
    const int32_t *wiring = net->wiring, *candidates = net->candidates;
    size_t num_gates = 0, num_selections = 0;
    const char *const other_size = "stages of a soft network are not all of its gates and selections";
    for (size_t s = 0; s < net->num_stages; s++) {
        const size_t count = (size_t)net->stages[s].count;
        const bool is_gates = net->stages[s].kind == GATES;
        *(is_gates ? &num_gates : &num_selections) += count;
        if (num_gates > net->num_gates || num_selections > net->num_selections) return other_size;
        const size_t num_wires = count * (is_gates ? 2 : net->fan_in);
        if (!is_within(is_gates ? wiring : candidates, num_wires, net->num_signals)) {
            return "a gate of a soft network reads no earlier signal";
        }
        *(is_gates ? &wiring : &candidates) += num_wires;
        net->num_signals += count;
    }
    return num_gates == net->num_gates && num_selections == net->num_selections ? NULL : other_size;
}

/* Returns whether XLA wants to know but the version of its interface; then tells it. */
static bool answer_metadata(const XLA_FFI_CallFrame *frame) {
    if (!frame->extension_start || frame->extension_start->type != XLA_FFI_Extension_Metadata) return false;
    XLA_FFI_Metadata *metadata = ((XLA_FFI_Metadata_Extension *)frame->extension_start)->metadata;
    metadata->api_version.major_version = XLA_FFI_API_MAJOR;
    metadata->api_version.minor_version = XLA_FFI_API_MINOR;
    return true;
}

/* Result: outputs, [outputs, samples]. */
void *soft_network_forward(void *call_frame) {
    const XLA_FFI_CallFrame *frame = call_frame;
    if (answer_metadata(frame)) return NULL;
    job work = {.outputs = result(frame, 0)};
    const char *wrong = read_network(frame, &work.net);
    if (wrong) return fail(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT, wrong);
    work.net.num_outputs = (size_t)((const XLA_FFI_Buffer *)frame->rets.rets[0])->dims[0];
    work.num_parts = num_parts(&work.net);
    return run(frame, &work);
}

/* Further argument: the gradient of the outputs, [outputs, samples]. Results: the gradients of coefficients, of weights,
 * and of inputs if those are wanted, else an array without elements. */
void *soft_network_backward(void *call_frame) {
    const XLA_FFI_CallFrame *frame = call_frame;
    if (answer_metadata(frame)) return NULL;
    job work = {.of_outputs = data_of(argument(frame, 5))};
    network *net = &work.net;
    const char *wrong = read_network(frame, net);
    if (wrong) return fail(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT, wrong);
    net->num_outputs = (size_t)argument(frame, 5)->dims[0];
    work.of_inputs = ((const XLA_FFI_Buffer *)frame->rets.rets[2])->dims[0] ? result(frame, 2) : NULL;
    work.num_parts = num_parts(net);
    const size_t count = num_sums(net);
    work.sums = malloc((work.num_parts ? work.num_parts : 1) * count * sizeof(float) + 1);
    if (!work.sums) return fail(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED, "no memory for a soft network");
    XLA_FFI_Error *error = run(frame, &work);
    float *const totals[2] = {result(frame, 0), result(frame, 1)};
    const size_t sizes[2] = {4 * net->num_gates, net->fan_in * net->num_selections};
    for (size_t t = 0, offset = 0; !error && t < 2; offset += sizes[t], t++) {
        memset(totals[t], 0, sizes[t] * sizeof(float));
        for (size_t part = 0; part < work.num_parts; part++) {
            const float *sums = work.sums + part * count + offset;
            for (size_t i = 0; i < sizes[t]; i++) totals[t][i] += sums[i];
        }
    }
    free(work.sums);
    return error;
}
