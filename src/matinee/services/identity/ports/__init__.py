"""What identity's rules need from outside."""
