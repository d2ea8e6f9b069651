/* The baseline of the stepping benchmark: prototypes only, read by the C compiler and by cffi. */

/* Number of words of scratch memory that naive_advance needs for a board of so many words. */
size_t naive_scratch_words(size_t board_words);

/* Advances a torus in place by a number of generations.
 *
 * board      height rows of row_words words, at least one of each; cell x of a row is bit x % 64 of word x / 64, so
 *            the width is 64 * row_words
 * scratch    naive_scratch_words(row_words * height) words, contents of no importance
 */
void naive_advance(uint64_t *board, uint64_t *scratch, size_t row_words, size_t height, size_t generations);
