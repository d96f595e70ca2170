"""Music: instruments made of arithmetic, and scores that play them."""
