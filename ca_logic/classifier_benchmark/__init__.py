"""How fast classifiers classify and train: ours beside a perceptron, and beside the textbook's way to train them."""
