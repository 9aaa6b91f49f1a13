"""Sanhuan (三环): the sales operations platform that business people reshape themselves."""

__version__ = "0.1.0"
