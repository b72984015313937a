"""What all commands share: options, steps with their seconds, one JSON object, errors and exit codes."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any
from unicodedata import category

import typer

DONE, FOUND, WRONG_USE, UNUSABLE, HELD, INTERRUPTED = 0, 1, 2, 3, 75, 130

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else. 只输出一个 JSON。")]
LangOption = Annotated[
    str | None, typer.Option("--lang", metavar="zh|en", help="Language of messages and outputs. 语言。")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors. 只报错。")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error. 显示出错位置。")]

# Categories of Unicode: controls, what only steers (marks of the reading order among them), halves, breaks of lines.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_COLOUR = re.compile(r"(\033\[(?:0|1|2|3\d)m)")


class WrongUse(Exception):
    """A command that cannot work as it was called: why, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Console:
    """How one command speaks: its language, whether in JSON, and how long each step took."""

    def __init__(self, *, as_json: bool, lang: str | None, quiet: bool, debug: bool) -> None:
        if lang not in (None, "zh", "en"):
            raise typer.BadParameter(f"expected zh or en, found {lang!r} / 应为 zh 或 en", param_hint="--lang")
        self.as_json, self.chosen, self.quiet, self.debug = as_json, lang, quiet, debug
        self.language = lang or default_language()
        self.seconds: dict[str, float] = {}
        self.facts: dict[str, Any] = {}  # what --json tells beside the outputs
        self.log: dict[str, Any] = {}  # what a line of runs.log tells

    def use(self, project_language: str) -> str:
        """The language to speak and write in, now that the project's own is known."""
        self.language = self.chosen or project_language
        return self.language

    def say(self, zh: str, en: str) -> None:
        """A line on stdout for a person; nothing with --json or --quiet."""
        if not self.as_json and not self.quiet:
            # Colours are ours, and there are none where stdout is no terminal.
            print(for_terminal(zh if self.language == "zh" else en, colours=sys.stdout.isatty()))

    def warn(self, zh: str, en: str) -> None:
        """A line on stderr, also with --json or --quiet."""
        print(f"headwater: {for_terminal(zh if self.language == 'zh' else en)}", file=sys.stderr)

    def give(self, content: Mapping[str, Any] | list[Any]) -> None:
        """The one JSON object of --json."""
        print(json.dumps(content, ensure_ascii=False, indent=1, default=str))

    @contextmanager
    def step(self, name: str, zh: str, en: str) -> Iterator[None]:
        """Times a step; on a terminal it says what is going on, on stderr."""
        visible = sys.stderr.isatty() and not self.quiet and not self.as_json
        if visible:
            print(f"\r\033[K{zh if self.language == 'zh' else en} …", end="", file=sys.stderr, flush=True)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - start, 3)
            if visible:
                print("\r\033[K", end="", file=sys.stderr, flush=True)


def for_terminal(text: str, *, colours: bool = False) -> str:
    """The text with a dot for every letter that would steer a terminal or turn the reading order; lines stay lines.

    With `colours` those that `scripts.display` paints with stay, too.
    """
    if text.isprintable():
        return text
    parts = _COLOUR.split(text) if colours else [text]  # every second one is a colour
    return "".join(part if at % 2 else "".join(map(_seen, part)) for at, part in enumerate(parts))


def _seen(letter: str) -> str:
    return "·" if category(letter) in _UNSEEN and letter not in "\n\t" else letter


def default_language() -> str:
    """Chinese where the system's locale is Chinese, else English."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def guarded(work: Callable[[], int], console: Console) -> None:
    """Runs a command's work and leaves with its exit code; errors are told, tracebacks only with --debug."""
    try:
        code = work()
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last word of a command, told and exited with
        code = answered(error, console)
    raise typer.Exit(code)


def exit_code_of(error: BaseException) -> int:
    """The exit code of a command that ends with the error."""
    from gis.write import Locked
    from layers.footprints import FootprintError
    from layers.project import ProjectError
    from layers.rule_book import RuleBookError

    if isinstance(error, WrongUse | ProjectError | RuleBookError | FootprintError):
        return WRONG_USE
    if isinstance(error, Locked):
        return HELD
    return UNUSABLE if isinstance(error, Exception) else INTERRUPTED


def answered(error: Exception, console: Console) -> int:
    """The exit code of a command that ends with the error, which is told."""
    from gis.faults import InputError
    from gis.write import Locked

    if isinstance(error, InputError):
        _tell_faults(error, console)
    elif isinstance(error, WrongUse):
        _tell(console, error.zh, error.en)
    elif isinstance(error, Locked):
        _tell(console, f"另一次运行正在使用该项目（{error}）", f"another run holds the project ({error})")
    elif isinstance(error, OSError):
        _tell(
            console,
            f"读写失败：{error}；没有替换任何结果文件",
            f"reading or writing failed: {error}; no output was replaced",
        )
    else:
        if console.debug:
            traceback.print_exc()
        name = f"{type(error).__name__}: {error}"
        _tell(
            console,
            f"程序内部错误：{name}（加 --debug 看位置）；没有替换任何结果文件",
            f"internal error: {name} (--debug shows where); no output was replaced",
        )
    return exit_code_of(error)


def _tell(console: Console, zh: str, en: str) -> None:
    if console.as_json:
        console.give({"error": {"zh": zh, "en": en}})
    else:
        print(f"headwater: {for_terminal(zh if console.language == 'zh' else en)}", file=sys.stderr)


def _tell_faults(error: Any, console: Console) -> None:
    if console.debug:
        traceback.print_exc()
    if console.as_json:
        faults = [fault_facts(fault, console.language) for fault in error.faults]
        console.give({"error": {"faults": faults}})
    else:
        from scripts.fault_lines import fault_lines

        for line in fault_lines(error.faults, console.language):
            plain = for_terminal(line)
            print(f"headwater: {plain}" if line and not line.startswith(" ") else plain, file=sys.stderr)


def fault_facts(fault: Any, language: str) -> dict[str, Any]:
    """A fault as --json tells it."""
    return {
        "file": fault.file,
        "layer": fault.layer,
        "row": fault.row,
        "column": fault.column,
        "value": fault.value,
        "code": fault.code,
        "reason": fault.reason(language),
        "proposal": fault.proposal(language),
    }
