"""Frames of every kind that `evidence.frames` takes, made from one table in pandas.

A kind that is not installed is left out with its reason; where EVIDENCE_SCALE is set, as `make scale-test` does, it fails.
"""

import os
import shutil
from functools import cache
from importlib.util import find_spec

import narwhals as nw
import pandas as pd
import pytest

NEEDS = {
    "pandas": (),
    "polars": ("polars", "pyarrow"),
    "polars lazy": ("polars", "pyarrow"),
    "pyarrow": ("pyarrow",),
    "duckdb": ("duckdb", "pyarrow"),
    "dask": ("dask", "pyarrow"),
    "spark": ("pyspark", "pyarrow"),
}
PARTITIONS = 3


def need(*modules: str) -> None:
    """Leave a test out, or fail it where everything must be there, unless these can be imported."""
    lost = [name for name in modules if find_spec(name) is None]
    lost += ["java"] if "pyspark" in modules and not shutil.which("java") else []
    if lost:
        leave = pytest.fail if os.environ.get("EVIDENCE_SCALE") else pytest.skip
        leave(f"not installed: {', '.join(lost)} (make scale-test)")


@cache
def start_spark():
    """Start a Spark of two threads; it ends with the tests."""
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "4", "spark.driver.bindAddress": "127.0.0.1",
                "spark.driver.host": "127.0.0.1", "spark.sql.execution.arrow.pyspark.enabled": "true"}  # fmt: skip
    return SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()


@cache
def open_duckdb():
    """Open one database in memory for all relations."""
    import duckdb

    return duckdb.connect()


def make_frame(kind: str, rows: pd.DataFrame):
    """Make a frame of a kind."""
    need(*NEEDS[kind])
    if kind == "pandas":
        return rows.copy()
    import pyarrow as pa

    table = pa.table({name: pa.array(values.astype(object), from_pandas=True) for name, values in rows.items()})
    if kind == "pyarrow":
        return table
    if kind == "duckdb":
        return open_duckdb().from_arrow(table)
    if kind == "dask":
        import dask.dataframe as dd

        return dd.from_pandas(rows.reset_index(drop=True), npartitions=PARTITIONS)
    if kind == "spark":
        return start_spark().createDataFrame(table.cast(_name_types(table))).repartition(PARTITIONS)
    import polars as pl

    return pl.from_arrow(table).lazy() if kind == "polars lazy" else pl.from_arrow(table)


def _name_types(table):
    """Return a schema without columns of nothing but missing cells, whose type no one can tell."""
    import pyarrow as pa

    fields = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema]
    return pa.schema(fields)


def read_frame(frame) -> pd.DataFrame:
    """Return a frame's rows in pandas as objects, missing cells as None."""
    frame = nw.from_native(frame)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    rows = pd.DataFrame(frame.to_dict(as_series=False)).astype(object)
    return rows.where(rows.notna(), None)
