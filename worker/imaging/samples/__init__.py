"""Sample pictures for a first start, drawn by code: the same ones each time, owned by nobody."""
