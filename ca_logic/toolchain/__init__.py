"""From C to functions that Python calls: finding a compiler, compiling, keeping what was compiled, loading it."""
