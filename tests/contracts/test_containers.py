"""Dockerfile and compose.yaml name settings, commands, files and services that exist."""

import json
import re
from pathlib import Path

import pytest
import typer
import yaml

from amends.cli.app import app
from amends.settings import load_settings
from amends.store.engine import Database

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "amends"}


def instructions(kind: str) -> list[str]:
    return re.findall(rf"^{kind}\s+(.*)$", DOCKERFILE, re.MULTILINE)


def parsed(words: list[str]) -> None:
    """Reads a command line as `amends` would, and runs nothing."""
    group = typer.main.get_command(app)
    context = typer.Context(group)
    while True:
        name, command, words = group.resolve_command(context, words)
        assert command is not None, name
        if not hasattr(command, "resolve_command"):
            command.make_context(name, words)
            return
        group, context = command, typer.Context(command)


def test_every_service_starts_a_command_that_exists_with_options_that_exist():
    assert set(OURS) == {"tables", "api", "dashboard"}
    for service in OURS.values():
        parsed(list(service["command"]))
    assert instructions("ENTRYPOINT") == ['["amends"]']
    [command] = instructions("CMD")
    parsed(json.loads(command))
    with pytest.raises(Exception, match="No such option"):
        parsed(["serve", "--replicas", "2"])


def test_every_setting_is_one_that_amends_reads():
    for service in OURS.values():
        given = {
            name: re.sub(
                r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{\w+:\?[^}]*\}", "sixteen0letters0", value)
            )
            for name, value in service["environment"].items()
        }
        settings = load_settings({**given, "AMENDS_EXPERIMENTS": str(ROOT / "experiments")})
        assert settings.database_url.startswith("postgresql")
        assert settings.timeout == 5
    [environment] = instructions("ENV")
    assert "AMENDS_EXPERIMENTS=/srv/experiments" in environment
    assert all("./experiments:/srv/experiments:ro" in service["volumes"] for service in OURS.values())


def test_replicas_share_one_database_and_start_after_its_tables_were_made():
    assert OURS["api"]["deploy"]["replicas"] == 2
    urls = {service["environment"]["AMENDS_DATABASE_URL"] for service in OURS.values()}
    assert len(urls) == 1
    assert "@database/" in next(iter(urls))
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
    for name in ("api", "dashboard"):
        assert OURS[name]["depends_on"]["tables"]["condition"] == "service_completed_successfully"
    assert OURS["tables"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert "healthcheck" in services["database"]
    named = {mount.split(":")[0] for mount in services["database"]["volumes"]}
    assert named == set(COMPOSE["volumes"])


def test_nothing_is_reached_from_outside_the_machine_and_no_secret_stands_in_a_file():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    text = (ROOT / "compose.yaml").read_text()
    for secret in ("POSTGRES_PASSWORD", "AMENDS_SECRET", "AMENDS_DASHBOARD_PASSWORD"):
        assert re.search(rf"\$\{{{secret}:\?", text), f"{secret} must be asked for"


def test_what_is_copied_exists_and_is_let_in():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        word for line in instructions("COPY") if not line.startswith("--from") for word in line.split()[:-1]
    ]
    assert copied
    for word in copied:
        assert (ROOT / word).exists(), word
    assert set(copied) == allowed
    assert instructions("USER") == ["10001"]  # a number, so that a host can see that it is not root


def test_a_process_opens_at_most_fifteen_connections():
    """docs/scale.md counts with it."""
    pool = Database("postgresql+psycopg://nobody@127.0.0.1:1/none", timeout=1).engine.pool
    assert (pool.size(), pool._max_overflow) == (5, 10)
