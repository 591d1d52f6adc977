"""What a user would pick instead: a stored job per member, a task queue, ORM objects."""

from __future__ import annotations

import asyncio
import pickle
import threading
import time
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlmodel import Session, select

from bot.domain.ledger import micros
from bot.store.codec import dumps
from bot.store.tables import CollectionRow, DueRow, EntryRow, OutboxRow, PostingRow, metadata
from tests.bench.setting import HOURS, START

_fired = 0
_counting = threading.Lock()


def remind() -> None:
    """The job: nothing but counting."""
    global _fired
    with _counting:
        _fired += 1


def apscheduler(url: str, jobs: int) -> float:
    """Seconds until ``jobs`` due interval jobs were run and moved on by APScheduler 3, from start to last."""
    global _fired
    _fired = 0
    engine = sa.create_engine(url)
    if url.startswith("sqlite"):

        @sa.event.listens_for(engine, "connect")
        def wal(connection: Any, _: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")

    store = SQLAlchemyJobStore(engine=engine)
    scheduler = BackgroundScheduler(
        jobstores={"default": store}, executors={"default": ThreadPoolExecutor(10)}, timezone="UTC"
    )
    scheduler.start(paused=True)
    _add_in_bulk(scheduler, store, engine, jobs)
    start = time.perf_counter()
    scheduler.resume()
    scheduler.wakeup()
    while _fired < jobs:
        time.sleep(0.005)
    elapsed = time.perf_counter() - start
    scheduler.shutdown()
    engine.dispose()
    return elapsed


def _add_in_bulk(scheduler: BackgroundScheduler, store: SQLAlchemyJobStore, engine: sa.Engine, jobs: int) -> None:
    """One job as APScheduler writes it, then copies of it: adding them one by one would take longer than the run."""
    job = scheduler.add_job(remind, "interval", hours=6, misfire_grace_time=None, coalesce=True, id="0")
    state, due = job.__getstate__(), START - timedelta(days=300)
    job.remove()
    rows = []
    for n in range(jobs):
        mine = {**state, "id": str(n), "next_run_time": due}
        rows.append(
            {"id": str(n), "next_run_time": due.timestamp(), "job_state": pickle.dumps(mine, pickle.HIGHEST_PROTOCOL)}
        )
    with engine.begin() as connection:
        connection.execute(store.jobs_t.insert(), rows)


def procrastinate(url: str, jobs: int) -> float:
    """Seconds until one Procrastinate worker has run ``jobs`` due jobs."""
    from procrastinate import App, PsycopgConnector

    plain = url.replace("postgresql+psycopg://", "postgresql://")

    async def run() -> float:
        app = App(connector=PsycopgConnector(conninfo=plain))

        @app.task(name="remind")
        async def task(member: int) -> None:
            return None

        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            await task.batch_defer_async(*({"member": n} for n in range(jobs)))
            start = time.perf_counter()
            await app.run_worker_async(wait=False, concurrency=10, install_signal_handlers=False, delete_jobs="never")
            return time.perf_counter() - start

    return asyncio.run(run())


def orm_sweep(url: str, dues: int) -> float:
    """Seconds for a sweep with SQLModel objects: select what is due, change each, add an outbox row each, commit."""
    engine = sa.create_engine(url)
    metadata.create_all(engine)
    at = micros(START)
    with Session(engine) as session:
        session.add_all(
            DueRow(collection_id=f"c{n // 1000}", member_id=n, anchor_at=at, next_at=at) for n in range(dues)
        )
        session.commit()
    start = time.perf_counter()
    with Session(engine) as session:
        for due in session.exec(select(DueRow).where(DueRow.next_at <= at)):  # type: ignore[operator]
            due.slot += 1
            due.next_at = at + HOURS // timedelta(microseconds=1)
            session.add(
                OutboxRow(kind="notice", lane=f"member:{due.member_id}", payload="{}", not_before=at, created_at=at)
            )
        session.commit()
    elapsed = time.perf_counter() - start
    engine.dispose()
    return elapsed


def orm_collect(engine: sa.Engine, number: int, members: int) -> float:
    """Seconds to write a collection with SQLModel objects: header, dues, entry, postings, outbox, one commit."""
    at, id_ = micros(START), f"orm{number}"
    start = time.perf_counter()
    with Session(engine) as session:
        session.add(
            CollectionRow(id=id_, number=number, chat_id=1, organiser=1, mode="equal", currency="CNY", state="open")
        )
        session.add(EntryRow(collection_id=id_, seq=1, version=1, kind="opened", at=at, currency="CNY"))
        for n in range(members):
            session.add(DueRow(collection_id=id_, member_id=n, ordinal=n, amount=200, anchor_at=at, next_at=at))
            session.add(PostingRow(collection_id=id_, seq=1, line=n, account=f"owed:{n}", minor=200))
        session.add(OutboxRow(kind="notice", lane="chat:1", payload=dumps("card"), not_before=at, created_at=at))
        session.commit()
    return time.perf_counter() - start
