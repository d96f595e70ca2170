"""Where the gateway meets the network and the files of the web client."""
