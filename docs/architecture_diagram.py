"""The diagram of the architecture, drawn in HTML from docs/architecture.toml."""

import ast
import tomllib
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src" / "skmlic"

DOWN = '<svg class="road-down" viewBox="0 0 24 34"><path d="M12 1v27M4 22l8 9 8-9"/></svg>'
RIGHT = '<svg class="road-right" viewBox="0 0 34 24"><path d="M1 12h27M22 4l9 8-9 8"/></svg>'
# A room with more modules takes the full width.
N_MODULES_PER_COLUMN = 14


def read_architecture():
    """Return the stages, arrows and places of the package."""
    return tomllib.loads((HERE / "architecture.toml").read_text(encoding="utf-8"))


def list_modules(folder):
    """Return the names of the modules of a room; a folder inside it ends with a slash."""
    files = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    folders = [f"{path.parent.name}/" for path in folder.glob("*/__init__.py")]
    return sorted(files + folders)


def list_places():
    """Return ``{name: modules}`` of the rooms and doors of the package; a door has None."""
    doors = {path.stem: None for path in SOURCE.glob("*.py") if not path.stem.startswith("__")}
    rooms = {path.parent.name: list_modules(path.parent) for path in SOURCE.glob("*/__init__.py")}
    return {**doors, **rooms}


def read_summary(path):
    """Return the first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


def draw_module(room, name):
    """Return the name of a module of a room, with its summary as a tooltip."""
    path = SOURCE / room / name
    file = path / "__init__.py" if name.endswith("/") else path.with_suffix(".py")
    return f'<span title="{escape(read_summary(file))}">{escape(name.lstrip("_"))}</span>'


def draw_place(place, link_page):
    """Return the card of a room or door."""
    name = place["name"]
    is_room = "modules" in place
    page = link_page(place.get("page", f"api/skmlic.{name}"))
    title = escape(f"{name}/" if is_room else name)
    if page:
        title = f'<a href="{page}">{title}</a>'
    modules = place.get("modules", [])
    width = " road-wide" if len(modules) > N_MODULES_PER_COLUMN else ""
    modules = " ".join(draw_module(name, module) for module in modules)
    return (
        f'<div class="road-place{width}">'
        f'<p class="road-name">{title}</p>'
        f"<p>{escape(place['summary'])}</p>"
        + (f'<p class="road-modules">{modules}</p>' if modules else "")
        + "</div>"
    )


def draw_overview(architecture):
    """Return the steps and the arrows between them in one row."""
    titles = {stage["name"]: stage["title"] for stage in architecture["stage"]}
    arrows = architecture["arrow"]
    steps = [arrows[0]["from"], *(arrow["to"] for arrow in arrows)]
    links = (f'<a href="#stage-{name}">{escape(titles[name])}</a>' for name in steps)
    return f'<div class="road-overview">{RIGHT.join(links)}</div>'


def draw_architecture(architecture, link_page):
    """Return the HTML of the diagram.

    ``link_page(document)`` returns the link to a page of this documentation, or None if there is
    no such page.
    """
    arrows = {arrow["from"]: arrow for arrow in architecture["arrow"]}
    ends = {arrow["to"] for arrow in architecture["arrow"]}
    parts = []
    for stage in architecture["stage"]:
        name = stage["name"]
        places = [place for place in architecture["place"] if place["stage"] == name]
        cards = "".join(draw_place(place, link_page) for place in places)
        on_road = " road-step" if name in arrows or name in ends else ""
        parts.append(
            f'<section class="road-stage{on_road}" id="stage-{name}">'
            f'<div class="road-head"><p class="road-title">{escape(stage["title"])}</p>'
            f"<p>{escape(stage['summary'])}</p></div>"
            f'<div class="road-places">{cards}</div></section>'
        )
        if name in arrows:
            carries = escape(arrows[name]["carries"])
            parts.append(f'<p class="road-link">{DOWN}<span>{carries}</span></p>')
    return f'<div class="road">{draw_overview(architecture)}{"".join(parts)}</div>'
