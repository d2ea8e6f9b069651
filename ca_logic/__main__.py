"""Entry point of `python -m ca_logic` and `ca-logic`: light, so that Ctrl-C works from the first moment."""

import sys


def main() -> int:
    """Runs the command line; returns the exit code."""
    try:
        from ca_logic.cli import main as run_command_line

        return run_command_line()
    except KeyboardInterrupt:
        print("ca-logic: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
