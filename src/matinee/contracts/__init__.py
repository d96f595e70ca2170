"""What each room promises the others: protocols, frozen messages, errors, events. Imports kit only."""
