"""The report's summary as a PDF of a few pages, printed by an installed Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from evidence.checks import Problem, TableError
from nbpage.files import save_files

SUMMARY = "Answer"  # the part of the page that, as its address, prints as the summary; see story.css
BROWSER = "EVIDENCE_CHROMIUM"
_NAMES = (
    *"chromium chromium-browser google-chrome google-chrome-stable microsoft-edge chrome msedge".split(),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
PATIENCE = 120  # seconds


def print_summary(page: str | Path, out: str | Path) -> Path:
    """Print the first two screens of a report, with how to cite it, on at most four A4 pages.

    Parameters
    ----------
    page
        The report, as `evidence.report.export_report` wrote it.
    out
        The PDF to write.

    Raises
    ------
    TableError
        Where no Chromium is installed, or it makes no PDF; then nothing is written.
    """
    page, out = Path(page), Path(out)
    browser = os.environ.get(BROWSER) or next(filter(None, map(shutil.which, _NAMES)), None)
    if not browser or not shutil.which(browser):
        rule = f"printing needs Chromium, Chrome or Edge: install one, or give its path in {BROWSER}"
        raise TableError([Problem(browser or "no browser on the PATH", rule)])
    with tempfile.TemporaryDirectory(prefix="evidence-") as scratch:
        made = Path(scratch, "summary.pdf")
        options = ["--headless", "--disable-gpu", f"--user-data-dir={scratch}/profile", "--no-pdf-header-footer"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")  # Chromium does not start for root otherwise
        address = f"{page.resolve().as_uri()}#{SUMMARY}"
        asked = [browser, *options, f"--print-to-pdf={made}", address]
        try:
            done = subprocess.run(
                asked, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False
            )
            said = done.stderr.strip().splitlines()[-1:]
        except (OSError, subprocess.TimeoutExpired) as error:
            said = [str(error)]
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            raise TableError([Problem(browser, f"it printed no PDF; nothing was written ({' '.join(said)})")])
        save_files({out: made.read_bytes()})
    return out
