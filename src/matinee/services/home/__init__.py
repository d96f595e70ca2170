"""The home page: asks every provider of rows at once and composes what answers in time into one page for its viewer."""
