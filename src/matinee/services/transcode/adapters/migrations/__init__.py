"""How the orders table came to be."""
