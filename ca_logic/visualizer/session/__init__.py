"""What is edited and run: the board, its past, and the thread that advances it. No pygame here."""
