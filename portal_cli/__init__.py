"""The command line face of `portal`: parse, call one service, print."""
