import re
from pathlib import Path

import pytest

from demos import regression


def test_the_small_network_underfits_the_large_one_overfits_and_stopping_early_helps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regression, "draw", lambda path, *rest: path)  # the quick form draws
    regression.main(tmp_path)
    printed = capsys.readouterr().out
    rows = re.findall(r"^(\S.*?) {2,}([\d,]+) +([\d,]+) +([\d.]+) +([\d.]+)$", printed, re.M)
    loss = {name: (float(one), float(other)) for name, _, _, one, other in rows}
    epochs = {name: int(n.replace(",", "")) for name, _, n, _, _ in rows}
    one, eight, large, stopped = loss.values()
    noise = regression.NOISE**2 / 2
    assert f"would have {noise:.3f}" in printed
    assert min(one) > 2 * noise
    assert eight[1] < 1.5 * noise
    assert large[0] < 0.3 * noise
    assert large[1] > 1.5 * noise
    assert stopped[1] < 1.2 * noise
    assert set(list(epochs.values())[:3]) == {3000}
    assert epochs["64, 64, stopped early"] < 1500
    assert "Early stopping: validation_loss has not improved on" in printed
