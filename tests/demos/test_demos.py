import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograd.errors import MissingExtraError
from demos import __main__ as command
from demos import lbfgs
from demos.digits import graph_size

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made" / "pictures"


def shell_blocks() -> list[list[str]]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("name", command.DEMOS)
def test_a_demo_runs_and_names_the_pictures_it_wrote(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "lbfgs":
        pytest.importorskip("scipy")
    command.main([name, "--quick", "--folder", str(folder)])
    printed = capsys.readouterr().out
    pictures = sorted(folder.iterdir())
    assert pictures
    for picture in pictures:
        assert str(picture) in printed
        assert picture.stat().st_size > 1000
    assert str(folder.resolve()) in printed


def test_every_demo_is_listed_with_what_to_look_for(capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["--list"])
    printed = capsys.readouterr().out
    modules = {path.stem for path in (ROOT / "demos").glob("[a-z]*.py")}
    assert modules == set(command.DEMOS)
    for name, demo in command.DEMOS.items():
        assert f"  {name}" in printed
        assert "What to look for: " in demo.__doc__


def test_a_demo_that_does_not_exist_is_refused_with_the_names_of_those_that_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        command.main(["moon"])
    said = capsys.readouterr().err
    assert all(name in said for name in command.DEMOS)


def test_the_neuron_by_hand_is_the_neuron_by_the_graph(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["neuron", "--folder", str(folder)])
    printed = capsys.readouterr().out
    by_hand = re.search(r"By hand: .* = (\S+)", printed)
    by_graph = re.search(r"w1\.grad = (\S+)", printed)
    assert by_hand
    assert by_graph
    assert by_hand[1] == by_graph[1] == "1.711278"
    assert "all agree" in printed


def test_the_moons_are_learnt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["moons", "--folder", str(folder)])
    right = re.search(r"Accuracy on the 100 points: (\d+)%", capsys.readouterr().out)
    assert right is not None
    assert int(right[1]) >= 97


def test_the_moons_are_learnt_by_lbfgs_in_fewer_gradients(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("scipy")
    command.main(["lbfgs", "--folder", str(folder)])
    printed = capsys.readouterr().out
    right = re.search(r"Accuracy on the 100 points: (\d+)%", printed)
    before = re.search(r"Before: the loss is ([\d.]+)", printed)
    after = re.search(r"After:  ([\d.]+), by \d+ steps and (\d+) gradients", printed)
    assert right is not None
    assert before is not None
    assert after is not None
    assert int(right[1]) >= 97
    assert float(after[1]) < 0.1 * float(before[1])
    assert int(after[2]) < 400


def test_without_scipy_lbfgs_names_what_to_install_and_the_tour_leaves_it_out(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    said = 'the demo lbfgs needs SciPy; run: pip install "glassgrad[optim]"'
    with pytest.raises(MissingExtraError, match=re.escape(said)):
        lbfgs.minimizer()
    with pytest.raises(SystemExit, match=re.escape(said)):
        command.main(["lbfgs", "--quick", "--folder", str(folder)])
    monkeypatch.setattr(command, "DEMOS", {"lbfgs": lbfgs})
    capsys.readouterr()
    command.main(["--quick", "--folder", str(folder)])
    printed = capsys.readouterr().out
    assert f"Left out: {said}" in printed
    assert "Done in" in printed


def test_at_least_90_percent_of_unseen_digits_are_read_right(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["digits", "--folder", str(folder)])
    right = re.search(r"Right on 1000 digits it has not seen: ([\d.]+)%", capsys.readouterr().out)
    assert right is not None
    assert float(right[1]) >= 90.0


def test_the_graph_of_a_digit_counts_every_node_once() -> None:
    from autograd import Value

    a = Value(2.0)
    assert graph_size(a * a + a) == 3


def test_the_demos_run_as_a_module_and_end_well(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demos", "--quick", "--folder", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "Done in" in done.stdout


def test_the_readme_begins_with_the_two_commands() -> None:
    install, run = shell_blocks()[0]
    assert re.fullmatch(r'pip install -e "\.\[.*dot.*\]"', install)
    assert run == "python -m demos"
    install, run = shell_blocks()[1]
    assert re.fullmatch(r'pip install -e "\.\[test\]"', install)
    assert run == "pytest"
