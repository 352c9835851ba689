"""Writes `<name>.rows.json` beside every question: what DuckDB answers to `<name>.duckdb.sql` over the same log files.

    python expected.py            # writes all
    python expected.py --check    # writes nothing; fails where what is written differs

Needs the package duckdb (1.5). Each question is asked twice, of the events in two orders: an answer that depends on their order
is an error, since then no other engine need give it.
"""

import datetime
import json
import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
ORDERED = "-- ordered\n"  # the first line of a .duckdb.sql whose ORDER BY fixes the whole order


def plain(value, kind):
    """A value of DuckDB's as JSON has it. `kind` tells a map from a struct, whose names ignore case."""
    if value is None:
        return None
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, datetime.datetime):
        return value.isoformat().removesuffix("+00:00") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if kind.id in ("list", "array"):
        return [plain(item, kind.children[0][1]) for item in value]
    if kind.id == "struct":
        return {name.lower(): plain(value[name], inner) for name, inner in kind.children}
    if kind.id == "map":
        return {str(key): plain(item, kind.children[1][1]) for key, item in value.items()}
    raise TypeError(f"{kind} has no form in the answers")


def ask(connection, sql):
    cursor = connection.execute(sql)
    columns = [(name.lower(), kind) for name, kind, *_ in cursor.description]
    rows = [[plain(value, kind) for value, (_, kind) in zip(row, columns)] for row in cursor.fetchall()]
    return [name for name, _ in columns], rows


def answer(path, connection):
    sql = path.read_text()
    ordered = sql.startswith(ORDERED)
    answers = []
    for table in ("forwards", "backwards"):
        columns, rows = ask(connection, f"CREATE OR REPLACE TEMP VIEW t AS FROM {table}; {sql}")
        answers.append(rows if ordered else sorted(rows, key=json.dumps))
    if answers[0] != answers[1]:
        raise SystemExit(f"{path.name}: the answer depends on the order of the events")
    if not answers[0]:
        raise SystemExit(f"{path.name}: no rows")
    if len(set(columns)) < len(columns):
        raise SystemExit(f"{path.name}: two columns of one name")
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in answers[0])
    head = f'{{"ordered": {json.dumps(ordered)}, "columns": {json.dumps(columns)}, "rows": ['
    return f"{head}\n{lines}\n]}}\n"


def main():
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute((HERE / "events.duckdb.sql").read_text().replace("${logs}", str(HERE / "logs")))
    connection.execute("ALTER TABLE t RENAME TO forwards")
    connection.execute("CREATE TABLE backwards AS FROM forwards ORDER BY eventtime DESC, eventid DESC")
    count = 0
    for folder in ("lake", "athena"):
        asked = {path.name.split(".")[0] for path in (HERE / folder).glob("*.sql")}
        for name in sorted(asked):
            path = HERE / folder / f"{name}.duckdb.sql"
            if not (HERE / folder / f"{name}.sql").exists() or not path.exists():
                raise SystemExit(f"{folder}/{name}: both {name}.sql and {name}.duckdb.sql must be there")
            try:
                text = answer(path, connection)
            except duckdb.Error as error:
                raise SystemExit(f"{path.name}: {error}")
            rows = path.with_name(f"{name}.rows.json")
            if "--check" in sys.argv and (not rows.exists() or rows.read_text() != text):
                raise SystemExit(f"{folder}/{rows.name} is not what DuckDB answers")
            if "--check" not in sys.argv:
                rows.write_text(text)
            count += 1
    print(count, "questions")


main()
