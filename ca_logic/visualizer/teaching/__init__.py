"""Teaching: a rule is learned in a process beside the window, which is told of all that happens there."""
