/* Runs the calls of soft_network.c without XLA, so that sanitizers see nothing else. `test_native_network` compiles it.
 *
 * Standard input is requests, each 10 int64, namely
 *
 *   inputs, samples, gates, selections, candidates of a selection, stages, outputs, whether the gradient of inputs is
 *   wanted, threads, pairs of fan-ins
 *
 * then stages, inputs, coefficients, wiring, weights, candidates, and the gradient of outputs. For each the answer is an
 * int64, 0 or how many of the two calls failed, and if 0 the outputs and the gradients of coefficients, weights and
 * inputs. 0 threads are a pool that fails, -1 is one that does tasks at once. */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <xla/ffi/api/c_api.h>

#include "soft_network.h"

enum { MAX_TASKS = 64, NUM_WORKERS = 7 };

struct XLA_FFI_ExecutionContext {
    int64_t num_threads;
};

struct XLA_FFI_Error {
    char unused;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static XLA_FFI_ThreadPool_Schedule_Args tasks[MAX_TASKS];
static size_t num_tasks, num_busy;

/* Workers are never ended, as XLA's are not. */
static void *work(void *unused) {
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (!num_tasks) pthread_cond_wait(&changed, &mutex);
        const XLA_FFI_ThreadPool_Schedule_Args task = tasks[--num_tasks];
        num_busy++;
        pthread_mutex_unlock(&mutex);
        task.task(task.data);
        pthread_mutex_lock(&mutex);
        num_busy--;
        pthread_cond_broadcast(&changed);
    }
    return unused;
}

static XLA_FFI_Error *make_error(void) {
    XLA_FFI_Error *error = malloc(sizeof *error);
    if (!error) abort();
    return error;
}

static XLA_FFI_Error *create_error(XLA_FFI_Error_Create_Args *args) {
    if (!args->message) abort();
    return make_error();
}

static void destroy_error(XLA_FFI_Error_Destroy_Args *args) { free(args->error); }

static XLA_FFI_Error *count_threads(XLA_FFI_ThreadPool_NumThreads_Args *args) {
    if (!args->ctx->num_threads) return make_error();
    *args->num_threads = args->ctx->num_threads < 0 ? NUM_WORKERS : args->ctx->num_threads;
    return NULL;
}

static XLA_FFI_Error *schedule(XLA_FFI_ThreadPool_Schedule_Args *args) {
    if (args->ctx->num_threads < 0) {
        args->task(args->data);
        return NULL;
    }
    pthread_mutex_lock(&mutex);
    const bool has_room = num_tasks < MAX_TASKS;
    if (has_room) tasks[num_tasks++] = *args;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    return has_room ? NULL : make_error();
}

static const XLA_FFI_Api api = {
    .struct_size = XLA_FFI_Api_STRUCT_SIZE,
    .XLA_FFI_Error_Create = create_error,
    .XLA_FFI_Error_Destroy = destroy_error,
    .XLA_FFI_ThreadPool_Schedule = schedule,
    .XLA_FFI_ThreadPool_NumThreads = count_threads,
};

typedef struct {
    XLA_FFI_Buffer buffer;
    int64_t dims[2];
} matrix;

/* Returns memory without a byte to spare; none is NULL, as XLA may have it. */
static void *exactly(size_t size) {
    void *memory = size ? malloc(size) : NULL;
    if (size && !memory) abort();
    return memory;
}

static void init_matrix(matrix *made, XLA_FFI_DataType type, int64_t rows, int64_t columns, bool is_read) {
    const size_t size = (size_t)(rows * columns) * 4;
    *made = (matrix){.dims = {rows, columns}};
    made->buffer = (XLA_FFI_Buffer){XLA_FFI_Buffer_STRUCT_SIZE, NULL, type, exactly(size), 2, made->dims};
    if (is_read && size && fread(made->buffer.data, size, 1, stdin) != 1) abort();
}

static void write_matrix(const matrix *written) {
    const size_t size = (size_t)(written->dims[0] * written->dims[1]) * 4;
    if (size) fwrite(written->buffer.data, size, 1, stdout);
}

static bool fails(XLA_FFI_Handler *call, XLA_FFI_ExecutionContext *context, matrix *args, int64_t num_args,
                  matrix *results, int64_t num_results, XLA_FFI_Array *stages) {
    void *arguments[6], *returned[3], *attributes[1] = {stages};
    XLA_FFI_CallFrame frame = {.struct_size = XLA_FFI_CallFrame_STRUCT_SIZE, .api = &api, .ctx = context};
    for (int64_t i = 0; i < num_args; i++) arguments[i] = &args[i].buffer;
    for (int64_t i = 0; i < num_results; i++) returned[i] = &results[i].buffer;
    frame.args.size = num_args, frame.args.args = arguments;
    frame.rets.size = num_results, frame.rets.rets = returned;
    frame.attrs.size = 1, frame.attrs.attrs = attributes;
    XLA_FFI_Error *error = call(&frame);
    free(error);
    return error;
}

static XLA_FFI_Error *forward(XLA_FFI_CallFrame *frame) { return soft_network_forward(frame); }
static XLA_FFI_Error *backward(XLA_FFI_CallFrame *frame) { return soft_network_backward(frame); }

int main(void) {
    for (int i = 0; i < NUM_WORKERS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, NULL)) abort();
    }
    for (int64_t header[10]; fread(header, sizeof header, 1, stdin) == 1;) {
        const int64_t inputs = header[0], samples = header[1], gates = header[2], selections = header[3];
        const int64_t fan_in = header[4], num_stages = header[5], outputs = header[6], pairs = header[9];
        XLA_FFI_ExecutionContext context = {header[8]};
        const size_t size = (size_t)num_stages * 3 * sizeof(int64_t);
        XLA_FFI_Array stages = {XLA_FFI_DataType_S64, (size_t)num_stages * 3, exactly(size)};
        if (fread(stages.data, size, 1, stdin) != 1) abort();
        matrix args[6], results[4];
        init_matrix(&args[0], XLA_FFI_DataType_F32, inputs, samples, true);
        init_matrix(&args[1], XLA_FFI_DataType_F32, gates, 4, true);
        init_matrix(&args[2], XLA_FFI_DataType_S32, pairs, 2, true);
        init_matrix(&args[3], XLA_FFI_DataType_F32, selections, fan_in, true);
        init_matrix(&args[4], XLA_FFI_DataType_S32, selections, fan_in, true);
        init_matrix(&args[5], XLA_FFI_DataType_F32, outputs, samples, true);
        init_matrix(&results[0], XLA_FFI_DataType_F32, outputs, samples, false);
        init_matrix(&results[1], XLA_FFI_DataType_F32, gates, 4, false);
        init_matrix(&results[2], XLA_FFI_DataType_F32, selections, fan_in, false);
        const int64_t sides[2] = {header[7] ? inputs : 0, header[7] ? samples : 0};
        init_matrix(&results[3], XLA_FFI_DataType_F32, sides[0], sides[1], false);
        const int64_t num_failed = fails(forward, &context, args, 5, results, 1, &stages) +
                                   fails(backward, &context, args, 6, results + 1, 3, &stages);
        fwrite(&num_failed, sizeof num_failed, 1, stdout);
        for (int i = 0; i < 4; i++) {
            if (!num_failed) write_matrix(&results[i]);
            free(results[i].buffer.data);
        }
        for (int i = 0; i < 6; i++) free(args[i].buffer.data);
        free(stages.data);
    }
    pthread_mutex_lock(&mutex);
    while (num_tasks || num_busy) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return 0;
}
