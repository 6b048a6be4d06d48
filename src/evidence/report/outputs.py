"""A cell's outputs: collected as a notebook front end would, and freed of what changes from run to run."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

Output = dict[str, Any]

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_OVERWRITTEN = re.compile(r".*\r(?=[^\n])")
_KERNEL_FILE = re.compile(r"\bipykernel_\d+(?=[/\\])")


class Outputs:
    """The outputs of the running cell, with display updates and ``clear_output`` applied."""

    def __init__(self) -> None:
        self.cell: list[Output] = []
        self._displays: dict[str, list[Output]] = {}
        self._clear_next = False

    def start_cell(self) -> list[Output]:
        """Begin a new cell and return the list its outputs will be in."""
        self.cell, self._clear_next = [], False
        return self.cell

    def add(self, output: Output, *, display_id: str | None = None) -> None:
        """Append one output."""
        if self._clear_next:
            self.cell.clear()
            self._clear_next = False
        if display_id:
            self._displays.setdefault(display_id, []).append(output)
        self.cell.append(output)

    def update(self, display_id: str, data: dict, metadata: dict) -> None:
        """Give every output that was displayed under an id new data."""
        for output in self._displays.get(display_id, []):
            output.update(data=data, metadata=metadata)

    def clear(self, *, wait: bool) -> None:
        """Remove the cell's outputs, now or when the next one comes."""
        self._clear_next = wait
        if not wait:
            self.cell.clear()


def settle_outputs(outputs: list[Output]) -> list[Output]:
    """Merge the streams of one cell and hide what differs between two runs of the same code.

    Texts of one stream become one output where the first stood, stdout before stderr, because a kernel sends
    them in no fixed order; of a line that was written over, the last writing is kept. Memory addresses and
    the number of the kernel's process become zeros, which the rules that nbval is given read alike. A widget,
    which lives only as long as its kernel, leaves its text.

    Parameters
    ----------
    outputs
        Outputs of one cell in the notebook format. They are not changed.

    Returns
    -------
    list of dict
        New outputs.
    """
    settled: list[Output] = []
    streams: dict[str, Output] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            settled.append(_settle_bundle(output))
        elif output["name"] in streams:
            streams[output["name"]]["text"] += _text(output["text"])
        else:
            streams[output["name"]] = {**output, "text": _text(output["text"])}
            settled.append(streams[output["name"]])
    for stream in streams.values():
        stream["text"] = _mask(_OVERWRITTEN.sub("", stream["text"]))
    return _stdout_first(settled)


def _settle_bundle(output: Output) -> Output:
    output = {key: value for key, value in output.items() if key != "transient"}
    if "data" in output:
        output["data"] = {kind: value for kind, value in output["data"].items() if kind != _WIDGET}
    if "text/plain" in output.get("data", {}):
        output["data"]["text/plain"] = _mask(_text(output["data"]["text/plain"]))
    return output


def _stdout_first(outputs: list[Output]) -> list[Output]:
    for place, (first, second) in enumerate(pairwise(outputs)):
        if first.get("name") == "stderr" and second.get("name") == "stdout":
            return [*outputs[:place], second, first, *outputs[place + 2 :]]
    return outputs


def _text(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _mask(text: str) -> str:
    return _KERNEL_FILE.sub("ipykernel_0", _ADDRESS.sub("at 0x000000000000", text))
