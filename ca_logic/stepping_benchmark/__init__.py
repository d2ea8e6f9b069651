"""How fast boards are stepped: ours beside what others offer, and beside a baseline that nobody tuned."""
