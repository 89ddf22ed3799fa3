"""Sphinx configuration: everything is built from the checkout, with no network."""

import importlib
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.utils import get_source_line
from docutils.utils.math.latex2mathml import tex2mathml

import skmlic

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from api_reference import API_REFERENCE  # noqa: E402
from architecture_diagram import draw_architecture, read_architecture  # noqa: E402
from markdown_pages import to_rst  # noqa: E402

project = "skmlic"
author = "the skmlic developers"
copyright = "2026, the skmlic developers"
version = release = skmlic.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "Thumbs.db", ".DS_Store", "auto_examples/*.ipynb"]
templates_path = ["_templates"]
default_role = "literal"

# -- API pages ---------------------------------------------------------------------------------

autosummary_generate = True
autodoc_typehints = "none"  # the numpydoc sections state the types, with shapes
numpydoc_show_class_members = False  # docs/_templates/autosummary/class.rst lists them


def list_names(module):
    """Return the entry of a module in the contents: its summary and its names."""
    summary = importlib.import_module(module).__doc__.partition("\n")[0]
    names = [
        f":obj:`~{module}.{name}`"
        for section in API_REFERENCE
        if section["module"] == module
        for name in section["names"]
    ]
    return f":doc:`{module}`\n    {summary}\n\n    {' · '.join(names)}\n\n"


def list_api_pages():
    """Return ``{file: text}`` of the API reference: its contents and one page per module."""
    pages = {}
    for section in API_REFERENCE:
        module, title = section["module"], section["title"]
        if f"api/{module}.rst" not in pages:
            heading = f"``{module}``"
            pages[f"api/{module}.rst"] = (
                f"{heading}\n{'=' * len(heading)}\n\n.. automodule:: {module}\n   :no-members:\n"
            )
        names = "".join(f"   {name}\n" for name in section["names"])
        pages[f"api/{module}.rst"] += (
            f"\n{title}\n{'-' * len(title)}\n\n.. currentmodule:: {module}\n\n"
            f".. autosummary::\n   :toctree: generated\n   :nosignatures:\n\n{names}"
        )
    modules = [Path(name).stem for name in pages]
    pages["api/index.rst"] = "API reference\n=============\n\n" + "".join(map(list_names, modules))
    contents = "".join(f"   {module}\n" for module in modules)
    pages["api/index.rst"] += f"\n.. toctree::\n   :hidden:\n\n{contents}"
    return pages


# -- Generated pages ---------------------------------------------------------------------------

MARKDOWN_PAGES = {
    "whats_new.rst": "CHANGELOG.md",
    "development/contributing.rst": "CONTRIBUTING.md",
    "development/security.rst": "SECURITY.md",
    "benchmarks/method.rst": "benchmarks/README.md",
    "benchmarks/results.rst": "benchmarks/RESULTS.md",
    "benchmarks/thresholds.rst": "benchmarks/THRESHOLDS.md",
    "benchmarks/kernel_head.rst": "benchmarks/KERNEL_HEAD.md",
    "benchmarks/label_issues.rst": "benchmarks/LABEL_ISSUES.md",
    "benchmarks/active_learning.rst": "benchmarks/ACTIVE_LEARNING.md",
    "benchmarks/training.rst": "benchmarks/TRAINING.md",
}


def write_pages(app, config):
    """Write the API reference and the pages from Markdown before Sphinx looks for sources."""
    pages = list_api_pages()
    documents = {
        Path(source).name: f"/{page.removesuffix('.rst')}"
        for page, source in MARKDOWN_PAGES.items()
    }
    for page, source in MARKDOWN_PAGES.items():
        pages[page] = to_rst((HERE.parent / source).read_text(encoding="utf-8"), documents)
    for path in (HERE / "api").glob("*.rst"):
        if f"api/{path.name}" not in pages:
            path.unlink()
    for page, text in pages.items():
        path = HERE / page
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# -- Gallery -----------------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "gallery_order.MentionOrder",
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
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["skmlic.css"]
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
# The left sidebar of pages without siblings would be empty.
SINGLE_PAGES = [
    "comparison",
    "faq",
    "getting_started",
    "install",
    "pitfalls",
    "reliability",
    "scope",
    "whats_new",
]
html_sidebars = {page: [] for page in SINGLE_PAGES}
toc_object_entries_show_parents = "hide"

# -- References to other packages --------------------------------------------------------------

# Docstrings that estimators inherit from scikit-learn refer to labels and terms of its own pages,
# and the text of this project refers to functions and classes of other packages. These references
# become ordinary links, so the build needs no download, and an unknown name of this project is
# still an error.
SKLEARN = "https://scikit-learn.org/stable/"
SKLEARN_LABELS = {
    "accuracy_score": "modules/model_evaluation.html#accuracy-score",
    "df_output_transform": "auto_examples/miscellaneous/plot_set_output.html",
    "metadata_routing": "metadata_routing.html",
    "sphx_glr_auto_examples_miscellaneous_plot_set_output.py": (
        "auto_examples/miscellaneous/plot_set_output.html"
    ),
}
SITES = {
    "sklearn": SKLEARN + "modules/generated/{}.html",
    "torch": "https://docs.pytorch.org/docs/stable/generated/{}.html",
}
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!skmlic)[\w.]*"),
    # The methods of collections.abc.Sequence describe their results like this.
    ("py:class", "integer -- return .*"),
]


def link_sklearn(app, env, node, contnode):
    """Resolve a reference in a docstring of scikit-learn to a link to its site."""
    source, _ = get_source_line(node)
    if node.get("refdomain") != "std" or "docstring of sklearn." not in (source or ""):
        return None
    target = node["reftarget"]
    if node["reftype"] == "term":
        page = f"glossary.html#term-{target.replace(' ', '-')}"
    else:
        page = SKLEARN_LABELS.get(target, f"search.html?q={target}")
    return nodes.reference("", "", contnode, internal=False, refuri=SKLEARN + page)


def link_package(app, env, node, contnode):
    """Resolve a reference to a name of scikit-learn or torch to a link to its page."""
    target = node.get("reftarget", "")
    site = SITES.get(target.partition(".")[0])
    module, _, name = target.rpartition(".")
    if node.get("refdomain") != "py" or site is None or not name:
        return None
    try:
        if not hasattr(importlib.import_module(module), name):
            return None
    except ImportError:
        return None
    return nodes.reference("", "", contnode, internal=False, refuri=site.format(target))


# -- Directives and nodes ----------------------------------------------------------------------


class Architecture(Directive):
    """Draw the diagram of the architecture."""

    def run(self):
        env = self.state.document.settings.env
        builder = env.app.builder
        env.note_dependency("architecture.toml")

        def link_page(document):
            if document not in env.found_docs:
                return None
            return builder.get_relative_uri(env.docname, document)

        html = draw_architecture(read_architecture(), link_page)
        return [nodes.raw("", html, format="html")]


def visit_math(translator, node):
    """Write a formula in MathML, which browsers draw without a script."""
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def visit_math_block(translator, node):
    """Write a formula that is a block of its own."""
    translator.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_directive("architecture", Architecture)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("config-inited", write_pages)
    app.connect("missing-reference", link_sklearn)
    app.connect("missing-reference", link_package)
