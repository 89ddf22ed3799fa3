"""Parts of the documentation that Sphinx itself does not check."""

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LONGEST_CODE_LINE = 79
architecture = runpy.run_path(str(DOCS / "architecture_diagram.py"))
to_rst = runpy.run_path(str(DOCS / "markdown_pages.py"))["to_rst"]
find_broken_links = runpy.run_path(str(DOCS / "check_links.py"))["find_broken_links"]


@pytest.mark.parametrize(
    ("markdown", "rst"),
    [
        ("# Title", "Title\n====="),
        ("## A `name`", "A ``name``\n----------"),
        ("see [a page](https://a.example/b)", "see `a page <https://a.example/b>`__"),
        ("see [a\n  page](https://a.example/b)", "see `a page <https://a.example/b>`__"),
        ("[the rest](CONTRIBUTING.md)", "``CONTRIBUTING.md``"),
        ("`[0, 1](x)` *stays*, **too**", "``[0, 1](x)`` *stays*, **too**"),
        ("2.3 (2.1)*", r"2.3 (2.1)\*"),
        ("## [0.1.0] - now\n\n[0.1.0]: https://a.example", "0.1.0 - now\n-----------"),
    ],
)
def test_lines_of_markdown(markdown, rst):
    assert to_rst(markdown).strip() == rst


def test_links_to_other_pages():
    pages = {"RESULTS.md": "/benchmarks/results"}
    assert to_rst("[the speed](RESULTS.md)", pages) == ":doc:`the speed </benchmarks/results>`\n"


def test_code_is_not_converted():
    assert to_rst("```bash\n# `no` *markup*\n\nls\n```\n").strip() == (
        ".. code-block:: bash\n\n   # `no` *markup*\n\n   ls"
    )


def test_tables_become_lists():
    assert to_rst("| a | b |\n| --- | --- |\n| `x` | |\n").strip() == (
        ".. list-table::\n   :header-rows: 1\n\n   * - a\n     - b\n   * - ``x``\n     -"
    )


def test_every_page_of_the_guide_is_in_a_contents():
    for folder in (DOCS / "guide", DOCS / "guide" / "training"):
        entries = (folder / "index.rst").read_text(encoding="utf-8").split()
        pages = {path.stem for path in folder.glob("*.rst")} - {"index"}
        assert pages, f"no pages found in {folder}"
        assert pages <= set(entries)


def test_architecture_has_every_room_and_door():
    places = {
        place["name"]: place.get("modules")
        for place in architecture["read_architecture"]()["place"]
    }
    assert sorted(places) == sorted(architecture["list_places"]())


def test_architecture_has_every_module():
    described = {
        place["name"]: place.get("modules")
        for place in architecture["read_architecture"]()["place"]
    }
    for name, modules in architecture["list_places"]().items():
        assert described[name] == modules, name


@pytest.mark.slow
def test_architecture_diagram_links_to_modules_and_pages():
    table = architecture["read_architecture"]()
    stages = {stage["name"] for stage in table["stage"]}
    assert {place["stage"] for place in table["place"]} == stages
    assert {arrow[end] for arrow in table["arrow"] for end in ("from", "to")} <= stages
    html = architecture["draw_architecture"](
        table, lambda page: f"../{page}.html" if page == "api/skmlic.metrics" else None
    )
    assert '<a href="../api/skmlic.metrics.html">metrics/</a>' in html
    assert re.search(r'<span title="[^"]{10,}">digest</span>', html)
    assert '<p class="road-name">sampling</p>' in html
    assert html.count('class="road-down"') == len(table["arrow"])


def test_contributing_guide_names_files_that_exist():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    files = re.findall(r"`(\w[\w/]*/\w+\.(?:py|toml))`", guide)
    assert len(files) > 10
    for file in files:
        assert (ROOT / file).exists() or (ROOT / "src" / "skmlic" / file).exists(), file
    places = architecture["list_places"]()
    named = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", guide, re.MULTILINE)
    assert sorted(named) == sorted(places)


def find_code_lines(text):
    """Yield the lines of code blocks and doctests of a page in reStructuredText, not indented."""
    indent, in_block, in_doctest = None, False, False
    for line in text.splitlines():
        stripped = line.lstrip()
        depth = len(line) - len(stripped)
        if in_block:
            if stripped and indent is None:
                indent = depth
            if not stripped or depth >= indent > 0:
                yield line[indent or 0 :]
                continue
            in_block = False
        if stripped.startswith(">>> "):
            in_doctest, indent = True, depth
        elif not stripped:
            in_doctest = False
        if in_doctest:
            yield line[indent:]
        elif re.match(r"\.\. code(-block)?::|(?!\.\.).*::$", stripped):
            in_block, indent = True, None


def find_script_lines(text):
    """Yield the lines of code of a script, without the texts between them."""
    lines = text.splitlines()
    end_of_docstring = ast.parse(text).body[0].end_lineno
    yield from (line for line in lines[end_of_docstring:] if not line.startswith("#"))


def find_fenced_lines(text):
    """Yield the lines of code blocks of a page in Markdown."""
    for block in re.findall(r"^```.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from block.splitlines()


def test_code_lines_are_found():
    page = "A:\n\n.. code-block:: python\n\n   a = 1\n     b\n\nText\n\n  >>> c\n  2\n\nEnd"
    assert [line for line in find_code_lines(page) if line] == ["a = 1", "  b", ">>> c", "2"]
    assert list(find_fenced_lines("Text\n```bash\nls\n```\n")) == ["ls"]
    assert list(find_script_lines('"""A text."""\n# A text.\na = 1')) == ["a = 1"]


# Wider lines are scrolled in the text column of a window of 1,280 pixels.
def test_code_lines_fit_into_the_column():
    pages = [
        path
        for place in ("", "development", "guide", "guide/training")
        for path in (DOCS / place).glob("*.rst")
    ]
    texts = dict.fromkeys(pages, find_code_lines)
    texts |= {ROOT / name: find_fenced_lines for name in ("README.md", "CONTRIBUTING.md")}
    texts |= dict.fromkeys((ROOT / "examples").glob("*.py"), find_script_lines)
    too_long = [
        f"{path.relative_to(ROOT)}: {line}"
        for path, find_lines in texts.items()
        for line in find_lines(path.read_text(encoding="utf-8"))
        if len(line) > LONGEST_CODE_LINE
    ]
    assert not too_long, "\n".join(too_long)


def test_security_names_tests_that_exist():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 10
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_of_documents_lead_to_files_of_the_repository(name):
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
    for link in links:
        assert link.startswith("https://") or (ROOT / link).exists(), link


def test_description_on_package_indexes_has_no_links_to_files():
    hook = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hook = hook["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    text = (ROOT / hook["fragments"][0]["path"]).read_text(encoding="utf-8")
    for substitution in hook["substitutions"]:
        text = re.sub(substitution["pattern"], substitution["replacement"], text)
    assert "## Documentation\n" in text
    assert "![" not in text
    assert all(link.startswith("https://") for link in re.findall(r"\]\(([^)]+)\)", text))


def test_broken_links_are_found(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="a/page.html#here">1</a> <a href="a/page.html#gone">2</a> <a href="#top">3</a> '
        '<a href="https://a.example/gone.html">4</a> <img src="a/gone.png"> <p id="top">',
        encoding="utf-8",
    )
    (tmp_path / "a" / "page.html").write_text(
        '<h1 id="here"><a href="../index.html">back</a>', encoding="utf-8"
    )
    assert [link for _, link in find_broken_links(tmp_path)] == ["a/gone.png", "a/page.html#gone"]


def test_links_of_an_empty_folder_are_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no pages in"):
        find_broken_links(tmp_path)
