/* Steps a torus of two states as a plain C program does: the baseline that the benchmark's ratios refer to.
 *
 * Compiled once for each circuit: circuit.c is the generated file, CIRCUIT the name of its function, of nine inputs
 * (nw n ne w c e sw s se) and one output. A generation first writes two shifted copies of the whole board, the cells
 * west and the cells east of each; then it calls the circuit for one word after the other, into another board.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* gcc would gather the nine words of each call in vector registers, only to store them, and be slower for it. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-slp-vectorize")
#endif

/* A call for each word, as in a program where the circuit is a function of its own and nobody tuned the loop. Were it
 * to melt into the loop, compilers would make vector code of both, and the baseline would hold what is measured
 * against it. */
static __attribute__((noinline)) void CIRCUIT(const uint64_t in[9], uint64_t out[1]);
#include "circuit.c"

#pragma GCC visibility push(default)
#include "naive.h"
#pragma GCC visibility pop

enum { SCRATCH_BOARDS = 3 };

size_t naive_scratch_words(size_t board_words) { return board_words * SCRATCH_BOARDS; }

static void shift_row(const uint64_t *row, size_t words, uint64_t *west, uint64_t *east) {
    const size_t last = words - 1;
    west[0] = row[0] << 1 | row[last] >> 63;
    for (size_t i = 1; i < words; i++) west[i] = row[i] << 1 | row[i - 1] >> 63;
    for (size_t i = 0; i < last; i++) east[i] = row[i] >> 1 | row[i + 1] << 63;
    east[last] = row[last] >> 1 | row[0] << 63;
}

static void step_board(const uint64_t *board, size_t words, size_t height, uint64_t *west, uint64_t *east,
                       uint64_t *next) {
    for (size_t y = 0; y < height; y++) {
        const size_t row = y * words;
        shift_row(board + row, words, west + row, east + row);
    }
    for (size_t y = 0; y < height; y++) {
        const size_t above = (y == 0 ? height - 1 : y - 1) * words;
        const size_t here = y * words;
        const size_t below = (y == height - 1 ? 0 : y + 1) * words;
        for (size_t i = 0; i < words; i++) {
            const uint64_t in[9] = {west[above + i], board[above + i], east[above + i],
                                    west[here + i],  board[here + i],  east[here + i],
                                    west[below + i], board[below + i], east[below + i]};
            uint64_t out[1];
            CIRCUIT(in, out);
            next[here + i] = out[0];
        }
    }
}

void naive_advance(uint64_t *board, uint64_t *scratch, size_t row_words, size_t height, size_t generations) {
    const size_t words = row_words * height;
    uint64_t *west = scratch, *east = scratch + words, *now = board, *next = scratch + 2 * words;
    for (size_t generation = 0; generation < generations; generation++) {
        step_board(now, row_words, height, west, east, next);
        uint64_t *stepped = next;
        next = now;
        now = stepped;
    }
    if (now != board) memcpy(board, now, words * sizeof *board);
}
