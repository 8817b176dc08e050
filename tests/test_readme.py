"""What the README says is so: its example runs, its files and commands exist. The step benchmark works."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from benchmarks import readme
from benchmarks.results import read
from minitorch_edu.cli import parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_example():
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "README.md", None, None)
    results = doctest.DocTestRunner().run(example)
    assert results.attempted > 5 and results.failed == 0


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_linked_files_exist(target):
    assert (ROOT / target).exists()


def parts(text):
    """What every language has: blocks without their comments, links, rows of tables, code, numbers."""
    blocks = [re.sub(r" *# .*", "", block) for block in re.findall(r"```(.*?)```", text, re.DOTALL)]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    links = [target for target in re.findall(r"\]\(([^)]+)\)", prose) if not target.startswith("README")]
    rows = [len(line.split("|")) for line in prose.splitlines() if line.startswith("|")]
    return {"blocks": blocks, "links": links, "rows": rows, "headings": len(re.findall("^## ", prose, re.MULTILINE)),
            "code": sorted(re.findall(r"`([^`]+)`", prose)),
            "numbers": sorted(re.findall(r"\d+[.,\d]*\d|\d", re.sub(r"\]\([^)]+\)", "", prose)))}  # fmt: skip


@pytest.mark.parametrize("what", parts(""))
def test_the_chinese_readme_says_the_same(what):
    assert parts((ROOT / "README.zh-CN.md").read_text())[what] == parts(README)[what]


@pytest.mark.parametrize("command", re.findall(r"^\.venv/bin/minitorch-edu ([^#\n]*)", README, re.MULTILINE))
def test_commands_are_understood(command):
    parser().parse_args(shlex.split(command))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake (\w+)", README))))
def test_make_targets_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", readme.READMES, ids=lambda path: path.name)
def test_the_table_is_what_the_runs_say(path):
    """If not: python -m benchmarks.readme"""
    text = path.read_text(encoding="utf-8")
    assert text == readme.replaced(text, readme.table([read(run) for run in readme.RUNS]))
