/* Counting and showing boards in bands: prototypes only, read by the C compiler and by cffi.
 *
 * Cells are as in board.h. Images are rows of one value a pixel, `pitch` bytes apart in memory. All areas of boards
 * have to be on them.
 *
 * Pixels are small squares of cells, or single cells: at level k, the square in column i and row j of the image of a
 * whole board holds the cells from column i * 2^k and row j * 2^k on, 2^k in each direction as far as there are. */
typedef struct {
    size_t width;      /* of the board; bytes of a row */
    size_t starts[9];  /* the first row of each band, and the height; rows in two bands belong to the later one */
    size_t num_planes; /* bits of a cell */
    size_t pitch;      /* bytes from one row to the next */
    size_t plane;      /* bytes from one plane to the next */
} view_board;

typedef struct {
    size_t top, left, rows, columns;
} view_area;

/* Returns how many cells of an area are not in state 0. */
uint64_t view_population(const uint8_t *cells, const view_board *board, const view_area *area);

/* Writes the state of each cell of an area. */
void view_states(const uint8_t *cells, const view_board *board, const view_area *area, uint8_t *image, size_t pitch);

/* Writes the highest state within each square of an area, which counts squares.
 *
 * row_step  of each band only the first of so many rows is looked at, then the first of the next so many, and so on;
 *           from 1 to 2^level */
void view_highest(const uint8_t *cells, const view_board *board, size_t level, size_t row_step, const view_area *area,
                  uint8_t *image, size_t pitch);

/* Writes the share of the cells of each square that are not in state 0: from 0, none, over 1, which may be as little as
 * one cell, to 254, all 4^level. Each row that is looked at stands for row_step rows. */
void view_density(const uint8_t *cells, const view_board *board, size_t level, size_t row_step, const view_area *area,
                  uint8_t *image, size_t pitch);

/* Writes an image with each pixel of another one as a square of zoom x zoom, less the first pixels of both directions.
 *
 * area  of the magnified image */
void view_magnify(const uint8_t *small, size_t small_pitch, size_t zoom, const view_area *area, uint8_t *image,
                  size_t pitch);

/* Lets an image of ages go on by a frame: pixels that are not 0 live, those that are 255 are outside and stay so.
 *
 * ages  0: dead for long; 1 to 127: dead, 127 in its first frame, one less in each further one; 128 to 254: live, 128
 *       in its first frame, one more in each further one; 255: outside */
void view_age(const uint8_t *image, size_t image_pitch, size_t rows, size_t columns, uint8_t *ages, size_t pitch);

/* Writes for each pixel of an image its colour; `pitch` is in bytes, too.
 *
 * palette  256 colours */
void view_colours(const uint8_t *image, size_t image_pitch, size_t rows, size_t columns, const uint32_t *palette,
                  uint32_t *colours, size_t pitch);
