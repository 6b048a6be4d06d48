"""A browser to look at pages with, and a JupyterLab to look at; skipped where these are not at hand."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-proxy-server"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
HERE = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(data|blob|about|file):")


def find_browser() -> str | None:
    return os.environ.get("EVIDENCE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def find_missing() -> str:
    """Say what a browser test needs and this machine lacks; an empty string where all is there."""
    packages = [name for name in ("playwright", "axe_playwright_python") if find_spec(name) is None]
    parts = [f"packages {', '.join(packages)} (pip install -e '.[browser]')"] if packages else []
    parts += [] if find_browser() else ["Chromium (on the PATH, or its path in EVIDENCE_CHROMIUM)"]
    return "; ".join(parts)


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: drives a real browser")


def pytest_collection_modifyitems(items):
    missing = find_missing()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"no browser tests without {missing}"))


@pytest.fixture(scope="session")
def chromium():
    """Return a running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Return a function that opens a window of its own; in the end no page failed or asked another host."""
    contexts, errors, strangers = [], [], []

    def run(*, width: int = 1280, height: int = 900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: None if HERE.match(request.url) else strangers.append(request.url))
        return page

    yield run
    for context in contexts:
        context.close()
    assert errors == []
    assert strangers == []


@pytest.fixture
def list_violations():
    """Return a function that lists what axe finds wrong inside a part of a page."""
    from axe_playwright_python.sync_playwright import Axe

    def run(page, part: str | None = None) -> list[str]:
        found = Axe().run(page, context=part).response["violations"]
        return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]

    return run


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Return the address of a JupyterLab that serves the tests' folders, and its root."""
    pytest.importorskip("jupyterlab")
    root, own = tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("lab")
    (own / "settings").mkdir()
    overrides = {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    }
    (own / "settings" / "overrides.json").write_text(json.dumps(overrides))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(own / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {f"JUPYTERLAB_{name}_DIR": str(own / f"lab-{name.lower()}") for name in ("SETTINGS", "WORKSPACES")}
    environment = {**os.environ, **folders, "IPYTHONDIR": str(own / "ipython"), "EVIDENCE_TEXTS": "../texts"}
    environment.pop("EVIDENCE_DATA", None)
    options = ["--no-browser", "--allow-root", f"--port={port}", "--port-retries=0", "--ServerApp.ip=127.0.0.1"]
    options += [f"--ServerApp.root_dir={root}", "--IdentityProvider.token=", "--ServerApp.allow_remote_access=false"]
    options += [f"--LabApp.app_settings_dir={own / 'settings'}"]
    with (own / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, cwd=root, stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/api/status", server, own / "log")
            yield address, root
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address: str, server: subprocess.Popen, log: Path, *, patience: float = 90) -> None:
    opener, end = urllib.request.build_opener(urllib.request.ProxyHandler({})), time.monotonic() + patience
    while time.monotonic() < end and server.poll() is None:
        try:
            opener.open(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not answer:\n{log.read_text()[-2000:]}")


@pytest.fixture
def project(tmp_path, data, texts):
    """Return a copy of the project with stand-in texts: data, texts, notebooks, docs."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    return tmp_path
