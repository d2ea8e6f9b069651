/* Classifies samples with any network of logic (classifier.h says what these are).
 *
 * Samples come one after the other, a network wants bits of many samples side by side. So eight samples are compared at
 * once, which makes a byte of each input, and eight such bytes make a word. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif
#include "classifier.h"
#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

enum {
    WORD = 64,                 /* samples of a word */
    BLOCK = WORD * SLOT_WORDS, /* and of a block */
    OCTET = 8,                 /* samples that are compared at once */
    AHEAD = 2,                 /* so many octets, or blocks of packed bits, are fetched before they are needed */
    CHUNK = 64,                /* inputs that are compared in one go */
    CACHE_LINE = 64,
    MOST_DIGITS = 32
};

const char *classifier_instruction_set(void) { return INSTRUCTION_SET; }

/* Has memory brought into the cache that is so many bytes further on; where it is none of ours, nothing happens. */
INLINE void prefetch(const void *from, size_t further, size_t bytes) {
    for (size_t b = 0; b < bytes; b += CACHE_LINE) PREFETCH((uintptr_t)from + further + b);
}

/* Defines the comparison of features of a type: bit s of octet i says whether feature i of the eight samples whose
 * features begin at begin[s] is, as a limit, within the limits of input i. A constant count makes better vectors. */
#define WITHIN(s, limit) ((uint8_t)((((limit)row[s][i] >= lowest[i]) & ((limit)row[s][i] <= highest[i])) << (s)))
#define DEFINE_COMPARE(compare, feature, limit)                                                                      \
    INLINE void compare##_counted(const feature *const row[OCTET], const limit *restrict lowest,                     \
                                  const limit *restrict highest, size_t count, uint8_t *restrict octets) {           \
        for (size_t i = 0; i < count; i++)                                                                           \
            octets[i] = (uint8_t)(WITHIN(0, limit) | WITHIN(1, limit) | WITHIN(2, limit) | WITHIN(3, limit)          \
                                  | WITHIN(4, limit) | WITHIN(5, limit) | WITHIN(6, limit) | WITHIN(7, limit));      \
    }                                                                                                                \
    static void compare(const classifier_samples *samples, const size_t begin[OCTET], size_t input, size_t count,    \
                        uint8_t *octets) {                                                                           \
        const limit *const lowest = (const limit *)samples->lowest + input;                                          \
        const limit *const highest = (const limit *)samples->highest + input;                                        \
        const feature *row[OCTET];                                                                                   \
        for (size_t s = 0; s < OCTET; s++) row[s] = (const feature *)samples->values + begin[s];                     \
        for (size_t s = 0; s < OCTET; s++)                                                                           \
            prefetch(row[s], AHEAD * OCTET * samples->pitch * sizeof(feature), count * sizeof(feature));             \
        if (count == CHUNK) compare##_counted(row, lowest, highest, CHUNK, octets);                                  \
        else compare##_counted(row, lowest, highest, count, octets);                                                 \
    }

DEFINE_COMPARE(compare_uint8, uint8_t, uint8_t)
DEFINE_COMPARE(compare_float32, float, float)
DEFINE_COMPARE(compare_float64, double, float)

/* Compares the features of up to eight samples from `first` on; the bits of those from `last` on mean nothing. */
static void compare(const classifier_model *model, const classifier_samples *samples, size_t first, size_t last,
                    uint8_t *octets) {
    for (const classifier_range *range = model->ranges; range < model->ranges + model->num_ranges; range++)
        for (size_t done = 0; done < range->count; done += CHUNK) {
            const size_t left = range->count - done;
            /* A short chunk at the end begins earlier and overlaps the one before it. */
            const size_t at = left < CHUNK && done ? range->count - CHUNK : done;
            const size_t count = range->count - at < CHUNK ? range->count - at : CHUNK;
            size_t begin[OCTET];
            for (size_t s = 0; s < OCTET; s++)
                begin[s] = samples->pitch * (first + s < last ? first + s : last - 1) + range->feature + at;
            uint8_t *const to = octets + range->input + at;
            if (samples->type == CLASSIFIER_UINT8) compare_uint8(samples, begin, range->input + at, count, to);
            else if (samples->type == CLASSIFIER_FLOAT32) compare_float32(samples, begin, range->input + at, count, to);
            else compare_float64(samples, begin, range->input + at, count, to);
        }
}

/* Makes a word of each input of eight rows of octets; compilers make vectors of this. */
static void transpose(const uint8_t *restrict octets, size_t num_inputs, uint64_t *restrict word_of_first) {
    for (size_t i = 0; i < num_inputs; i++) {
        uint64_t word = 0;
        for (size_t r = 0; r < WORD / OCTET; r++) word |= (uint64_t)octets[r * num_inputs + i] << OCTET * r;
        word_of_first[SLOT_WORDS * i] = word;
    }
}

/* Sets the inputs of a block from features.
 *
 * octets  room for eight rows of num_inputs bytes */
static void encode(const classifier_model *model, const classifier_samples *samples, size_t first, size_t last,
                   uint8_t *octets, uint64_t *inputs) {
    for (size_t w = 0; w < SLOT_WORDS; w++) {
        for (size_t r = 0; r < WORD / OCTET; r++) {
            const size_t sample = first + w * WORD + r * OCTET;
            if (sample < last) compare(model, samples, sample, last, octets + r * model->num_inputs);
            else memset(octets + r * model->num_inputs, 0, model->num_inputs);
        }
        transpose(octets, model->num_inputs, inputs + w);
    }
}

/* Sets the inputs of a block from packed bits. */
static void copy_packed(const classifier_model *model, const classifier_samples *samples, size_t first, size_t last,
                        uint64_t *inputs) {
    const size_t words = (last - first + WORD - 1) / WORD;
    const uint64_t *from = (const uint64_t *)samples->values + first / WORD;
    for (size_t i = 0; i < model->num_inputs; i++, inputs += SLOT_WORDS) {
        const uint64_t *const row = from + model->rows[i] * samples->pitch;
        prefetch(row, AHEAD * SLOT_BYTES, SLOT_BYTES);
        for (size_t w = 0; w < words; w++) inputs[w] = row[w];
        for (size_t w = words; w < SLOT_WORDS; w++) inputs[w] = 0;
    }
}

/* Writes numbers of so many digits, of which one has the sign `sign`, for the 64 samples of a word. */
static void unpack(const uint64_t *const digits[MOST_DIGITS], size_t num_digits, uint32_t sign, size_t word,
                   uint32_t numbers[WORD]) {
    memset(numbers, 0, WORD * sizeof *numbers);
    for (size_t d = 0; d < num_digits; d++)
        for (size_t half = 0; half < 2; half++) {
            /* Half words, for a vector holds twice as many. */
            const uint32_t bits = (uint32_t)(digits[d][word] >> 32 * half);
            for (uint32_t i = 0; i < WORD / 2; i++) numbers[WORD / 2 * half + i] |= (bits >> i & 1) << d;
        }
    for (size_t i = 0; i < WORD; i++) numbers[i] = (numbers[i] ^ sign) - sign;
}

static void write_scores(const classifier_model *model, const uint64_t *slots, size_t count, int32_t *scores) {
    const uint32_t sign = model->is_signed ? UINT32_C(1) << (model->num_digits - 1) : 0;
    for (size_t label = 0; label < model->num_classes; label++) {
        const uint64_t *digits[MOST_DIGITS];
        for (size_t d = 0; d < model->num_digits; d++)
            digits[d] = slots + SLOT_WORDS * (size_t)model->digits[label * model->num_digits + d];
        for (size_t first = 0; first < count; first += WORD) {
            uint32_t numbers[WORD];
            unpack(digits, model->num_digits, sign, first / WORD, numbers);
            for (size_t i = 0; i < WORD && first + i < count; i++)
                scores[(first + i) * model->num_classes + label] = (int32_t)numbers[i];
        }
    }
}

/* Finds the class of the largest score in all samples of some words at once; its digits replace those in `winner`. */
INLINE void find_largest(const classifier_model *model, uint64_t *slots, size_t word, size_t num_winner_digits,
                         uint64_t winner[][SLOT_WORDS]) {
    const size_t last = model->num_digits - 1;
    lanes best[MOST_DIGITS], label_digits[MOST_DIGITS];
    for (size_t d = 0; d <= last; d++) best[d] = LANES(slots, model->digits[d], word);
    for (size_t d = 0; d < num_winner_digits; d++) label_digits[d] = ZERO;
    for (size_t label = 1; label < model->num_classes; label++) {
        const uint32_t *digits = model->digits + label * model->num_digits;
        lanes greater = ZERO;
        for (size_t d = 0; d <= last; d++) {
            const lanes digit = LANES(slots, digits[d], word), other = best[d];
            /* Where they differ, the higher digit decides; a sign the other way round. */
            const lanes one = d == last && model->is_signed ? other : digit;
            greater = greater ^ ((digit ^ other) & (greater ^ one));
        }
        for (size_t d = 0; d <= last; d++) best[d] ^= greater & (best[d] ^ LANES(slots, digits[d], word));
        for (size_t d = 0; d < num_winner_digits; d++)
            label_digits[d] = label >> d & 1 ? label_digits[d] | greater : label_digits[d] & ~greater;
    }
    for (size_t d = 0; d < num_winner_digits; d++) memcpy(&winner[d][word], &label_digits[d], sizeof(lanes));
}

static void write_classes(const classifier_model *model, uint64_t *slots, size_t count, int32_t *classes) {
    uint64_t winner[MOST_DIGITS][SLOT_WORDS];
    const uint64_t *digits[MOST_DIGITS];
    size_t num_digits = 0;
    while ((model->num_classes - 1) >> num_digits) num_digits++;
    for (size_t w = 0; w < SLOT_WORDS; w += LANE_WORDS) find_largest(model, slots, w, num_digits, winner);
    for (size_t d = 0; d < num_digits; d++) digits[d] = winner[d];
    for (size_t first = 0; first < count; first += WORD) {
        uint32_t numbers[WORD];
        unpack(digits, num_digits, 0, first / WORD, numbers);
        for (size_t i = 0; i < WORD && first + i < count; i++) classes[first + i] = (int32_t)numbers[i];
    }
}

int classifier_apply(const classifier_model *model, classifier_network *network, const void *program,
                     const classifier_samples *samples, int32_t *classes, int32_t *scores) {
    uint8_t *const memory = malloc((model->num_slots + 1) * SLOT_BYTES + OCTET * model->num_inputs);
    if (!memory) return -1;
    uint8_t *const aligned = memory + (SLOT_BYTES - (uintptr_t)memory % SLOT_BYTES);
    uint64_t *const slots = (uint64_t *)(void *)aligned;
    uint8_t *const octets = aligned + model->num_slots * SLOT_BYTES;
    memset(slots, 0, SLOT_BYTES);
    for (size_t first = 0; first < samples->count; first += BLOCK) {
        const size_t left = samples->count - first, count = left < BLOCK ? left : BLOCK;
        if (samples->type == CLASSIFIER_PACKED) copy_packed(model, samples, first, first + count, slots + SLOT_WORDS);
        else encode(model, samples, first, first + count, octets, slots + SLOT_WORDS);
        network(program, slots);
        if (classes) write_classes(model, slots, count, classes + first);
        if (scores) write_scores(model, slots, count, scores + first * model->num_classes);
    }
    free(memory);
    return 0;
}
