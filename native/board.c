/* Steps a board in bands (board.h says what these are) with a circuit.
 *
 * Compiled once for each circuit: row.c is the generated file, PLANES the number of bits of a cell. It defines what is
 * kept of the rows above while walking down a board (kept_rows), and what to do with the next row (next_row).
 *
 * All stepping is one walk: down the rows, a vector of columns wide, writing over what was read before. Since the
 * outputs for columns x + 1 on are written to columns x on, where the walk will not come again, a board drifts to the
 * left by a column in one generation; in the next one walks go from right to left, and it drifts back.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lanes.h"

/* gcc would order gates anew and move values to where they are read, and forget in which order the circuit was written;
 * circuits of more than a hundred gates then take a quarter longer, since more is spilled. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-ter", "no-tree-reassoc")
#endif

#pragma GCC visibility push(default)
#include "board.h"
#pragma GCC visibility pop

const char *board_instruction_set(void) { return INSTRUCTION_SET; }

/* Eight cells a byte; & | ^ ~ work on all of them at once. */
typedef lanes cells;
/* The same wherever it lies in memory. */
typedef lanes cells_in_memory __attribute__((aligned(1), may_alias));

/* Of a plane of the row that is read: the cells west of a vector of columns, in these columns, and east of them. */
#define WEST(plane) (*(const cells_in_memory *)(row[plane]))
#define HERE(plane) (*(const cells_in_memory *)(row[plane] + 1))
#define EAST(plane) (*(const cells_in_memory *)(row[plane] + 2))

#include "row.c"

enum { COLUMN = 64, BANDS = 8, FIRST_BAND = 0x01, LAST_BAND = 0x80 };

static size_t round_up(size_t size) { return (size + COLUMN - 1) / COLUMN * COLUMN; }

/* Reads so many rows from `from` on, a vector and two columns wide, and writes their successors, less the first and
 * the last row, to `to` on: the row that is read last is the one below those that are written. The two rows above get
 * nonsense. */
static __attribute__((noinline)) void walk_down(const uint8_t *from, uint8_t *to, size_t pitch, size_t plane,
                                                size_t rows) {
    kept_rows kept;
    memset(&kept, 0, sizeof kept);
    to -= pitch;
    for (size_t r = 0; r < rows; r++, from += pitch, to += pitch) {
        const uint8_t *row[PLANES];
        cells next[PLANES];
        for (size_t p = 0; p < PLANES; p++) row[p] = from + p * plane;
        next_row(&kept, row, next);
        for (size_t p = 0; p < PLANES; p++) *(cells_in_memory *)(to + p * plane) = next[p];
    }
}

/* Advances what begins at `origin` by a generation: rows + 2 rows, columns + 2 columns; the result, without its outermost
 * cells, begins at column 0 of row 1 if it drifts to the left, and at column 2 if to the right. */
static void step_left(uint8_t *origin, size_t pitch, size_t plane, size_t rows, size_t columns) {
    for (size_t x = 0; x < columns; x += VECTOR_BYTES)
        walk_down(origin + x, origin + x, pitch, plane, rows + 2);
}

static void step_right(uint8_t *origin, size_t pitch, size_t plane, size_t rows, size_t columns) {
    for (size_t x = (columns + VECTOR_BYTES - 1) / VECTOR_BYTES * VECTOR_BYTES; x > 0;) {
        x -= VECTOR_BYTES;
        walk_down(origin + x, origin + x + 2, pitch, plane, rows + 2);
    }
}

/* Copies bytes, turned left by some lanes: those of `whole` from `one`, the others from `other`. */
INLINE void copy_turned(const uint8_t *one, const uint8_t *other, size_t columns, unsigned left, uint8_t whole,
                        uint8_t allowed, uint8_t *restrict to) {
    for (size_t i = 0; i < columns; i++) {
        const uint8_t byte = (uint8_t)((one[i] & whole) | (other[i] & (uint8_t)~whole));
        to[i] = (uint8_t)((byte << left | byte >> (BANDS - left)) & allowed);
    }
}

/* Copies columns x to x + columns - 1 of a row that may lie above or below the bands. There the rows of each band go on
 * in the band before or after it, and the rows of some are one row further away. */
static void copy_row(const uint8_t *plane, const board_shape *shape, ptrdiff_t row, size_t x, size_t columns,
                     uint8_t *restrict to) {
    const ptrdiff_t rows = (ptrdiff_t)shape->rows, pitch = (ptrdiff_t)shape->pitch;
    const uint8_t whole = shape->whole_bands;
    const uint8_t outside = shape->torus ? 0 : shape->same_bands ? 0xff : row < 0 ? FIRST_BAND : LAST_BAND;
    const uint8_t allowed = (uint8_t)~outside;
    plane += x;
    if (row >= 0 && row < rows) {
        memcpy(to, plane + row * pitch, columns);
    } else if (row < 0) {
        const uint8_t *one = plane + (row + rows) * pitch, *other = one - pitch;
        if (shape->same_bands) copy_turned(one, other, columns, 0, whole, allowed, to);
        else copy_turned(one, other, columns, 1, whole, allowed, to);
    } else {
        /* What a band reads of the next one depends on the band, not on where it is read. */
        const uint8_t *one = plane + (row - rows) * pitch, *other = one + pitch;
        const uint8_t turned = (uint8_t)(whole << 1 | whole >> (BANDS - 1));
        if (shape->same_bands) copy_turned(one, other, columns, 0, whole, allowed, to);
        else copy_turned(one, other, columns, BANDS - 1, turned, allowed, to);
    }
}

/* Writes the cells around a board, whose column 0 is at `plane`. */
static void surround(uint8_t *plane, const board_shape *shape) {
    const size_t width = shape->width, rows = shape->rows, pitch = shape->pitch;
    for (size_t r = 0; r < rows; r++) {
        uint8_t *row = plane + r * pitch;
        const uint8_t first = row[0], last = row[width - 1];
        row[-1] = shape->torus ? last : 0;
        row[width] = shape->torus ? first : 0;
    }
    copy_row(plane - 1, shape, -1, 0, width + 2, plane - pitch - 1);
    copy_row(plane - 1, shape, (ptrdiff_t)rows, 0, width + 2, plane + rows * pitch - 1);
}

/* Tells whether the boards at two places have the same cells. */
static int equals(const uint8_t *board, const uint8_t *reference, const board_shape *shape) {
    for (size_t p = 0; p < PLANES; p++)
        for (size_t r = 0; r < shape->rows; r++) {
            const size_t row = p * shape->plane + r * shape->pitch;
            if (memcmp(board + row, reference + row, shape->width)) return 0;
        }
    return 1;
}

size_t board_advance(uint8_t *board, const board_shape *shape, size_t generations, const uint8_t *reference) {
    const size_t pitch = shape->pitch, plane = shape->plane;
    size_t done = 0, drift = 0;
    for (int found = 0; done < generations && !found; done++) {
        for (size_t p = 0; p < PLANES; p++) surround(board + p * plane - drift, shape);
        uint8_t *origin = board - drift - pitch - 1;
        if (drift) step_right(origin, pitch, plane, shape->rows, shape->width);
        else step_left(origin, pitch, plane, shape->rows, shape->width);
        drift = 1 - drift;
        found = reference && equals(board - drift, reference, shape);
    }
    for (size_t p = 0; p < PLANES && drift; p++)
        for (size_t r = 0; r < shape->rows; r++) {
            uint8_t *row = board + p * plane + r * pitch;
            memmove(row, row - 1, shape->width);
        }
    return done;
}

static size_t tiles_across(const board_shape *shape, const board_tiling *tiling) {
    return (shape->width + tiling->columns - 1) / tiling->columns;
}

size_t board_num_tiles(const board_shape *shape, const board_tiling *tiling) {
    return tiles_across(shape, tiling) * ((shape->rows + tiling->rows - 1) / tiling->rows);
}

/* A tile has a margin as wide as the number of generations, and in memory a row above and some columns besides. */
static size_t scratch_pitch(const board_tiling *tiling) {
    return (round_up(tiling->columns + 2 * tiling->generations) + 2 * COLUMN) | COLUMN;
}

static size_t scratch_plane(const board_tiling *tiling) {
    return scratch_pitch(tiling) * (tiling->rows + 2 * tiling->generations + 1);
}

size_t board_scratch_bytes(const board_tiling *tiling) { return PLANES * scratch_plane(tiling); }

/* Copies columns x to x + columns - 1 of a row, all of which may lie beyond the board. */
static void copy_in(const uint8_t *plane, const board_shape *shape, ptrdiff_t row, ptrdiff_t x, size_t columns,
                    uint8_t *to) {
    const ptrdiff_t width = (ptrdiff_t)shape->width;
    const uint8_t *const end = to + columns;
    while (to < end) {
        const ptrdiff_t wrapped = shape->torus ? (x % width + width) % width : x;
        const ptrdiff_t left = end - to;
        const int outside = wrapped < 0 || wrapped >= width;
        const ptrdiff_t there = wrapped < 0 ? -wrapped : outside ? left : width - wrapped;
        const ptrdiff_t run = there < left ? there : left;
        if (outside) memset(to, 0, (size_t)run);
        else copy_row(plane, shape, row, (size_t)wrapped, (size_t)run, to);
        to += run;
        x += run;
    }
}

/* Lets nothing live beyond the edges of a plane, as far as they are in the tile of rows y and columns x on. */
static void clear_outside(uint8_t *origin, const board_shape *shape, const board_tiling *tiling, size_t y, size_t x) {
    const size_t pitch = scratch_pitch(tiling), margin = tiling->generations;
    const size_t rows = tiling->rows + 2 * margin, columns = tiling->columns + 2 * margin;
    const size_t below = margin + shape->rows - y, right = margin + shape->width - x;
    const uint8_t first = shape->same_bands ? 0xff : FIRST_BAND, last = shape->same_bands ? 0xff : LAST_BAND;
    if (y < margin)
        for (size_t c = 0; c < columns; c++) origin[(margin - y - 1) * pitch + c] &= (uint8_t)~first;
    if (below < rows)
        for (size_t c = 0; c < columns; c++) origin[below * pitch + c] &= (uint8_t)~last;
    if (x < margin)
        for (size_t r = 0; r < rows; r++) origin[r * pitch + margin - x - 1] = 0;
    if (right < columns)
        for (size_t r = 0; r < rows; r++) origin[r * pitch + right] = 0;
}

static void sweep_tile(const uint8_t *board, uint8_t *next, const board_shape *shape, const board_tiling *tiling,
                       size_t y, size_t x, uint8_t *scratch) {
    const size_t margin = tiling->generations, pitch = scratch_pitch(tiling), plane = scratch_plane(tiling);
    const size_t rows = shape->rows - y < tiling->rows ? shape->rows - y : tiling->rows;
    const size_t columns = shape->width - x < tiling->columns ? shape->width - x : tiling->columns;
    uint8_t *const origin = scratch + pitch + COLUMN;
    for (size_t p = 0; p < PLANES; p++)
        for (size_t r = 0; r < rows + 2 * margin; r++)
            copy_in(board + p * shape->plane, shape, (ptrdiff_t)(y + r) - (ptrdiff_t)margin,
                    (ptrdiff_t)x - (ptrdiff_t)margin, columns + 2 * margin, origin + p * plane + r * pitch);
    for (size_t done = 0; done < margin; done++) {
        const size_t drift = done % 2, left = 2 * (margin - done - 1);
        if (done && !shape->torus)
            for (size_t p = 0; p < PLANES; p++) clear_outside(origin + p * plane - drift, shape, tiling, y, x);
        if (drift) step_right(origin + done * pitch, pitch, plane, rows + left, columns + 2 * margin - 2);
        else step_left(origin + done * pitch, pitch, plane, rows + left, columns + 2 * margin - 2);
    }
    for (size_t p = 0; p < PLANES; p++)
        for (size_t r = 0; r < rows; r++)
            memcpy(next + p * shape->plane + (y + r) * shape->pitch + x,
                   origin + p * plane + (margin + r) * pitch + margin - margin % 2, columns);
}

void board_sweep(const uint8_t *board, uint8_t *next, const board_shape *shape, const board_tiling *tiling,
                 size_t first, size_t last, uint8_t *scratch) {
    const size_t across = tiles_across(shape, tiling);
    for (size_t tile = first; tile < last; tile++)
        sweep_tile(board, next, shape, tiling, tile / across * tiling->rows, tile % across * tiling->columns, scratch);
}
