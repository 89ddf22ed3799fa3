"""The repository's Markdown files as pages of the documentation.

CHANGELOG.md, CONTRIBUTING.md and the reports of the benchmarks are read on their own, too, so they
stay as they are; what they use of Markdown (headings, lists, links, fenced code, tables) is little.
"""

import re

UNDERLINES = "=-~^"


def convert_inline(text, pages):
    """Return a line's code, emphasis, asterisks and links as reStructuredText."""

    def convert_link(match):
        name, target = match.groups()
        if target.startswith("http"):
            return f"`{name} <{target}>`__"
        return f":doc:`{name} <{pages[target]}>`" if target in pages else f"``{target}``"

    pieces = re.split(r"(`[^`]+`|\*\*[^*]+\*\*|\*\w[^*]*\*)", text)
    for index, piece in enumerate(pieces):
        if index % 2:
            pieces[index] = f"`{piece}`" if piece.startswith("`") else piece
        else:
            piece = re.sub(r"(?<=\S)\*|\*(?=\S)", r"\\*", piece)
            pieces[index] = re.sub(r"\[([^\]`]+)\]\((\w[^)]*)\)", convert_link, piece)
    return "".join(pieces)


def convert_table(rows, pages):
    """Return the lines of a table as a list-table."""
    lines = ["", ".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        if set(row) <= set("|-: "):
            continue
        cells = [convert_inline(cell.strip(), pages) for cell in row.strip().strip("|").split("|")]
        lines += [f"   {'  ' if n else '* '}- {cell}".rstrip() for n, cell in enumerate(cells)]
    return [*lines, ""]


def to_rst(markdown, pages=()):
    """Return the reStructuredText of a Markdown text.

    Links to files that `pages` names, ``{file: document}``, become links to these documents.
    """
    # A reference definition at the end ("[0.1.0]: https://…") and the brackets that point to it.
    definitions = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", markdown, re.MULTILINE))
    markdown = re.sub(r"^\[[^\]]+\]: \S+$", "", markdown, flags=re.MULTILINE)
    # A link may be broken over two lines.
    markdown = re.sub(r"\[([^\]`]+)\n *([^\]`]+)\]\(", r"[\1 \2](", markdown)
    for name in definitions:
        markdown = markdown.replace(f"[{name}]", name)
    lines, table, in_code = [], [], False
    for line in markdown.splitlines():
        if table and not line.startswith("|"):
            lines += convert_table(table, pages)
            table = []
        if line.startswith("```"):
            in_code = not in_code
            lines += ["", f".. code-block:: {line[3:].strip() or 'text'}", ""] if in_code else [""]
        elif in_code:
            lines.append(f"   {line}".rstrip())
        elif line.startswith("|"):
            table.append(line)
        elif heading := re.fullmatch(r"(#+) (.*)", line):
            title = convert_inline(heading[2], pages)
            lines += [title, UNDERLINES[len(heading[1]) - 1] * len(title)]
        else:
            lines.append(convert_inline(line, pages))
    lines += convert_table(table, pages) if table else []
    return "\n".join(lines) + "\n"
