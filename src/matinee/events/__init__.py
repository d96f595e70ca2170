"""A log of events: ordered per key, kept, replayable, read by groups of consumers."""
