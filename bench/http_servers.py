"""The servers that `bench/http_assign.py` times, each a process: `python http_servers.py KIND FOLDER KEY`.

`ours` is the application as `amends serve --only api` runs it. `ordinary` is the same lab and the same
entrance behind an ordinary FastAPI route: a body model, a dependency for the key, a response model.
`plain` is what one writes first: a FastAPI route with an SQLModel session and one commit a request.
"""

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Request
from sqlalchemy import event
from starlette.types import ASGIApp

from amends.api.serve import listening
from amends.lab import Lab
from amends.settings import load_settings

COMMITS = [0]


def lab_of(folder: Path) -> Lab:
    database = f"sqlite:///{folder / 'amends.db'}"
    lab = Lab(
        settings=load_settings(
            {
                "AMENDS_EXPERIMENTS": str(folder / "experiments"),
                "AMENDS_DATABASE_URL": database,
                "AMENDS_RATE": "1000000",
            }
        )
    )
    if os.environ.get("COUNT_COMMITS"):
        count_commits(lab.store._database.engine)
    return lab


def count_commits(engine: Any) -> None:
    """Counts the transactions that wrote: in WAL mode with synchronous FULL each is one flush."""

    def traced(raw: Any, _record: Any) -> None:
        wrote = [False]

        def trace(statement: str) -> None:
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                wrote[0] = True
            elif statement.startswith("COMMIT"):
                COMMITS[0] += wrote[0]
                wrote[0] = False

        raw.set_trace_callback(trace)

    engine.dispose()
    event.listen(engine, "connect", traced)


def ours(folder: Path) -> ASGIApp:
    from amends.api.app import create_api

    return create_api(lab_of(folder))


def ordinary(folder: Path) -> ASGIApp:
    from pydantic import create_model

    from amends.api.app import Application
    from amends.api.assignments import EXAMPLE, arguments_of
    from amends.api.bodies import AssignmentRequest
    from amends.api.desk import Desk
    from amends.store import ApiKey

    desk = Desk(lab_of(folder))
    api = Application(desk, title="ordinary")
    answer: Any = create_model("Answer", **dict.fromkeys(EXAMPLE, (Any, None)))

    async def caller(request: Request) -> ApiKey:
        return await desk.admit(request, scope="assign")

    @api.post("/api/v1/experiments/{key}/assignments", status_code=201, response_model=answer)
    async def assign(key: str, body: AssignmentRequest, who: Annotated[ApiKey, Depends(caller)]) -> Any:
        given = await desk.gathering.assign(key, arguments_of(body), sender=who.name)
        desk.metrics.assigned(given)
        return given.to_dict()

    return api


def plain(folder: Path) -> ASGIApp:
    from sqlalchemy import create_engine
    from sqlmodel import Field, Session, SQLModel, select

    from amends.api.bodies import AssignmentRequest

    lab = lab_of(folder)
    experiment = lab.experiment("bench")
    engine = create_engine(f"sqlite:///{folder / 'plain.db'}", connect_args={"timeout": 30})

    class Row(SQLModel, table=True):
        __tablename__ = "assignment"
        id: int | None = Field(default=None, primary_key=True)
        experiment: str
        unit: str = Field(unique=True)
        arm: str
        channel: str | None
        locale: str | None
        delay_seconds: float | None
        assigned_at: datetime

    class Key(SQLModel, table=True):
        __tablename__ = "api_key"
        bare: str = Field(primary_key=True)
        name: str

    class Answer(SQLModel):
        experiment: str
        unit_id: str
        arm: str
        message: str
        status: str
        assigned_at: datetime

    @event.listens_for(engine, "connect")
    def durable(raw: Any, _record: Any) -> None:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")

    if os.environ.get("COUNT_COMMITS"):
        count_commits(engine)
    SQLModel.metadata.create_all(engine, tables=[Row.__table__, Key.__table__])  # type: ignore[attr-defined]
    with Session(engine) as session:
        session.add(Key(bare=sys.argv[3], name="bench"))
        session.commit()

    def session_of() -> Any:
        with Session(engine) as session:
            yield session

    database = Annotated[Session, Depends(session_of)]

    def caller(request: Request, session: database) -> Key:
        found = session.get(Key, request.headers["authorization"].removeprefix("Bearer "))
        assert found is not None
        return found

    api = FastAPI()

    @api.post("/api/v1/experiments/{key}/assignments", status_code=201, response_model=Answer)
    def assign(
        key: str, body: AssignmentRequest, session: database, _who: Annotated[Key, Depends(caller)]
    ) -> Any:
        row = session.exec(select(Row).where(Row.unit == body.unit_id)).first()
        if row is None:
            row = Row(
                experiment=key,
                unit=body.unit_id,
                arm=experiment.arm_of(body.unit_id),
                channel=body.channel,
                locale=body.locale,
                delay_seconds=body.delay_seconds,
                assigned_at=datetime.now(UTC),
            )
            session.add(row)
            session.commit()
            session.refresh(row)
        message = f"Hello {body.slots['first_name']}, your parcel is late. {row.arm}"
        return {**row.model_dump(), "unit_id": row.unit, "message": message, "status": "assigned"}

    return api


def main() -> None:
    kind, folder = sys.argv[1], Path(sys.argv[2])
    application = {"ours": ours, "ordinary": ordinary, "plain": plain}[kind](folder)
    config = uvicorn.Config(
        application, log_level="warning", access_log=False, server_header=False, lifespan="off", http="h11"
    )
    with listening("127.0.0.1", 0) as door:
        print(door.getsockname()[1], flush=True)
        with suppress(KeyboardInterrupt):  # uvicorn raises the interrupt again once all are answered
            uvicorn.Server(config).run(sockets=[door])
    print(COMMITS[0], flush=True)


if __name__ == "__main__":
    main()
