"""From a circuit to something that runs: C text, the compiler, the cache, the kernels."""
