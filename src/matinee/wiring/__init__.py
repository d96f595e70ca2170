"""The list of rooms, the targets, the choice of adapters; nothing else."""
