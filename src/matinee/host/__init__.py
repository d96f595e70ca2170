"""Runs any set of rooms: graph, lifecycle, HTTP, local or remote binding, health."""
