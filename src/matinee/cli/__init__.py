"""The verbs an operator types."""
