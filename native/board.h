/* Boards in bands: prototypes only, read by the C compiler and by cffi.
 *
 * The rows of a board are cut into eight bands of as many rows. Bit b of byte x of row r holds the cell in column x
 * of row r of band b. So the neighbours of eight cells are bytes beside, above and below. Where the height is no
 * multiple of eight, the last row of some bands is the first of the next one, too. A cell of more than two states has
 * a plane of such bytes for each bit of its state, bit 0 first.
 *
 * A pointer to cells points to the byte of column 0 in row 0 of plane 0, one past a multiple of 64. The rows are
 * `pitch` bytes apart. Before and after the cells of each row there are 63 bytes or more, and there are two rows above
 * and one below, for kernels to use as they like; nobody else reads them. */
typedef struct {
    size_t width;        /* of the board; bytes of a row */
    size_t rows;         /* of a band */
    size_t pitch;        /* bytes from one row to the next */
    size_t plane;        /* bytes from one plane to the next */
    uint8_t whole_bands; /* bit b: no row of band b is in the next band, too */
    uint8_t same_bands;  /* 1: all bands hold the same rows; so it is with boards of fewer than eight */
    uint8_t torus;       /* 1: the edges are joined; 0: everything beyond them is in state 0, always */
} board_shape;

/* What is copied out of a board, advanced, and copied into another one. */
typedef struct {
    size_t rows, columns; /* of a tile */
    size_t generations;   /* at most the rows of a band less one, or one */
} board_tiling;

/* The instruction set that the vectors are made for, such as AVX-512. */
const char *board_instruction_set(void);

/* Advances a board in place, which is for boards that fit into a cache; returns how many generations were done.
 *
 * reference  NULL, or a board of the same shape: the first generation that equals it is the last one */
size_t board_advance(uint8_t *cells, const board_shape *shape, size_t generations, const uint8_t *reference);

/* Number of tiles, and the bytes of memory that board_sweep needs to work in. */
size_t board_num_tiles(const board_shape *shape, const board_tiling *tiling);
size_t board_scratch_bytes(const board_tiling *tiling);

/* Advances tiles `first` to `last` - 1 of a board from `cells` into `next`, each by all generations of the tiling.
 *
 * scratch  board_scratch_bytes(tiling), aligned to 64 bytes */
void board_sweep(const uint8_t *cells, uint8_t *next, const board_shape *shape, const board_tiling *tiling,
                 size_t first, size_t last, uint8_t *scratch);
