/* Boards of cells packed 64 to a word: prototypes only, read by the C compiler and by cffi.
 *
 * A board is one plane for each bit of a cell's state, bit 0 first; the compiled circuit decides how many. */

/* Number of words of scratch memory that board_advance needs for a board of this width. */
size_t board_scratch_words(size_t width);

/* Advances a board in place by a number of generations.
 *
 * board    planes of height rows of ceil(width / 64) words; cell x of a row is bit x % 64 of word x / 64, bits
 *          past the width are 0 and stay 0
 * scratch  board_scratch_words(width) words, contents of no importance
 * torus    1: the edges are joined; 0: everything beyond the edges is in state 0, always
 */
void board_advance(uint64_t *board, uint64_t *scratch, size_t width, size_t height, int torus, size_t generations);
