"""Deadlines, bulkheads, breakers, fallbacks: pure, no input or output of their own."""
