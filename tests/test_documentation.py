"""What the documentation is made of, as far as Sphinx itself does not check it."""

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
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


def test_code_stays_as_it_is():
    assert to_rst("```bash\n# `no` *markup*\n\nls\n```\n").strip() == (
        ".. code-block:: bash\n\n   # `no` *markup*\n\n   ls"
    )


def test_tables_become_lists():
    assert to_rst("| a | b |\n| --- | --- |\n| `x` | |\n").strip() == (
        ".. list-table::\n   :header-rows: 1\n\n   * - a\n     - b\n   * - ``x``\n     -"
    )


def test_every_page_of_the_guide_has_its_place():
    index = (DOCS / "guide" / "index.rst").read_text(encoding="utf-8").split()
    pages = {path.stem for path in (DOCS / "guide").glob("*.rst")} - {"index"}
    assert pages <= set(index)
    assert pages, "no pages found"


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


def test_links_of_no_documentation_are_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no pages in"):
        find_broken_links(tmp_path)
