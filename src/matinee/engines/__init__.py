"""Connections, child processes, keys: the only home of vendor software development kits."""
