"""What `make bench` believes and what it does not: answers that differ, requests that fail, bars, its place in the page."""

import http.server
import os
import pathlib
import shutil
import sys
import threading

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "Benchmarks"))

from bench import compare, load, measure, table  # noqa: E402
from bench.__main__ import ROWS, chosen  # noqa: E402
from bench.load import Side  # noqa: E402
from bench.profile import group  # noqa: E402
from bench.results import Bar, Numbers, Result, compared  # noqa: E402


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        status, kind, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture()
def serving():
    """Makes servers that always give the same answer, as sides of a comparison."""
    servers = []

    def serve(status=200, kind="text/plain", body=b"same", expected=200):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.answer = (status, kind, body)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        servers.append(server)
        return Side(f"server {len(servers)}", os.getpid(), server.server_port, "localhost", status=expected)
    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_sides_that_agree(serving):
    compare.must_agree([serving(), serving()])
    compare.must_agree([serving(404, body=b"", expected=404), serving(404, body=b"", expected=404)])


@pytest.mark.parametrize("other", [{"status": 503}, {"body": b"other"}, {"kind": "text/html"}])
def test_sides_that_do_not_agree(serving, other):
    with pytest.raises(compare.Disagreement, match="server 2 answers"):
        compare.must_agree([serving(), serving(**other)])


def test_nobody_answers(serving):
    side = serving()
    assert compare.answers(side)
    assert not compare.answers(Side("wrong status", os.getpid(), side.port, "localhost", status=404))
    assert not compare.answers(Side("nobody", os.getpid(), 1, "localhost"))


@pytest.mark.skipif(not shutil.which("h2load"), reason="h2load is missing: tools/install-dependencies bench")
def test_load_counts_only_what_was_answered_rightly(serving):
    reading = load.a_number_of(serving(404, body=b"", expected=404), 2, 50)
    assert reading.requests == 50 and reading.seconds > 0
    with pytest.raises(load.Unanswered, match="did not answer everything with 200"):
        load.a_number_of(serving(503), 2, 50)
    with pytest.raises(load.Unanswered):
        load.a_number_of(Side("nobody", os.getpid(), 1, "localhost"), 1, 5)


def test_rate_is_one_that_the_slower_side_keeps():
    def readings(rate):
        return [load.Reading(rate, 1, 0.1)]
    assert compare.rate_of(2_000, readings(50_000), readings(30_000)) == 2_000
    assert compare.rate_of(2_000, readings(50_000), readings(4_800)) == 900
    assert compare.rate_of(2_000, readings(50_000), readings(80)) == 100


@pytest.mark.parametrize("ours, verdict", [((1.0, 3.0, 2.0), "PASS"), ((3.0, 2.0, 3.1), "FAIL")])
def test_the_median_ratio_decides(ours, verdict):
    line = compared("x", "µs", "peer", ours, (1.0, 1.0, 1.0), Bar(at_most=2))
    assert line.verdict == verdict
    assert str(line.ratios) == f"{sorted(ours)[1]:.2f} ({min(ours):.2f} … {max(ours):.2f})"
    assert compared("x", "µs", "peer", ours, (1.0, 1.0, 1.0)).verdict == ""


def test_a_bar_without_a_peer():
    assert Result("memory", Numbers((40.0, 50.0, 44.0), "MB"), bar=Bar(at_most=45, unit="MB")).holds
    assert not Result("memory", Numbers((46.0,), "MB"), bar=Bar(at_most=45, unit="MB")).holds
    assert not Result("speed", Numbers((9.0,)), bar=Bar(at_least=10)).holds


def test_the_page_keeps_what_is_around_the_table(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{table.BEGIN}\nold\n{table.END}\n\nafter\n")
    results = [compared("what", "µs", "nginx", (2.0,), (1.0,), Bar(at_most=2.5))]
    table.write(page, table.markdown(results, "make bench"))
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    assert "| what | 2.00 µs | 1.00 µs nginx | 2.00 | ≤ 2.5 | PASS |" in text
    page.write_text("no markers")
    with pytest.raises(ValueError):
        table.write(page, "lost")


def test_pages_have_the_markers():
    for page in ("docs/benchmarks.md", "docs/growth.md"):
        text = (ROOT / page).read_text()
        assert text.count(table.BEGIN) == text.count(table.END) == 1, page


def test_rows_are_chosen_by_name():
    assert chosen("fixed,idle many") == ["fixed", "idle", "many"]
    with pytest.raises(Exception, match="nothing: the rows are invoke"):
        chosen("fixed,nothing")
    for name in ROWS:
        assert f"| `{name}` |" in (ROOT / "docs/benchmarks.md").read_text()


def test_what_the_kernel_says_of_a_process():
    before = measure.processor_seconds(os.getpid())
    sum(number * number for number in range(3_000_000))
    assert measure.processor_seconds(os.getpid()) > before
    assert measure.megabytes(os.getpid()) >= measure.megabytes(os.getpid(), "VmRSS") * 0.9 > 1
    assert pathlib.Path(f"/proc/{os.getpid()}").exists()


@pytest.mark.parametrize("symbol, library, expected", [
    ("tcp_sendmsg_locked", "[kernel.kallsyms]", "kernel"),
    ("swift_retain", "libswiftCore.so", "Swift's runtime: reference counts, objects"),
    ("malloc", "libc.so.6", "C library: malloc and free"),
    ("$s7NIOCore21ChannelHandlerContextC17invokeChannelReadyyAA7NIOAnyVF", "trellis", "NIOCore"),
    ("$s14TrellisRouting13CompiledMatchV", "trellis", "TrellisRouting"),
    ("$sSS10FoundationE", "libswiftCore.so", "Swift's standard library"),
    ("c_nio_llhttp__internal__run", "trellis", "llhttp"),
    ("inflate", "/lib/libz.so.1", "rest of libz.so.1"),
])
def test_samples_are_counted_under_what_they_belong_to(symbol, library, expected):
    assert group(symbol, library) == expected
