"""From a truth table to a small proved circuit in Verilog: the sum of three two-bit numbers. No JAX needed.

python demos/smallest_circuit.py
"""

from ca_logic.circuit import CircuitBuilder
from ca_logic.formats import render_circuit
from ca_logic.gates import Gate
from ca_logic.synthesis import optimize, prove_same_function


def main() -> None:
    """Builds the sum minterm by minterm, which takes hundreds of gates, and lets synthesis find the adders."""
    builder = CircuitBuilder(["a1", "a0", "b1", "b0", "c1", "c0"], name="sum_of_three")
    digits = [0, 0, 0, 0]
    for row in range(64):
        minterm = builder.negate(0)
        for place, signal in enumerate(reversed(builder.inputs)):
            minterm = builder.add(Gate.AND if row >> place & 1 else Gate.A_AND_NOT_B, minterm, signal)
        total = (row >> 4) + (row >> 2 & 3) + (row & 3)
        digits = [
            builder.add(Gate.OR, digit, minterm) if total >> place & 1 else digit for place, digit in enumerate(digits)
        ]
    minterms = builder.build({f"s{place}": digit for place, digit in enumerate(digits)})

    optimized = optimize(minterms)
    for done in optimized.passes:
        print(f"{done.size:4d} {done.unit:6} {done.name}")
    proof = prove_same_function(minterms, optimized.gates)
    print(render_circuit(optimized.gates, "verilog", comments=[f"Sum of three numbers. {proof}"]).decode())


if __name__ == "__main__":
    main()
