/* Counts and shows boards in bands (board.h says what these are), whatever circuit steps them.
 *
 * All work is done by loops over the bytes of a row, which compilers make vector code of: a bit of each byte is a cell,
 * and a row of pixels needs the same bit of all. Where a pixel is a square of cells, rows are joined first, byte by
 * byte, and then columns in pairs.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma GCC visibility push(default)
#include "view.h"
#pragma GCC visibility pop

enum { BANDS = 8, OUTSIDE = 255, ALL = 254 };

/* Columns that are worked on at a time, 2^CHUNK_LEVEL; rows that are joined in bytes, and the level up to which columns
 * are: 31 times eight cells are less than 256. */
enum { CHUNK = 512, CHUNK_LEVEL = 9, MAX_ROWS = 31, BYTE_LEVEL = 3 };

#define INLINE static inline __attribute__((always_inline))

INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }
INLINE size_t most(size_t a, size_t b) { return a > b ? a : b; }

/* Part of a band: rows `first` to `end` - 1 of bytes. */
typedef struct {
    size_t first, end;
} part;

/* Returns the part of a band that holds the rows of a board from `top` to `bottom` - 1; the end may be the first. */
static part part_of_band(const view_board *board, size_t band, size_t top, size_t bottom) {
    const size_t start = board->starts[band], end = least(board->starts[band + 1], bottom);
    const size_t first = most(start, top);
    return first < end ? (part){first - start, end - start} : (part){0, 0};
}

/* Writes which bits of a chunk belong to cells that are not in state 0. */
static void occupied_bits(const uint8_t *row, const view_board *board, size_t columns, uint8_t *restrict bits) {
    memcpy(bits, row, columns);
    for (size_t p = 1; p < board->num_planes; p++) {
        row += board->plane;
        for (size_t i = 0; i < columns; i++) bits[i] |= row[i];
    }
}

static uint64_t population_of_row(const uint8_t *row, const view_board *board, size_t columns, uint8_t bands) {
    enum { WORDS = CHUNK / 8 };
    const uint64_t mask = bands * UINT64_C(0x0101010101010101);
    uint64_t population = 0;
    for (size_t x = 0; x < columns; x += CHUNK) {
        uint64_t words[WORDS] = {0};
        occupied_bits(row + x, board, least(CHUNK, columns - x), (uint8_t *)words);
        for (size_t i = 0; i < WORDS; i++) population += (uint64_t)__builtin_popcountll(words[i] & mask);
    }
    return population;
}

uint64_t view_population(const uint8_t *cells, const view_board *board, const view_area *area) {
    part parts[BANDS];
    size_t first = SIZE_MAX, end = 0;
    for (size_t b = 0; b < BANDS; b++) {
        parts[b] = part_of_band(board, b, area->top, area->top + area->rows);
        if (parts[b].first < parts[b].end) first = least(first, parts[b].first);
        end = most(end, parts[b].end);
    }
    uint64_t population = 0;
    for (size_t r = first; r < end; r++) {
        uint8_t bands = 0;
        for (size_t b = 0; b < BANDS; b++)
            if (parts[b].first <= r && r < parts[b].end) bands |= (uint8_t)(1 << b);
        if (bands) population += population_of_row(cells + r * board->pitch + area->left, board, area->columns, bands);
    }
    return population;
}

/* Writes the states of a band's cells, given a row of each plane. */
static void states_of_row(const uint8_t *row, size_t num_planes, size_t plane, size_t band, size_t columns,
                          uint8_t *restrict states) {
    const uint8_t bit = (uint8_t)(1 << band);
    for (size_t i = 0; i < columns; i++) states[i] = row[i] & bit ? 1 : 0;
    for (size_t p = 1; p < num_planes; p++) {
        const uint8_t value = (uint8_t)(1 << p);
        row += plane;
        for (size_t i = 0; i < columns; i++) states[i] |= row[i] & bit ? value : 0;
    }
}

void view_states(const uint8_t *cells, const view_board *board, const view_area *area, uint8_t *image, size_t pitch) {
    for (size_t b = 0; b < BANDS; b++) {
        const part rows = part_of_band(board, b, area->top, area->top + area->rows);
        for (size_t r = rows.first; r < rows.end; r++)
            states_of_row(cells + r * board->pitch + area->left, board->num_planes, board->plane, b, area->columns,
                          image + (board->starts[b] + r - area->top) * pitch);
    }
}

/* What is to be made of a board: of each square the highest state, or the number of cells that are not in state 0. */
typedef struct {
    const uint8_t *cells;
    const view_board *board;
    size_t num_planes; /* a constant where possible: a loop of its own for each number */
    size_t level, row_step;
    int is_sum;
} square_task;

/* A chunk of columns of one row of squares: what has been made of the rows so far, at most MAX_ROWS. */
typedef struct {
    uint8_t bytes[CHUNK];
    size_t num_rows;
} columns_chunk;

INLINE uint8_t joined_bytes(const square_task *task, uint8_t a, uint8_t b) {
    return task->is_sum ? (uint8_t)(a + b) : a > b ? a : b;
}

/* Joins a row of bytes to what has been made of the rows above. */
INLINE void join_row(const square_task *task, const uint8_t *row, size_t band, size_t columns, columns_chunk *chunk) {
    const uint8_t bit = (uint8_t)(1 << band);
    for (size_t i = 0; i < columns; i++) {
        uint8_t bits = 0, state = 0;
        for (size_t p = 0; p < task->num_planes; p++) {
            const uint8_t byte = row[p * task->board->plane + i];
            bits |= byte;
            state |= (uint8_t)(byte & bit ? 1 << p : 0);
        }
        chunk->bytes[i] = joined_bytes(task, chunk->bytes[i], task->is_sum ? (bits & bit) > 0 : state);
    }
    chunk->num_rows++;
}

/* Joins columns in pairs, pairs in pairs, and so on, up to eight columns. This and what follows would be compiled for
 * each number of planes once more, were it inlined. */
static __attribute__((noinline)) void join_columns(const square_task *task, columns_chunk *chunk) {
    for (size_t l = 0, pairs = CHUNK / 2; l < least(task->level, BYTE_LEVEL); l++, pairs /= 2) {
        uint8_t even[CHUNK / 2], odd[CHUNK / 2];
        for (size_t i = 0; i < pairs; i++) even[i] = chunk->bytes[2 * i], odd[i] = chunk->bytes[2 * i + 1];
        for (size_t i = 0; i < pairs; i++) chunk->bytes[i] = joined_bytes(task, even[i], odd[i]);
    }
}

/* Joins a chunk to what has been made of squares of more than eight columns, and empties it. */
static __attribute__((noinline)) void join_chunk(const square_task *task, columns_chunk *chunk, uint64_t *squares) {
    const size_t left_level = least(task->level, CHUNK_LEVEL) - BYTE_LEVEL;
    join_columns(task, chunk);
    for (size_t i = 0; i < CHUNK >> BYTE_LEVEL; i++) {
        const uint64_t square = squares[i >> left_level], byte = chunk->bytes[i];
        squares[i >> left_level] = task->is_sum ? square + byte : most(square, byte);
    }
    memset(chunk, 0, sizeof *chunk);
}

/* The share of the cells of a square that those make that were counted, from 0 to ALL. */
INLINE uint8_t share(const square_task *task, uint64_t count) {
    const uint64_t cells = UINT64_C(1) << 2 * task->level, unit = task->row_step * ALL;
    return (uint8_t)least((count * unit + cells - 1) >> 2 * task->level, ALL);
}

/* The same up to BYTE_LEVEL, with shorter numbers: vectors of these are faster. */
INLINE uint8_t share_of_few(const square_task *task, uint8_t count) {
    const uint32_t cells = UINT32_C(1) << 2 * task->level, unit = (uint32_t)task->row_step * ALL;
    const uint32_t rounded = (count * unit + cells - 1) >> 2 * task->level;
    return rounded < ALL ? (uint8_t)rounded : ALL;
}

static __attribute__((noinline)) void write_pixels(const square_task *task, columns_chunk *chunk,
                                                   const uint64_t *squares, size_t num_squares,
                                                   uint8_t *restrict pixels) {
    if (task->level <= BYTE_LEVEL) {
        join_columns(task, chunk);
        for (size_t i = 0; i < num_squares; i++)
            pixels[i] = task->is_sum ? share_of_few(task, chunk->bytes[i]) : chunk->bytes[i];
    } else {
        for (size_t i = 0; i < num_squares; i++)
            pixels[i] = task->is_sum ? share(task, squares[i]) : (uint8_t)squares[i];
    }
}

/* Writes what is made of squares that lie side by side, from row y on, which is in that band, in columns `left` to
 * `right` - 1. They are no wider than a chunk, or there is one only. */
INLINE void write_squares(const square_task *task, size_t band, size_t y, size_t left, size_t right,
                          uint8_t *restrict pixels) {
    const size_t below = y + ((size_t)1 << task->level);
    uint64_t squares[CHUNK >> BYTE_LEVEL] = {0};
    columns_chunk chunk;
    memset(&chunk, 0, sizeof chunk);
    for (size_t x = left; x < right; x += CHUNK) {
        for (size_t b = band; b < BANDS && task->board->starts[b] < below; b++) {
            const part rows = part_of_band(task->board, b, y, below);
            const size_t first = (rows.first + task->row_step - 1) / task->row_step * task->row_step;
            for (size_t r = first; r < rows.end; r += task->row_step) {
                if (chunk.num_rows == MAX_ROWS) join_chunk(task, &chunk, squares);
                join_row(task, task->cells + r * task->board->pitch + x, b, least(CHUNK, right - x), &chunk);
            }
        }
        if (task->level > BYTE_LEVEL) join_chunk(task, &chunk, squares);
    }
    write_pixels(task, &chunk, squares, ((right - left - 1) >> task->level) + 1, pixels);
}

INLINE void write_area(const square_task *task, const view_area *area, uint8_t *image, size_t pitch) {
    const size_t *const starts = task->board->starts, level = task->level, at_once = most(1, CHUNK >> level);
    /* The first row of squares that begins in each band. */
    size_t firsts[BANDS + 1];
    for (size_t b = 0; b <= BANDS; b++) firsts[b] = (starts[b] + ((size_t)1 << level) - 1) >> level;
    const size_t num_rows = ((starts[BANDS] - starts[BANDS - 1]) >> level) + 1;
    for (size_t i = 0; i < area->columns; i += at_once) {
        const size_t left = (area->left + i) << level, squares = least(at_once, area->columns - i);
        const size_t right = least(task->board->width, left + (squares << level));
        /* Down all bands at the same time, since these are in the same bytes. */
        for (size_t n = 0; n < num_rows; n++)
            for (size_t b = 0; b < BANDS; b++) {
                const size_t j = firsts[b] + n;
                if (j < firsts[b + 1] && area->top <= j && j < area->top + area->rows)
                    write_squares(task, b, j << level, left, right, image + (j - area->top) * pitch + i);
            }
    }
}

INLINE void write_image(square_task task, const view_area *area, uint8_t *image, size_t pitch) {
    switch (task.num_planes) {
    case 1: task.num_planes = 1; write_area(&task, area, image, pitch); break;
    case 2: task.num_planes = 2; write_area(&task, area, image, pitch); break;
    case 3: task.num_planes = 3; write_area(&task, area, image, pitch); break;
    default: write_area(&task, area, image, pitch);
    }
}

void view_highest(const uint8_t *cells, const view_board *board, size_t level, size_t row_step, const view_area *area,
                  uint8_t *image, size_t pitch) {
    write_image((square_task){cells, board, board->num_planes, level, row_step, 0}, area, image, pitch);
}

void view_density(const uint8_t *cells, const view_board *board, size_t level, size_t row_step, const view_area *area,
                  uint8_t *image, size_t pitch) {
    write_image((square_task){cells, board, board->num_planes, level, row_step, 1}, area, image, pitch);
}

/* Writes cells as `zoom` pixels each; a loop of its own for each number that is a constant. */
INLINE void spread(const uint8_t *small, size_t zoom, size_t num_cells, uint8_t *restrict pixels) {
    for (size_t cell = 0; cell < num_cells; cell++)
        for (size_t d = 0; d < zoom; d++) pixels[cell * zoom + d] = small[cell];
}

/* Writes a row of cells as so many pixels, less some of the first. */
static void magnify_row(const uint8_t *small, size_t zoom, size_t left, size_t columns, uint8_t *pixels) {
    const size_t begun = least((zoom - left % zoom) % zoom, columns), whole = (columns - begun) / zoom;
    small += left / zoom;
    if (begun) memset(pixels, *small++, begun);
    pixels += begun;
    switch (zoom) {
    case 2: spread(small, 2, whole, pixels); break;
    case 3: spread(small, 3, whole, pixels); break;
    case 4: spread(small, 4, whole, pixels); break;
    case 5: spread(small, 5, whole, pixels); break;
    case 6: spread(small, 6, whole, pixels); break;
    case 7: spread(small, 7, whole, pixels); break;
    case 8: spread(small, 8, whole, pixels); break;
    default:
        for (size_t cell = 0; cell < whole; cell++) memset(pixels + cell * zoom, small[cell], zoom);
    }
    const size_t left_over = columns - begun - whole * zoom;
    if (left_over) memset(pixels + whole * zoom, small[whole], left_over);
}

void view_magnify(const uint8_t *small, size_t small_pitch, size_t zoom, const view_area *area, uint8_t *image,
                  size_t pitch) {
    for (size_t j = 0; j < area->rows; j++) {
        const size_t y = area->top + j;
        uint8_t *const pixels = image + j * pitch;
        if (j && y % zoom) memcpy(pixels, pixels - pitch, area->columns);
        else magnify_row(small + y / zoom * small_pitch, zoom, area->left, area->columns, pixels);
    }
}

/* The first age of the living, and the first one of the dead. */
enum { BORN = 128, DIED = 127 };

void view_age(const uint8_t *image, size_t image_pitch, size_t rows, size_t columns, uint8_t *ages, size_t pitch) {
    for (size_t j = 0; j < rows; j++) {
        const uint8_t *const pixels = image + j * image_pitch;
        uint8_t *restrict const age = ages + j * pitch;
        for (size_t i = 0; i < columns; i++) {
            const uint8_t before = age[i] == OUTSIDE ? 0 : age[i];
            const uint8_t older = (uint8_t)(before + (before < ALL)), younger = (uint8_t)(before - (before > 0));
            const uint8_t live = before < BORN ? BORN : older, dead = before < BORN ? younger : DIED;
            age[i] = pixels[i] == OUTSIDE ? OUTSIDE : pixels[i] ? live : dead;
        }
    }
}

void view_colours(const uint8_t *image, size_t image_pitch, size_t rows, size_t columns, const uint32_t *palette,
                  uint32_t *colours, size_t pitch) {
    for (size_t j = 0; j < rows; j++) {
        const uint8_t *const pixels = image + j * image_pitch;
        uint32_t *restrict const row = (uint32_t *)(void *)((uint8_t *)colours + j * pitch);
        /* So it is with most rows of what was magnified. */
        const int as_above = j && !memcmp(pixels, pixels - image_pitch, columns);
        if (as_above) memcpy(row, (uint8_t *)row - pitch, columns * sizeof *row);
        for (size_t i = 0; i < columns && !as_above; i++) row[i] = palette[pixels[i]];
    }
}
