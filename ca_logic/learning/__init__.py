"""Differentiable logic-gate networks: wiring, layers, training, and extraction to a `Circuit`.

The only folder that needs JAX, flax and optax.
"""
