"""The command line face of `portal`: parse, call one service, print."""

__version__ = "0.1.0"
