"""The front door: every request passes its filters, is signed, and goes to a room or to the web client."""
