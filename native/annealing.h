/* Annealing over exact resubstitutions: prototypes only, read by the C compiler and by cffi.
 *
 * A netlist of three-input tables. Signal 0 is the constant 0, signals 1 to num_inputs are the inputs, higher ones
 * gates. Gate k of an array is signal 1 + num_inputs + k and reads smaller signals only. The most significant of the
 * eight digits of its table is its output for 000. A gate of two inputs reads the constant as the third.
 *
 * A signal may have values for `span` neighbouring rows of a board. A fan-in is a signal and an offset: row r of a
 * gate reads row r + offset of that signal. Where nothing is shared between rows, all spans are 1 and all offsets 0.
 */
typedef struct annealing annealing;

/* Returns a search without a circuit, or NULL if there is not enough memory.
 *
 * arity   2 or 3: how many inputs a gate may have
 * blocks  512-bit blocks of a value in one row
 * span    rows for which the inputs have values, 1 to 3
 * values  of the inputs: num_inputs x span x blocks x 8 words, one input combination a bit
 * care    the bits that matter: blocks x 8 words
 */
annealing *annealing_new(size_t arity, size_t blocks, size_t span, size_t num_inputs, size_t num_outputs,
                         const uint64_t *values, const uint64_t *care, uint64_t seed);
void annealing_free(annealing *search);

/* Starts from a circuit; returns 0 if there is not enough memory.
 *
 * tables    num_gates
 * fanins    num_gates x 3 pairs of signal and offset
 * drivers   num_outputs triples of signal, offset, and whether the output inverts it
 */
int annealing_start(annealing *search, size_t num_gates, const uint8_t *tables, const int32_t *fanins,
                    const int32_t *drivers);

/* Tries moves until about so many blocks of 512 bits have been looked at; returns how many moves it tried.
 *
 * uphill  probability of accepting one gate more
 * slack   return to the best circuit when there are more gates than it has and so many, at most 32
 */
uint64_t annealing_run(annealing *search, uint64_t work, double uphill, size_t slack);

/* The number of gates of the best circuit so far, and the circuit itself in the arrays of annealing_start. */
size_t annealing_best_size(const annealing *search);
void annealing_best(annealing *search, uint8_t *tables, int32_t *fanins, int32_t *drivers);
