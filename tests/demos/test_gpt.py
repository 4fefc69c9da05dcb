import re
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd.core.graph import topological_order
from demos import __main__ as command
from demos import gpt

NAMES = Path(gpt.__file__).with_name("names.txt").read_text(encoding="utf-8").split()


@pytest.fixture(scope="module")
def model() -> gpt.GPT:
    return gpt.GPT(seed=3)


@pytest.fixture(scope="module")
def loss(model: gpt.GPT):
    return gpt.compiled_loss(model)


def test_compiled_loss_and_gradient_of_a_name_are_those_of_its_graph(model, loss) -> None:
    example = [array[0] for array in gpt.encode(["anna"])]
    graph = loss(*example)
    model.zero_grad()
    graph.backward()
    value, gradient = loss.value_and_grad(loss.theta, *gpt.encode(["anna"]))
    assert value == pytest.approx(graph.data, abs=1e-12)
    slopes = [parameter.grad for parameter in loss.parameters]
    np.testing.assert_allclose(gradient, slopes, rtol=0, atol=1e-12)
    assert np.abs(gradient).max() > 0.1
    assert len(topological_order(graph)) > 40_000


def test_padding_changes_neither_the_loss_nor_its_gradient(model, loss) -> None:
    short = gpt.encode(["anna"], n_places=5)
    assert short[2].all()  # no padding in it
    value, gradient = loss.value_and_grad(loss.theta, *short)
    tokens, targets, real = gpt.encode(["anna"])
    tokens[:, 5:], targets[:, 5:] = 7, 8  # whatever stands behind the name
    padded, padded_gradient = loss.value_and_grad(loss.theta, tokens, targets, real)
    assert padded == pytest.approx(value, abs=1e-12)
    np.testing.assert_allclose(padded_gradient, gradient, rtol=0, atol=1e-12)


def test_no_place_sees_the_letters_after_it(model) -> None:
    first = model([0.0, 1.0, 2.0])
    second = model([0.0, 1.0, 3.0])
    scores = [[[score.data for score in row] for row in some] for some in (first, second)]
    assert scores[0][:2] == scores[1][:2]
    assert scores[0][2] != scores[1][2]


def test_a_head_shares_its_attention_out_among_the_places_so_far(model) -> None:
    looks: list[gpt.Rows] = []
    model([0.0, 1.0, 2.0], looks)
    for place, heads in enumerate(looks):
        assert [len(shares) for shares in heads] == [place + 1] * gpt.HEADS
        for shares in heads:
            assert sum(share.data for share in shares) == pytest.approx(1.0)


def test_a_name_is_a_point_its_letters_and_a_point_again() -> None:
    tokens, targets, real = gpt.encode(["bo"], n_places=5)
    assert tokens.tolist() == [[0, 2, 15, 0, 0]]
    assert targets.tolist() == [[2, 15, 0, 0, 0]]
    assert real.tolist() == [[1, 1, 1, 0, 0]]


def test_the_same_seed_invents_the_same_names_and_another_seed_others(model) -> None:
    names = gpt.invent(model, 5, seed=4)
    assert names == gpt.invent(model, 5, seed=4)
    assert names != gpt.invent(model, 5, seed=5)
    assert all(1 <= len(name) <= gpt.PLACES and name.isalpha() for name in names)


def test_at_temperature_0_each_letter_is_the_likeliest(model) -> None:
    (name,) = gpt.invent(model, 1, temperature=0.0)
    tokens = [0.0]
    for place in range(gpt.PLACES):
        scores = [score.data for score in model(tokens)[-1]]
        if place == 0:
            scores[0] = -np.inf
        best = int(np.argmax(scores))
        if best == 0:
            break
        assert name[place] == gpt.LETTERS[best]
        tokens.append(float(best))
    assert len(name) == len(tokens) - 1


def test_a_table_of_pairs_gives_the_loss_that_is_counted_by_hand() -> None:
    # after a point: a twice of 2; after a: a point twice of 2; a half is added to all 27
    share = 2.5 / (2 + 27 / 2)
    assert gpt.by_pairs(["a", "a"], ["a"]) == pytest.approx(-np.log(share))


def test_ctrl_c_ends_the_training_at_a_step_and_keeps_what_was_learnt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    update, steps = nn.AdamW.update, []

    def interrupted(self, theta, gradient):
        if len(steps) == 3:
            raise KeyboardInterrupt
        steps.append(update(self, theta, gradient))
        return steps[-1]

    monkeypatch.setattr(nn.AdamW, "update", interrupted)
    loss = gpt.compiled_loss(gpt.GPT())
    history = gpt.train(loss, NAMES[:300], NAMES[300:310], epochs=5)
    assert "Stopped by Ctrl-C" in capsys.readouterr().out
    assert len(history) == 0
    np.testing.assert_array_equal(loss.theta, steps[-1])


def test_a_demo_that_is_stopped_at_once_still_invents_names_and_draws_its_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(self, theta, gradient):
        raise KeyboardInterrupt

    monkeypatch.setattr(nn.AdamW, "update", interrupt)
    (path,) = gpt.main(tmp_path, quick=True)
    assert path.stat().st_size > 1000
    assert "It invents names" in capsys.readouterr().out


def test_the_short_form_learns_more_than_letter_pairs_even_of_names_it_has_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["gpt", "--quick", "--folder", str(tmp_path)])
    printed = capsys.readouterr().out
    losses = {
        what: [float(x) for x in re.findall(r"(\d\.\d+) \(", line)]
        for what, line in re.findall(r"^  ([a-z, ]+[a-z])  +(\d.*)$", printed, re.MULTILINE)
    }
    assert losses["all letters alike"] == [3.296, 3.296]
    for trained, pairs in zip(
        losses["after training"], losses["letter pairs, counted"], strict=True
    ):
        assert trained < pairs - 0.03
    assert "step   100  loss 2." in printed
    assert re.search(r"agree to \de-1[2-9]", printed)
    assert [path.name for path in tmp_path.iterdir()] == ["gpt.png"]


def test_the_list_has_names_of_lower_case_letters_that_fit_each_once() -> None:
    assert len(NAMES) == len(set(NAMES)) == gpt.HELD_BACK + 1000
    assert all(re.fullmatch(r"[a-z]{3,9}", name) for name in NAMES)
    assert max(map(len, NAMES)) < gpt.PLACES  # the point after it is to be guessed as well
