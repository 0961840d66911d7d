"""Whole screens: each shows what it is given and asks the app for what it needs."""
