"""The rules: who may read what, what is kept, what is fetched, what may be trusted."""
