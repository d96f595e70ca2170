"""What answers a request: a room, the web client, or the door itself."""
