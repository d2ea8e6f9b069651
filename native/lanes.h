/* Lanes: vectors of words as wide as the processor has them; a plain word for a compiler that knows none.
 *
 * & | ^ ~ work on all lanes at once. In memory a signal is a slot of SLOT_WORDS words, whatever the width of vectors,
 * so that what is compiled for different widths fits together. */
#ifndef LANES_H
#define LANES_H

#include <stdint.h>

/* Wider vectors than the processor has are slower than its own. */
#if defined(PLAIN_WORDS) || !defined(__GNUC__) || defined(__TINYC__)
#define INSTRUCTION_SET "plain words"
#define VECTOR_BYTES 8
#elif defined(__AVX512F__)
#define INSTRUCTION_SET "AVX-512"
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define INSTRUCTION_SET "AVX2"
#define VECTOR_BYTES 32
#elif defined(__SSE2__)
#define INSTRUCTION_SET "SSE2"
#define VECTOR_BYTES 16
#elif defined(__ARM_NEON)
#define INSTRUCTION_SET "NEON"
#define VECTOR_BYTES 16
#else
#define INSTRUCTION_SET "plain words"
#define VECTOR_BYTES 8
#endif

#if VECTOR_BYTES > 8
typedef uint64_t lanes __attribute__((vector_size(VECTOR_BYTES), may_alias));
#define ZERO ((lanes){0})
#else
typedef uint64_t lanes;
#define ZERO ((lanes)0)
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define PREFETCH(address) __builtin_prefetch((const void *)(address))
#else
#define INLINE static inline
#define NOINLINE
#define PREFETCH(address) (void)(address)
#endif

enum { SLOT_WORDS = 8, SLOT_BYTES = 64, LANE_WORDS = VECTOR_BYTES / 8 };

/* The lanes of a slot from a word on, which is a multiple of LANE_WORDS. */
#define LANES(slots, slot, word) (*(lanes *)((slots) + SLOT_WORDS * (size_t)(slot) + (word)))

#endif
