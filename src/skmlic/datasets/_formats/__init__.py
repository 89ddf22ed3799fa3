"""Readers of the formats of annotation tools and of well-known data sets.

Each module has a function that recognizes its format and a reader, which `_detect.py` lists.
"""
