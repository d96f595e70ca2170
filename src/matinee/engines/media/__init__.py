"""The media tools: where they are, how they are run safely, and what ffprobe says of a file."""
