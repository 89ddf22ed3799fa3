"""Helpers that every room uses; they import none of the rooms."""
