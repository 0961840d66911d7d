"""Parts of screens: each draws plain values and reports what was done to it as a message."""
