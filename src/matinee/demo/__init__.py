"""The demo catalogue: short films that the project makes for itself."""
