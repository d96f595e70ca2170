"""Calls to engines as commands, one file for each port: a deadline, a bulkhead and a breaker, and errors of the port.

What lasts as long as it lasts (streams, waiting for events) has no deadline here; what it waits for in between has.
"""
