"""Validate the CSDL on standard input against OASIS's XML schema, whose file is the argument."""

import sys

from lxml import etree  # type: ignore[import-untyped]

schema = etree.XMLSchema(etree.parse(sys.argv[1]))
schema.assertValid(etree.fromstring(sys.stdin.buffer.read()))
