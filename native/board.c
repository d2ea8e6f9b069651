/* Steps a board with a circuit of nine inputs (nw n ne w c e sw s se) and one output.
 *
 * Compiled once for each circuit: circuit.c is the generated file, CIRCUIT the name of its function.
 *
 * A row is expanded into three arrays: its cells, the cells west of them and the cells east of them. Then the
 * nine neighbours of 64 cells are nine words at the same index, and one call of the circuit steps 64 cells. The
 * rows above, here and below are kept expanded while walking down, so the board is stepped in place.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Declared static first, so the function that circuit.c defines is internal and melts into the loop. */
static inline __attribute__((always_inline)) void CIRCUIT(const uint64_t in[9], uint64_t out[1]);
#include "circuit.c"

#pragma GCC visibility push(default)
#include "board.h"
#pragma GCC visibility pop

enum { ARRAYS_OF_ROW = 3, ROWS_KEPT = 4 };

/* West neighbours, cells and east neighbours of one row, each of the same number of words. */
typedef struct {
    uint64_t *west, *centre, *east;
} expanded_row;

static size_t words_of(size_t width) { return (width + 63) / 64; }

size_t board_scratch_words(size_t width) { return words_of(width) * ARRAYS_OF_ROW * ROWS_KEPT; }

static void clear_row(expanded_row row, size_t words) {
    memset(row.west, 0, words * ARRAYS_OF_ROW * sizeof *row.west);
}

static void expand_row(const uint64_t *restrict cells, size_t width, int torus, expanded_row row) {
    const size_t last = words_of(width) - 1;
    const size_t last_bit = (width - 1) % 64;
    const uint64_t first_cell = torus ? cells[0] & 1 : 0;
    const uint64_t last_cell = torus ? cells[last] >> last_bit & 1 : 0;
    memcpy(row.centre, cells, (last + 1) * sizeof *cells);
    row.west[0] = cells[0] << 1 | last_cell;
    for (size_t i = 1; i <= last; i++) row.west[i] = cells[i] << 1 | cells[i - 1] >> 63;
    for (size_t i = 0; i < last; i++) row.east[i] = cells[i] >> 1 | cells[i + 1] << 63;
    row.east[last] = cells[last] >> 1 | first_cell << last_bit;
}

static void step_row(expanded_row above, expanded_row here, expanded_row below, size_t words, uint64_t *restrict next) {
    const uint64_t *restrict nw = above.west, *restrict n = above.centre, *restrict ne = above.east;
    const uint64_t *restrict w = here.west, *restrict c = here.centre, *restrict e = here.east;
    const uint64_t *restrict sw = below.west, *restrict s = below.centre, *restrict se = below.east;
    for (size_t i = 0; i < words; i++) {
        const uint64_t in[9] = {nw[i], n[i], ne[i], w[i], c[i], e[i], sw[i], s[i], se[i]};
        uint64_t out[1];
        CIRCUIT(in, out);
        next[i] = out[0];
    }
}

static void step_board(uint64_t *board, size_t width, size_t height, int torus, expanded_row rows[ROWS_KEPT]) {
    const size_t words = words_of(width);
    const size_t tail = width % 64;
    const uint64_t mask = tail ? ((uint64_t)1 << tail) - 1 : ~(uint64_t)0;
    const expanded_row first = rows[3];
    expanded_row above = rows[0], here = rows[1], below = rows[2];
    if (torus) expand_row(board + (height - 1) * words, width, torus, above);
    else clear_row(above, words);
    expand_row(board, width, torus, here);
    /* The last row's lower neighbour is the first row as it was. */
    if (torus) expand_row(board, width, torus, first);
    else clear_row(first, words);
    for (size_t y = 0; y < height; y++) {
        uint64_t *row = board + y * words;
        if (y + 1 < height) expand_row(row + words, width, torus, below);
        else below = first;
        step_row(above, here, below, words, row);
        row[words - 1] &= mask;
        const expanded_row spare = above;
        above = here;
        here = below;
        below = spare;
    }
}

void board_advance(uint64_t *board, uint64_t *scratch, size_t width, size_t height, int torus, size_t generations) {
    const size_t words = words_of(width);
    expanded_row rows[ROWS_KEPT];
    for (size_t k = 0; k < ROWS_KEPT; k++) {
        uint64_t *arrays = scratch + k * ARRAYS_OF_ROW * words;
        rows[k] = (expanded_row){.west = arrays, .centre = arrays + words, .east = arrays + 2 * words};
    }
    for (size_t generation = 0; generation < generations; generation++) step_board(board, width, height, torus, rows);
}
