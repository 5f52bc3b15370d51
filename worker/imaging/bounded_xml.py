"""XML of others, parsed to a tree of bounded size and depth: the one place for drawings and XMP."""

from xml.etree import ElementTree as ET


class TooComplexError(ValueError):
    """The document has too many elements, or too many within each other."""


class _BoundedBuilder(ET.TreeBuilder):
    def __init__(self, max_elements: int, max_depth: int) -> None:
        super().__init__()
        self._elements_left = max_elements
        self._levels_left = max_depth

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._elements_left -= 1
        self._levels_left -= 1
        if self._elements_left < 0 or self._levels_left < 0:
            raise TooComplexError
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._levels_left += 1
        return super().end(tag)


def parse_xml(data: bytes | str, *, max_elements: int, max_depth: int) -> ET.Element:
    """Return the root element; raises TooComplexError, or ParseError where it is not well formed.

    expat fetches nothing, and bounds what a document's own entities come to.
    """
    parser = ET.XMLParser(target=_BoundedBuilder(max_elements, max_depth))  # noqa: S314 - bounded
    parser.feed(data)
    root: ET.Element = parser.close()
    return root
