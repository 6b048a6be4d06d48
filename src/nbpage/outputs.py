"""A cell's outputs: collected as a notebook front end would, and freed of what changes from run to run."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

Output = dict[str, Any]

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_KERNEL_FILE = re.compile(r"\bipykernel_\d+(?=[/\\])")
_WIDGET = "application/vnd.jupyter.widget-view+json"


class OutputLimitError(BaseException):
    """A notebook's outputs are larger than they may be; no cell's ``except Exception`` stops it."""


class Outputs:
    """The outputs of the running cell, with display updates and ``clear_output`` applied.

    Parameters
    ----------
    limit
        The most characters and bytes that one notebook may put out, cleared and updated outputs included.
    """

    def __init__(self, limit: float = float("inf")) -> None:
        self.cell: list[Output] = []
        self.too_much = ""  # what is said of outputs above the limit
        self._limit, self._size = limit, 0
        self._displays: dict[str, list[Output]] = {}
        self._clear_next = False

    def start_cell(self) -> list[Output]:
        """Begin a new cell and return the list its outputs will be in."""
        self.cell, self._clear_next = [], False
        return self.cell

    def add(self, output: Output, *, display_id: str | None = None) -> None:
        """Append one output."""
        self._measure(output)
        if self._clear_next:
            self.cell.clear()
            self._clear_next = False
        if display_id:
            self._displays.setdefault(display_id, []).append(output)
        self.cell.append(output)

    def update(self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Give every output that was displayed under an id new data."""
        self._measure({"data": data, "metadata": metadata})
        for output in self._displays.get(display_id, []):
            output.update(data=data, metadata=metadata)

    def clear(self, *, wait: bool) -> None:
        """Remove the cell's outputs, now or when the next one comes."""
        self._clear_next = wait
        if not wait:
            self.cell.clear()

    def _measure(self, output: Output) -> None:
        self._size += measure_output(output)
        if self._size > self._limit:
            self.too_much = say_too_much(self._limit)
            raise OutputLimitError(self.too_much)


def measure_output(output: Output) -> int:
    """Measure an output: the length of its text, or of all the forms of what it shows and of what is said of them."""
    shown = [*output.get("data", {}).values(), *output.get("metadata", {}).values()]
    return len(output.get("text", "")) + sum(len(str(value)) for value in shown)


def say_too_much(limit: float) -> str:
    """Say that the outputs of a notebook are larger than a limit in bytes."""
    return f"put out more than the limit of {limit / 1e6:,.10g} MB"


def normalise_outputs(outputs: list[Output]) -> list[Output]:
    r"""Merge the streams of one cell and hide what differs between two runs of the same code.

    Texts of one stream become one output where the first stood, stdout before stderr, because a kernel sends
    them in no fixed order; of a line that was written over, the last writing is kept. Memory addresses and
    the number of the kernel's process become zeros, which the rules that nbval is given read alike. A widget,
    which lives only as long as its kernel, leaves its text. Takes time in proportion to the length of the outputs.

    Parameters
    ----------
    outputs
        Outputs of one cell in the notebook format. They are not changed.

    Returns
    -------
    list of dict
        New outputs.

    Examples
    --------
    >>> normalise_outputs([{"output_type": "stream", "name": "stdout", "text": "10%\r100%\n"}])
    [{'output_type': 'stream', 'name': 'stdout', 'text': '100%\n'}]
    """
    normalised: list[Output] = []
    streams: dict[str, tuple[Output, list[str]]] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            normalised.append(_normalise_bundle(output))
            continue
        if output["name"] not in streams:
            streams[output["name"]] = ({**output}, [])
            normalised.append(streams[output["name"]][0])
        streams[output["name"]][1].append(_text(output["text"]))
    for stream, texts in streams.values():
        stream["text"] = _mask("\n".join(map(_keep_last_writing, "".join(texts).split("\n"))))
    return _stdout_first(normalised)


def store_outputs(outputs: list[Output]) -> list[Output]:
    """Return the outputs of a cell as a notebook stores them: normalised, and of what JSON holds.

    Raises
    ------
    TypeError, ValueError, RecursionError
        Where one holds what JSON cannot, as an object of a class of its own.

    Examples
    --------
    >>> store_outputs([{"output_type": "display_data", "data": {"application/json": {"n": {3}}}, "metadata": {}}])
    [{'output_type': 'display_data', 'data': {'application/json': {'n': [3]}}, 'metadata': {}}]
    """
    normalised = normalise_outputs(outputs)
    try:
        json.dumps(normalised)
    except TypeError:  # a kernel writes numbers, sets and days in its own way
        from jupyter_client.jsonutil import json_default

        normalised = json.loads(json.dumps(normalised, default=json_default))
    return normalised


def _normalise_bundle(output: Output) -> Output:
    output = {key: value for key, value in output.items() if key != "transient"}
    if "data" in output:
        output["data"] = {kind: value for kind, value in output["data"].items() if kind != _WIDGET}
        texts = {kind: _text(value) for kind, value in output["data"].items() if kind.startswith("text/")}
        output["data"] |= texts
    if "text/plain" in output.get("data", {}):
        output["data"]["text/plain"] = _mask(output["data"]["text/plain"])
    return output


def _keep_last_writing(line: str) -> str:
    r"""Return what is seen of a line of which ``\r`` begins each new writing; one at its end begins none."""
    return line[line.rfind("\r", 0, max(0, len(line) - 1)) + 1 :]


def _stdout_first(outputs: list[Output]) -> list[Output]:
    for place, (first, second) in enumerate(pairwise(outputs)):
        if first.get("name") == "stderr" and second.get("name") == "stdout":
            return [*outputs[:place], second, first, *outputs[place + 2 :]]
    return outputs


def _text(text: str | list[str]) -> str:
    """Return a text, stored whole or by lines; what UTF-8 cannot hold, as half of a pair, becomes a question mark."""
    whole = text if isinstance(text, str) else "".join(text)
    return whole if whole.isascii() else whole.encode("utf-8", "replace").decode("utf-8")


def _mask(text: str) -> str:
    return _KERNEL_FILE.sub("ipykernel_0", _ADDRESS.sub("at 0x000000000000", text))
