"""Changing one image that nobody is processing, and what belongs to it."""
