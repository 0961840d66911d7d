"""One file a command group; each parses, calls one service and prints."""
