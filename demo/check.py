"""Check the demo as its visitors use it: start it, report a quarter in the browser, accept it, recompute, stop it.

A supplier follows the printed link, fills in one measure of each sort with a file as evidence, and submits; the
contract manager accepts, and settles what the portal has otherwise; every figure is recomputed; the receipt lies in the
mailbox. No module of Quarterday is used.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from browser import Browser, Form, Page

READY_SECONDS, MAIL_SECONDS, STOP_SECONDS = 150, 60, 60
TYPED = {
    "Local employees": {
        "activity": "Demo hires",
        "people": "2",
        "full_time_share": "0.5",
        "months": "3",
        "part_postcode": "S60 1",
    },
    "School and college visits": {"activity": "Demo talks", "quantity": "6"},
}
"""What the supplier types, by the measure's title."""
WORDS = "Checked by the demo's own check."


def main(program: Path) -> int:
    """Go through it all; whatever is wrong is raised."""
    with tempfile.TemporaryDirectory() as folder, running(program, Path(folder)) as said:
        links = dict(re.findall(r"^  (a supplier|the contract manager) .*?(http\S+)$", said, re.MULTILINE))
        supplier = signed_in(links["a supplier"])
        at = address(links["a supplier"])
        tasks = report(supplier, at)
        reference = submit(supplier, tasks)
        manager = signed_in(links["the contract manager"])
        accept(manager, f"{at}/council/returns/{tasks.rsplit('/', 1)[1]}")
        settle(manager, f"{at}/portal")
        found = json.loads(quarterday(program, folder, "return", "recompute", "--all", "--json"))
        assert found["checked"] > 100, found
        assert found["differing"] == 0, found
        await_receipt(f"{at}/mailbox", reference)
    print(f"Checked: {reference} reported, accepted and receipted over HTTP; {found['checked']} valuations recomputed.")
    print("Checked: a claim that the portal had otherwise is settled, and both have it alike.")
    return 0


@contextmanager
def running(program: Path, folder: Path) -> Iterator[str]:
    """The demo, serving; gives what it printed. It must end by itself when it is interrupted."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "printed").open("w+")
    data = folder / "data"
    data.mkdir()
    words = [str(program), "--data", str(data), "demo", "--port", str(port)]
    process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
    try:
        said = until(READY_SECONDS, lambda: (folder / "printed").read_text() if answers(port) else "", process)
        yield said
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0, process.returncode
        assert not answers(port), "The pages still answer."
    except BaseException:
        lines = (folder / "printed").read_text().splitlines()
        print("\n".join(line for line in lines if '"request"' not in line), file=sys.stderr)
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS)
        log.close()


def until(seconds: float, found: Callable[[], str], process: subprocess.Popen[bytes] | None = None) -> str:
    """What ``found`` gives as soon as it gives anything; raises TimeoutError."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"The demo ended ({process.returncode}).")
        if said := found():
            return said
        time.sleep(0.3)
    raise TimeoutError(f"Nothing within {seconds:g} s.")


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def quarterday(program: Path, folder: str, *words: str) -> str:
    """What a command prints; raises where it fails."""
    whole = [str(program), "--data", f"{folder}/data", *words]
    return subprocess.run(whole, check=True, capture_output=True, text=True).stdout


def signed_in(link: str) -> Browser:
    """Somebody who followed a link and pressed its button."""
    browser = Browser()
    browser.send(browser.open(link).form("Sign in"))
    return browser


def address(link: str) -> str:
    """Where the demo is, from a link into it."""
    return link.split("/sign-in/")[0]


def report(browser: Browser, at: str) -> str:
    """Fill in some measures of the late return, one with a file; returns the address of its tasks."""
    start = browser.open(browser.open(f"{at}/returns").link("Day centres for older people"))
    tasks = start.url
    for title, typed in TYPED.items():
        page = browser.open(browser.open(tasks).link(title))
        page = browser.send(page_form(browser, page), {**typed, "words": WORDS})
        evidence = browser.open(page.link("Evidence"))
        content = b"label,share,months\nDemo hires,0.5,3\n"
        added = browser.send(evidence.form("A file"), {"kind": "file"}, {"file": ("counts.csv", content)})
        assert "counts.csv" in added.text, added.text
    return tasks


def page_form(browser: Browser, page: Page) -> Form:
    """The form for one more entry of a measure."""
    adding = next(where for said, where in page.links.items() if said.startswith("Add"))
    return browser.open(adding).form("Save and continue")


def submit(browser: Browser, tasks: str) -> str:
    """Check the answers, declare and submit; returns the reference on the receipt."""
    check = browser.open(f"{tasks}/check")
    done = browser.send(check.form("Submit the return"), {"declared_as": "finance manager", "declare": "y"})
    found = re.search(r"QD-\d{6}-\d", done.text)
    assert found, done.text
    return found[0]


def accept(browser: Browser, address: str) -> None:
    """Accept all the plain entries of a return, in one press with its confirmation."""
    page = browser.open(address)
    asked = browser.open(page.link("Accept"))
    done = browser.send(asked.form("Accept"))
    assert "Accepted" in done.text, done.text


def settle(browser: Browser, portal: str) -> None:
    """Have ours hold of what the portal has otherwise, exchange, and see that the portal has it so."""
    differing = browser.open(browser.open(portal).link("the same on both sides"))
    conflict = browser.open(differing.link("in the portal)"))
    done = browser.send(conflict.form("Which one holds?"), {"decision": "ours", "reason": WORDS})
    assert "It is settled." in done.text, done.text
    browser.send(browser.open(portal).form("Exchange now"))

    def alike() -> str:
        compared = browser.open(portal)
        return compared.text if "the same on both sides" not in compared.text else ""

    until(MAIL_SECONDS, alike)


def await_receipt(mailbox: str, reference: str) -> None:
    """The receipt comes into the mailbox."""
    browser = Browser()

    def read() -> str:
        return next((said for said in browser.open(mailbox).links if reference in said), "")

    until(MAIL_SECONDS, read)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) / "quarterday"))
