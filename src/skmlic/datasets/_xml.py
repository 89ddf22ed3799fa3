"""XML of annotation tools, without what can expand to gigabytes."""

import os
from xml.etree import ElementTree

from skmlic._utils._regular_file import read_regular_file
from skmlic._utils._typing import FilePath


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Builder that rejects declarations of entities, which can expand to gigabytes."""

    def doctype(self, name, pubid, system):
        raise ValueError("it has a DOCTYPE, unlike the annotations of tools")


def parse_xml(file: FilePath) -> ElementTree.Element:
    """Return the root of an XML file, or raise an error that names it."""
    try:
        parser = ElementTree.XMLParser(target=_WithoutDoctype())
        parser.feed(read_regular_file(file))
        return parser.close()
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        name = os.fspath(file)
        raise ValueError(f"The annotation {name!r} can't be read: {error}.") from error
