"""The bell: arq jobs over Redis."""
