"""Tables of a notebook as JupyterLab shows them: what stands between two dollars is words."""

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from evidence import show

PRICES = r"It costs $5 to $9, $$x^2$$, \(a_1\), \[b\] and \begin{equation}c\end{equation}"


@pytest.mark.parametrize(
    "words",
    [show.table(pd.DataFrame({PRICES: [PRICES, 1]}), caption=PRICES, index=True), show.sentence(PRICES)],
    ids=["table", "sentence"],
)
def test_no_cell_header_or_caption_is_typeset_as_a_formula(open_page, lab, tmp_path, words):
    address, root = lab
    outputs = [words.data, "<p id='formula'>$x^2$</p>"]  # the second shows that formulas are typeset at all
    cells = [
        new_code_cell("1", execution_count=1, outputs=[new_output("display_data", {"text/html": html})])
        for html in outputs
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "prices.ipynb")
    page = open_page()
    page.goto(f"{address}/lab/tree/{(tmp_path / 'prices.ipynb').relative_to(root)}?reset")
    ours, formula = (page.locator(".jp-OutputArea-output").nth(i) for i in range(2))
    formula.locator("mjx-container").wait_for()
    page.wait_for_timeout(500)
    assert ours.locator("mjx-container").count() == 0
    assert ours.get_by_text(PRICES).first.is_visible()
