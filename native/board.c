/* Steps a board with a circuit of nine inputs (nw n ne w c e sw s se) and one output for each plane.
 *
 * Compiled once for each circuit: circuit.c is the generated file, CIRCUIT the name of its function, PLANES the
 * number of bits of a cell. The inputs are those of plane 0, then those of plane 1, and so on.
 *
 * A row is expanded into three arrays for each plane: its cells, the cells west of them and the cells east of
 * them. Then the nine neighbours of 64 cells are nine words at the same index, and one call of the circuit steps
 * 64 cells. The rows above, here and below are kept expanded while walking down, so the board is stepped in place.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Declared static first, so the function that circuit.c defines is internal and melts into the loop. */
static inline __attribute__((always_inline)) void CIRCUIT(const uint64_t in[9 * PLANES], uint64_t out[PLANES]);
#include "circuit.c"

#pragma GCC visibility push(default)
#include "board.h"
#pragma GCC visibility pop

/* The rows that a loop reads and writes are different memory, so it can be vectorized. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif

enum { ARRAYS_OF_ROW = 3, ROWS_KEPT = 4 };

/* West neighbours, cells and east neighbours of one row: PLANES arrays each, of the same number of words. */
typedef struct {
    uint64_t *west, *centre, *east;
} expanded_row;

static size_t words_of(size_t width) { return (width + 63) / 64; }

size_t board_scratch_words(size_t width) { return words_of(width) * PLANES * ARRAYS_OF_ROW * ROWS_KEPT; }

static void clear_row(expanded_row row, size_t words) {
    memset(row.west, 0, words * PLANES * ARRAYS_OF_ROW * sizeof *row.west);
}

static void expand_plane(const uint64_t *restrict cells, size_t width, int torus, uint64_t *restrict west,
                         uint64_t *restrict centre, uint64_t *restrict east) {
    const size_t last = words_of(width) - 1;
    const size_t last_bit = (width - 1) % 64;
    const uint64_t first_cell = torus ? cells[0] & 1 : 0;
    const uint64_t last_cell = torus ? cells[last] >> last_bit & 1 : 0;
    memcpy(centre, cells, (last + 1) * sizeof *cells);
    west[0] = cells[0] << 1 | last_cell;
    for (size_t i = 1; i <= last; i++) west[i] = cells[i] << 1 | cells[i - 1] >> 63;
    for (size_t i = 0; i < last; i++) east[i] = cells[i] >> 1 | cells[i + 1] << 63;
    east[last] = cells[last] >> 1 | first_cell << last_bit;
}

/* Expands row y of a board whose planes are `plane_words` words each. */
static void expand_row(const uint64_t *board, size_t plane_words, size_t width, size_t y, int torus, expanded_row row) {
    const size_t words = words_of(width);
    for (size_t p = 0; p < PLANES; p++) {
        const uint64_t *cells = board + p * plane_words + y * words;
        expand_plane(cells, width, torus, row.west + p * words, row.centre + p * words, row.east + p * words);
    }
}

static void step_row(expanded_row above, expanded_row here, expanded_row below, size_t words, uint64_t *next,
                     size_t plane_words) {
    INDEPENDENT
    for (size_t i = 0; i < words; i++) {
        uint64_t in[9 * PLANES], out[PLANES];
        for (size_t p = 0; p < PLANES; p++) {
            const size_t k = p * words + i;
            in[9 * p + 0] = above.west[k], in[9 * p + 1] = above.centre[k], in[9 * p + 2] = above.east[k];
            in[9 * p + 3] = here.west[k], in[9 * p + 4] = here.centre[k], in[9 * p + 5] = here.east[k];
            in[9 * p + 6] = below.west[k], in[9 * p + 7] = below.centre[k], in[9 * p + 8] = below.east[k];
        }
        CIRCUIT(in, out);
        for (size_t p = 0; p < PLANES; p++) next[p * plane_words + i] = out[p];
    }
}

static void step_board(uint64_t *board, size_t width, size_t height, int torus, expanded_row rows[ROWS_KEPT]) {
    const size_t words = words_of(width);
    const size_t plane_words = height * words;
    const size_t tail = width % 64;
    const uint64_t mask = tail ? ((uint64_t)1 << tail) - 1 : ~(uint64_t)0;
    const expanded_row first = rows[3];
    expanded_row above = rows[0], here = rows[1], below = rows[2];
    if (torus) expand_row(board, plane_words, width, height - 1, torus, above);
    else clear_row(above, words);
    expand_row(board, plane_words, width, 0, torus, here);
    /* The last row's lower neighbour is the first row as it was. */
    if (torus) expand_row(board, plane_words, width, 0, torus, first);
    else clear_row(first, words);
    for (size_t y = 0; y < height; y++) {
        uint64_t *row = board + y * words;
        if (y + 1 < height) expand_row(board, plane_words, width, y + 1, torus, below);
        else below = first;
        step_row(above, here, below, words, row, plane_words);
        for (size_t p = 0; p < PLANES; p++) row[p * plane_words + words - 1] &= mask;
        const expanded_row spare = above;
        above = here;
        here = below;
        below = spare;
    }
}

void board_advance(uint64_t *board, uint64_t *scratch, size_t width, size_t height, int torus, size_t generations) {
    const size_t words = words_of(width) * PLANES;
    expanded_row rows[ROWS_KEPT];
    for (size_t k = 0; k < ROWS_KEPT; k++) {
        uint64_t *arrays = scratch + k * ARRAYS_OF_ROW * words;
        rows[k] = (expanded_row){.west = arrays, .centre = arrays + words, .east = arrays + 2 * words};
    }
    for (size_t generation = 0; generation < generations; generation++) step_board(board, width, height, torus, rows);
}
