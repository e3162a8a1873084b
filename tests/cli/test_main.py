"""The command line before any model is loaded: help, mistakes, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from fakes import pictures
from nurie import __version__
from nurie.cli import delegate
from nurie.cli import main as cli
from nurie.cli.main import main
from nurie.protocol import DeviceError, NurieError


def opencv_out_of_memory() -> cv2.error:
    error = cv2.error("Insufficient memory")
    error.code = -4
    return error


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``sketch.png`` and ``reference.png``; the working folder, and no settings of the user's."""
    pictures.sketch().save(tmp_path / "sketch.png")
    pictures.reference().save(tmp_path / "reference.png")
    monkeypatch.setenv("NURIE_SETTINGS", str(tmp_path / "settings.toml"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def colorize(*more: str, sketch: str = "sketch.png", reference: str = "reference.png", output: str = "out.png") -> int:
    return main(["colorize", sketch, "--reference", reference, "-o", output, *more])


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for command in ("colorize", "models", "doctor", "train", "data", "evaluate", "export"):
        assert f"\n    {command} " in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"nurie {__version__}\n"


def test_as_a_module_it_ends_with_the_exit_code() -> None:
    backend = Path(__file__).resolve().parents[2] / "backend"
    done = subprocess.run(
        [sys.executable, "-m", "nurie", "paint"],
        env={**os.environ, "PYTHONPATH": str(backend)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("nurie: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "No command was given"),
        (["paint"], "paint"),
        (["colorize"], "required: SKETCH, --reference, -o/--output"),
        (["colorize", "a.png", "--reference", "b.png", "-o", "c.png", "--step", "3"], "--step"),
        (["models"], "ACTION"),
        (["models", "burn"], "burn"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--steps", "0"], "step count must be 1 to 100, not 0"),
        (["--steps", "-1"], "step count must be 1 to 100, not -1"),
        (["--steps", "1001"], "step count must be 1 to 100, not 1001"),
        (["--steps", "many"], "'many'"),
        (["--seed", "-3"], "seed must be 0 or more"),
        (["--guidance", "nan"], "Guidance"),
        (["--engine", "steam"], "'steam'"),
        (["--device", "gpu"], "'gpu' is not a device"),
        (["--style", "oil"], "no style 'oil'"),
    ],
)
def test_options_are_checked_first(
    options: list[str], sentence: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colorize(*options) == 2
    assert sentence in capsys.readouterr().err
    assert not (files / "out.png").exists()


@pytest.mark.parametrize(
    ("output", "exit_code", "sentence"),
    [
        ("out.jpg", 2, "Use .png or .webp or .ora or .psd"),
        ("out", 2, "Use .png or .webp or .ora or .psd"),
        ("sketch.png", 2, "is one of the inputs"),
        ("reference.png", 2, "is one of the inputs"),
        ("./nowhere/../sketch.png", 2, "is one of the inputs"),
        ("nowhere/out.png", 3, "does not exist"),
        ("folder.png", 3, "is a folder"),
    ],
)
def test_outputs_are_checked_first(
    output: str, exit_code: int, sentence: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "folder.png").mkdir()
    before = (files / "sketch.png").read_bytes()
    assert colorize(output=output) == exit_code
    assert sentence in capsys.readouterr().err
    assert (files / "sketch.png").read_bytes() == before


def test_a_link_to_an_input_is_that_input(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "link.png").symlink_to(files / "sketch.png")
    assert colorize(output="link.png") == 2
    assert "is one of the inputs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sketch", "reference", "sentence"),
    [
        ("none.png", "reference.png", "The sketch none.png does not exist"),
        ("sketch.png", "none.png", "The reference none.png does not exist"),
        ("empty.png", "reference.png", "The sketch empty.png is an empty file"),
        ("sketch.png", "text.png", "The reference text.png is not a picture"),
        ("sketch.png", "sketch.png", "The reference sketch.png is the sketch itself"),
    ],
)
def test_bad_inputs_are_exit_3(
    sketch: str, reference: str, sentence: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "empty.png").touch()
    (files / "text.png").write_text("not a picture")
    assert colorize(sketch=sketch, reference=reference) == 3
    assert sentence in capsys.readouterr().err
    assert not (files / "out.png").exists()


@pytest.mark.parametrize(
    ("option", "name", "sentence"),
    [
        ("--hints", "none.png", "The hints none.png does not exist"),
        ("--hints", "reference.png", "the picture is 96 x 96 px, the sketch 120 x 160 px"),
        ("--hints", "sketch.png", "no transparent ground"),
        ("--points", "none.json", "The points none.json: the file does not exist"),
        ("--points", "points.json", "Point pair 1 lies outside the sketch: [500, 0] in 120 x 160 px"),
        ("--points", "sketch.png", "The points sketch.png: the file is not JSON"),
        ("--mask", "none.png", "The mask none.png does not exist"),
        ("--mask", "reference.png", "is 96 x 96 px, the sketch 120 x 160 px"),
        ("--mask", "black.png", "The mask black.png is empty"),
    ],
)
def test_bad_controls_are_exit_3(
    option: str, name: str, sentence: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "points.json").write_text('[{"sketch": [500, 0], "reference": [0, 0]}]')
    pictures.sketch().point(lambda level: 0).save(files / "black.png")
    assert colorize(option, name) == 3
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert not (files / "out.png").exists()


@pytest.mark.parametrize("option", ["--hints", "--points", "--mask"])
def test_controls_are_inputs_that_no_output_may_replace(
    option: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "control.png").write_bytes(b"mine")
    assert colorize(option, "control.png", output="control.png") == 2
    assert "is one of the inputs" in capsys.readouterr().err
    assert (files / "control.png").read_bytes() == b"mine"


def test_json_failures_are_one_object_on_stdout(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert colorize("--json", sketch="none.png") == 3
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert set(error) == {"code", "message", "advice"}
    assert error["code"] == "bad_input"
    assert captured.err == f"nurie: {error['message']} {error['advice']}\n"


def test_json_holds_for_the_parsers_own_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colorize", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "wrong_usage"


def test_a_wrong_setting_is_wrong_usage(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NURIE_ENGINE", "steam")
    assert colorize() == 2
    assert "Correct NURIE_ENGINE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "exit_code", "code"),
    [
        (KeyboardInterrupt(), 130, "cancelled"),
        (MemoryError(), 5, "out_of_memory"),
        (opencv_out_of_memory(), 5, "out_of_memory"),
        (DeviceError("No card.", "Use --device cpu."), 5, "device"),
        (RuntimeError("two\nlines"), 1, "internal"),
    ],
)
def test_whatever_happens_ends_in_a_sentence_and_a_code(
    raised: BaseException,
    exit_code: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(arguments: list[str]) -> int:
        raise raised

    monkeypatch.setattr(cli, "_run", fail)
    assert main(["doctor", "--json"]) == exit_code
    captured = capsys.readouterr()
    assert json.loads(captured.out)["error"]["code"] == code
    assert captured.err.count("\n") == 1


def test_a_traceback_only_on_request(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(arguments: list[str]) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(cli, "_run", fail)
    monkeypatch.setenv("NURIE_DEBUG", "1")
    assert main(["doctor"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(delegate.COMMANDS))
def test_a_missing_extra_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(module: str) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("importlib.import_module", absent)
    assert main([name, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "missing_extra"
    assert "torch" in error["message"]
    assert f"nurie[{delegate.COMMANDS[name].extra}]" in error["advice"]


def test_a_part_that_was_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(module: str) -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("importlib.import_module", absent)
    with pytest.raises(NurieError, match="does not contain 'nurie train'"):
        delegate.run(["train"])


def test_delegates_get_their_arguments_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, list[str]]] = []

    class Module:
        def __init__(self, name: str) -> None:
            self.name = name

        def main(self, arguments: list[str]) -> int:
            seen.append((self.name, arguments))
            return 7

    monkeypatch.setattr("importlib.import_module", Module)
    assert main(["train", "--help", "--steps", "3"]) == 7
    assert main(["export", "x"]) == 7
    assert seen == [("nurie.training.cli", ["train", "--help", "--steps", "3"]), ("nurie_export.cli", ["x"])]
