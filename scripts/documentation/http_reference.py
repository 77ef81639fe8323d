"""The page of the HTTP API, from the OpenAPI document that the running service gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from amends import Experiment, Lab, silence, thank_you
from amends.api.app import DESCRIPTION, TAGS, create_api
from scripts.documentation.docstrings import cell


def document() -> dict[str, Any]:
    """The OpenAPI document; it is the same for every experiment."""
    with_any = Experiment(key="any", notice="Late.", arms=[thank_you("Thank you."), silence()])
    lab = Lab.in_memory([with_any])
    try:
        return create_api(lab).openapi()
    finally:
        lab.close()


def page() -> str:
    """The whole page, its addresses grouped as the document groups them."""
    described = document()
    parts = [
        "# HTTP API",
        DESCRIPTION,
        "A running service gives this as OpenAPI at `/api/openapi.json`. How to use it, with examples "
        "that run: [HTTP API](../how-to/http-api.md). Feature flags by OFREP: "
        "[OpenFeature](../how-to/openfeature.md).",
    ]
    for tag in TAGS:
        parts += [f"## {tag['name'].capitalize()}", tag["description"]]
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    parts += _operation(method, path, operation)
    return "\n\n".join(parts)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### {operation['summary']}"
    yield f"`{method.upper()} {path}`"
    if "description" in operation:
        yield operation["description"]
    if inputs := _inputs(operation):
        yield "\n".join(["| in | name | type | meaning |", "|---|---|---|---|", *inputs])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in body:
        yield f"```json\n{json.dumps(body['example'], ensure_ascii=False, indent=2)}\n```"
    yield "\n".join(
        [
            "| answer | meaning |",
            "|---|---|",
            *(
                f"| {status} | {cell(answer['description'])} |"
                for status, answer in sorted(operation["responses"].items())
            ),
        ]
    )
    if example := _answer(operation["responses"]):
        yield f"```json\n{json.dumps(example, ensure_ascii=False, indent=2)}\n```"


def _inputs(operation: dict[str, Any]) -> list[str]:
    rows = [
        _row(item["in"], item["name"], item["schema"], required=item.get("required", False))
        for item in operation.get("parameters", ())
    ]
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    needed = schema.get("required", ())
    rows += [
        _row("body", name, field, required=name in needed)
        for name, field in schema.get("properties", {}).items()
    ]
    return rows


def _row(place: str, name: str, schema: dict[str, Any], *, required: bool) -> str:
    meaning = schema.get("description", "")
    said = f"**Needed.** {meaning}".strip() if required else meaning
    return f"| {place} | `{name}` | {cell(_kind(schema))} | {cell(said)} |"


def _kind(schema: dict[str, Any]) -> str:
    """A schema's type in a word or two; null is left out, for every optional field may be null."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2].lower()
    kinds = [_kind(one) for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if kinds:
        return "number" if set(kinds) == {"integer", "number"} else " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    return schema.get("format") or str(schema.get("type", "any"))


def _answer(responses: dict[str, Any]) -> Any:
    """The example of the answer to a request that worked, the first of its kind."""
    for status in ("201", "200"):
        content = responses.get(status, {}).get("content", {}).get("application/json", {})
        if "example" in content:
            return content["example"]
        for example in content.get("examples", {}).values():
            return example["value"]
    return None
