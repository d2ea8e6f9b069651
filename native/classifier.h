/* Classifiers: samples to bits, bits through a network of logic, and its outputs to scores and classes. Prototypes
 * only, read by the C compiler and by cffi.
 *
 * Samples go by blocks of 512. In a block a signal is a slot of eight words: bit i of word w is sample 64 w + i. Slot 0
 * is 0 in all samples, slots 1 to num_inputs are the inputs of the network, and in those after them it works. */

/* What computes a block: reads slots 0 to num_inputs, which it may write over, and leaves its outputs in slots. */
typedef void classifier_network(const void *program, uint64_t *slots);

/* Consecutive features that become consecutive inputs. */
typedef struct {
    uint32_t feature, input; /* the first of each, counted from 0 */
    uint32_t count;
} classifier_range;

typedef struct {
    size_t num_inputs;
    size_t num_slots;               /* in all */
    size_t num_ranges;              /* of features */
    const classifier_range *ranges; /* each input is in one of them */
    const uint32_t *rows;           /* for each input the row of packed bits that it is */
    size_t num_classes;
    size_t num_digits;              /* of a score; at most 32 */
    uint32_t is_signed;             /* 1: the last digit of a score counts negatively */
    const uint32_t *digits;         /* the slot of each digit: class after class, least significant first */
} classifier_model;

enum { CLASSIFIER_UINT8, CLASSIFIER_FLOAT32, CLASSIFIER_FLOAT64, CLASSIFIER_PACKED };

/* Samples: features of a type, row by row, or bits of which each has a row of words, bit i % 64 of word i / 64 being
 * sample i. */
typedef struct {
    size_t count;
    int type;
    const void *values;
    size_t pitch;                 /* features, or words, from one row to the next */
    const void *lowest, *highest; /* for each input: it is 1 from here to there; uint8_t, or else float */
} classifier_samples;

/* The instruction set that the vectors are made for, such as AVX-512. */
const char *classifier_instruction_set(void);

/* Classifies samples; returns 0, or -1 if there is no memory for it.
 *
 * program  what the network is given
 * classes  NULL, or for each sample the class of the largest score, of equals the first
 * scores   NULL, or for each sample the score of each class */
int classifier_apply(const classifier_model *model, classifier_network *network, const void *program,
                     const classifier_samples *samples, int32_t *classes, int32_t *scores);
