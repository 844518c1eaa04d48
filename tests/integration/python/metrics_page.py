"""A page of metrics as Prometheus reads it: strictly, by the rules of its text format 0.0.4."""

import http.client
import re
import shutil
import subprocess

_SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? ([0-9]+(?:\.[0-9]+)?)')
_LABEL = re.compile(r'([a-z_]+)="([^"\\]*)"')


class Page:
    """samples: {"name{label=\"value\"}": number}; types: {family: type}."""

    def __init__(self, text):
        assert text.endswith("\n") and "\r" not in text
        self.text, self.samples, self.types = text, {}, {}
        family = None
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP "):
                family = line.split(" ", 3)[2]
                assert family not in self.types, f"{family} stands twice"
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family and family not in self.types and kind in ("counter", "gauge", "histogram"), line
                self.types[family] = kind
            else:
                match = _SAMPLE.fullmatch(line)
                assert match, f"no sample: {line}"
                self._take(family, line.rpartition(" ")[0], *match.groups())
        for family, kind in self.types.items():
            if kind == "histogram":
                self._check_histogram(family)

    def _take(self, family, sample, name, labels, value):
        suffixes = ("_bucket", "_sum", "_count") if self.types[family] == "histogram" else ("",)
        assert name in [family + suffix for suffix in suffixes], f"{sample} stands under {family}"
        assert labels is None or ",".join(f'{key}="{word}"' for key, word in _LABEL.findall(labels)) == labels, sample
        assert sample not in self.samples, f"{sample} stands twice"
        self.samples[sample] = float(value)

    def _check_histogram(self, family):
        buckets = [(sample, value) for sample, value in self.samples.items() if sample.startswith(family + "_bucket{")]
        values = [value for _, value in buckets]
        assert values == sorted(values), f"{family} is not cumulative"
        assert buckets[-1][0].endswith('le="+Inf"}') and values[-1] == self.samples[family + "_count"]

    def __getitem__(self, sample):
        return self.samples[sample]

    def total(self, prefix):
        """The sum of the samples whose text begins so."""
        return sum(value for sample, value in self.samples.items() if sample.startswith(prefix))


def port(cell, service):
    from cell import SERVICES
    return cell.port_base + 10 * SERVICES.index(service) + 9


def get(cell, service, path="/metrics", method="GET", body=None, headers=None):
    """(status, headers, text)"""
    connection = http.client.HTTPConnection("127.0.0.1", port(cell, service), timeout=10)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read().decode()
    finally:
        connection.close()


def page(cell, service):
    status, _, text = get(cell, service)
    assert status == 200, text
    return Page(text)


def tool(name):
    """Debian's prometheus or promtool: installed, or where deploy/test puts them; None where there is neither."""
    from cell import SOURCE
    return shutil.which(name) or shutil.which(name, path=SOURCE / "build" / "tools")


def promtool(text):
    """What Debian's promtool says about a page: None without promtool, "" when it finds nothing."""
    program = tool("promtool")
    if not program:
        return None
    run = subprocess.run([program, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    return run.stdout + run.stderr if run.returncode else ""
