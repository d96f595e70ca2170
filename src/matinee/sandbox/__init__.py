"""The sandbox payment processor: a real HTTP server of its own that charges cards which do not exist."""
