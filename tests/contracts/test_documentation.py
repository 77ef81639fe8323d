"""The documentation's pages: built without a broken link or a fetched address, its made parts up to date."""

from __future__ import annotations

import doctest
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.documentation import docstrings, http_reference, ideas, pictures, reference, screenshots, site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", reference.PAGES)
def test_reference_says_what_the_code_says_now(name: str) -> None:
    now = reference.pages([name])[name]
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == now, "run `make docs` and commit"


def test_every_command_setting_and_public_name_has_its_place() -> None:
    commands = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert "## amends start\n" in commands
    assert "### amends db verify\n" in commands
    assert "AMENDS_TIMEOUT" in (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    assert "\n### record_response\n" in (DOCS / "reference" / "python.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def figures() -> dict[str, ideas.Rows]:
    return ideas.figures()


def test_pictures_were_drawn_from_what_the_functions_give_now(figures: dict[str, ideas.Rows]) -> None:
    kept = json.loads(pictures.FIGURES.read_text(encoding="utf-8"))
    assert list(kept) == list(figures)
    for name, rows in figures.items():
        assert [list(row) for row in kept[name]] == [list(row) for row in rows]
        for before, now in zip(kept[name], rows, strict=True):
            assert before == {
                key: pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value
                for key, value in now.items()
            }, f"{name}: run `make docs` and commit"


def test_every_picture_names_the_figures_beside_it() -> None:
    kept = json.loads(pictures.FIGURES.read_text(encoding="utf-8"))
    drawn = {file.stem: file.read_text(encoding="utf-8") for file in pictures.FOLDER.glob("*.svg")}
    assert sorted(drawn) == sorted(kept)
    for name, rows in kept.items():
        assert f"figures {pictures.mark(rows)}" in drawn[name], f"{name}: run `make docs` and commit"
        assert "prefers-color-scheme:dark" in drawn[name]


def test_a_picture_of_other_figures_is_noticed(figures: dict[str, ideas.Rows]) -> None:
    rows = figures["proportions"]
    assert pictures.mark(rows) != pictures.mark([{**rows[0], "low": rows[0]["low"] + 1e-6}, *rows[1:]])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built in a folder of their own."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    site.build(folder)
    return folder


def test_pages_are_whole_need_no_network_and_stand_in_the_navigation(built: Path) -> None:
    assert list(site.trouble(built)) == []
    assert len(list((built / "site").rglob("*.html"))) > len(list(DOCS.rglob("*.md")))


def test_a_page_names_its_language(built: Path) -> None:
    assert '<html lang="en"' in (built / "site" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="id"' in (built / "site" / "id" / "mulai.html").read_text(encoding="utf-8")


def test_a_broken_link_or_heading_fails_the_build(tmp_path: Path) -> None:
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    for link in ("nowhere.md", "index.md#nowhere"):
        (tmp_path / "docs").mkdir(exist_ok=True)
        (tmp_path / "docs" / "index.md").write_text(f"# Home\n\n[there]({link})\n")
        with pytest.raises(subprocess.CalledProcessError):
            site.build(tmp_path)


def test_a_fetched_address_a_missing_picture_and_a_lost_page_are_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "lost.md").write_text("# Lost\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(
        '<a href="https://example.com">fine</a><script src="https://cdn.example/a.js"></script>'
        '<img src="no.png">'
    )
    (tmp_path / "site" / "a.css").write_text("@font-face{src:url(//fonts.example/a.woff)}")
    found = "\n".join(site.trouble(tmp_path))
    for named in ("cdn.example/a.js", "no.png", "fonts.example", "docs/lost.md"):
        assert named in found
    assert "https://example.com" not in found


def test_screenshots_are_small_and_each_is_shown() -> None:
    texts = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    for name in screenshots.SHOWN:
        assert (DOCS / "images" / f"{name}.png").stat().st_size <= screenshots.LARGEST
        assert f"images/{name}.png" in texts, f"{name} is shown nowhere"


def test_curl_examples_call_what_the_service_describes() -> None:
    described = http_reference.document()["paths"]
    examples = [
        shlex.split(block.replace("\\\n", " "))
        for page in sorted(DOCS.rglob("*.md"))
        for block in re.findall(r"^```sh\n(curl .*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    ]
    assert examples
    for words in examples:
        address = next(word for word in words if word.startswith("http://127.0.0.1"))
        path = re.sub(r"experiments/\w+/", "experiments/{key}/", "/" + address.split("/", 3)[3])
        schema = described[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        body = json.loads(words[words.index("-d") + 1])
        assert set(schema["required"]) <= set(body) <= set(schema["properties"])


def test_every_error_and_what_a_call_gives_back_is_described() -> None:
    page = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    for name in ("### Report", "### Contrast", "### NotEnough", "UnknownExperiment", "| `to_frame` |"):
        assert name in page


def test_a_docstring_becomes_lists_and_examples() -> None:
    assert doctest.testmod(docstrings).failed == 0
    shown = docstrings.markdown(
        "Adds.\n\nArgs:\n    a: One\n        number, or\n        two.\n    b: Another.\n\n"
        "Raises:\n    UsageError: never.\n\n>>> 1 + 1\n2"
    )
    assert "- `a`: One number, or two.\n- `b`: Another." in shown
    assert "**Raises**\n\n- `UsageError`: never." in shown
    assert "```pycon\n>>> 1 + 1\n2\n```" in shown
