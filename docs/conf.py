"""Sphinx configuration: everything is built from the checkout, with no network."""

import sys
from pathlib import Path

from docutils import nodes
from docutils.utils import get_source_line

import skmlic

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from api_reference import API_REFERENCE  # noqa: E402

project = "skmlic"
author = "the skmlic developers"
copyright = "2026, the skmlic developers"
version = release = skmlic.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "Thumbs.db", ".DS_Store", "auto_examples/*.ipynb"]
templates_path = ["_templates"]
default_role = "literal"

# -- API pages ---------------------------------------------------------------------------------

autosummary_generate = True
autodoc_typehints = "none"  # the numpydoc sections say it, with shapes
numpydoc_show_class_members = False  # docs/_templates/autosummary/class.rst lists them


def api_pages():
    """Return ``{file name: text}`` of the API reference: contents, and a page for each module."""
    pages = {}
    for section in API_REFERENCE:
        module, title = section["module"], section["title"]
        if f"{module}.rst" not in pages:
            heading = f":mod:`{module}`"
            pages[f"{module}.rst"] = (
                f"{heading}\n{'=' * len(heading)}\n\n.. automodule:: {module}\n   :no-members:\n"
            )
        names = "".join(f"   {name}\n" for name in section["names"])
        pages[f"{module}.rst"] += (
            f"\n{title}\n{'-' * len(title)}\n\n.. currentmodule:: {module}\n\n"
            f".. autosummary::\n   :toctree: generated\n   :nosignatures:\n\n{names}"
        )
    contents = "".join(f"   {name.removesuffix('.rst')}\n" for name in pages)
    pages["index.rst"] = (
        f"API reference\n=============\n\n.. toctree::\n   :maxdepth: 2\n\n{contents}"
    )
    return pages


def write_api_pages(app, config):
    """Write the pages of the API reference before Sphinx looks for sources."""
    folder = HERE / "api"
    folder.mkdir(exist_ok=True)
    pages = api_pages()
    for path in folder.glob("*.rst"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# -- Gallery -----------------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "backreferences_dir": "generated/backreferences",
    "doc_module": "skmlic",
    "reference_url": {"skmlic": None},
    "show_memory": False,
    "download_all_examples": False,
    "plot_gallery": "True",
}

# -- HTML --------------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = "skmlic"
html_show_sourcelink = False
html_theme_options = {
    "github_url": "https://github.com/skmlic/skmlic",
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}

# -- References into scikit-learn's documentation ----------------------------------------------

# Methods that the estimators inherit bring scikit-learn's docstrings along, and these refer to
# labels and terms of its own pages. They become ordinary links, so that nothing is downloaded to
# build, while an unknown label in this project's own text still is an error.
SKLEARN = "https://scikit-learn.org/stable/"
SKLEARN_LABELS = {
    "accuracy_score": "modules/model_evaluation.html#accuracy-score",
    "df_output_transform": "auto_examples/miscellaneous/plot_set_output.html",
    "metadata_routing": "metadata_routing.html",
    "sphx_glr_auto_examples_miscellaneous_plot_set_output.py": (
        "auto_examples/miscellaneous/plot_set_output.html"
    ),
}


def link_sklearn(app, env, node, contnode):
    """Answer a reference inside one of scikit-learn's docstrings with a link to its site."""
    source, _ = get_source_line(node)
    if node.get("refdomain") != "std" or "docstring of sklearn." not in (source or ""):
        return None
    target = node["reftarget"]
    if node["reftype"] == "term":
        page = f"glossary.html#term-{target.replace(' ', '-')}"
    else:
        page = SKLEARN_LABELS.get(target, f"search.html?q={target}")
    return nodes.reference("", "", contnode, internal=False, refuri=SKLEARN + page)


def setup(app):
    app.connect("config-inited", write_api_pages)
    app.connect("missing-reference", link_sklearn)
