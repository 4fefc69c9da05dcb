"""Folding strategies, from fine to coarse: by the modules of models, and by depth.

A way gives each node a key, and the nodes of one key are a group. No way may make a cycle of what
has none, such as a neuron that is used again at a later time. So a key begins with a level, and
an edge from one group to another always leads to a higher level, or, on the same level, from one
node that stays alone to another that does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autograd._util.module_paths import ModulePath
from autograd.show.picture import Picture, PictureNode

ALONE, PART, REST, BOX, SAME, BAND = range(6)  # the kinds of groups

Key = tuple[int, int, int]  # level, kind, and which one of that kind
Parents = Sequence[Sequence[int]]  # the numbers of each node's parents

# a row of boxes that have no more than a depth must not become too long to be read
_DEEPEST, _BANDS = 20, 12
_LEAVES = ("input", "leaf node", "plain number")


@dataclass(frozen=True)
class Strategy:
    """One way to fold: the key of each node, what it folds into, and the names of groups."""

    keys: Sequence[Key]
    words: Sequence[str]
    titles: Mapping[Key, str] = field(default_factory=dict)
    upright: bool = False  # whether it is a mere row of boxes, which is read from top to bottom


def strategies(
    shown: Picture, above: Parents, paths: Mapping[int, ModulePath], max_nodes: int
) -> Iterator[Strategy]:
    """All the strategies, the finest first; the last makes a single group of everything."""
    yield from _by_modules(shown, above, paths, max_nodes)
    yield from _by_depth(shown, above, max_nodes)


# --- by the parts of models -----------------------------------------------------------------------


def _by_modules(
    shown: Picture, above: Parents, paths: Mapping[int, ModulePath], max_nodes: int
) -> Iterator[Strategy]:
    """Into neurons, layers, models: and at each height first with all else as it is."""
    kinds = list(dict.fromkeys(paths.values()))
    others = [node.is_leaf for node in shown.nodes if node.number not in paths]
    leaves = sum(others)
    for height in range(max(map(len, kinds), default=0), 0, -1):
        titles = list(dict.fromkeys([path[:height][-1] for path in kinds]))
        if len(titles) > max_nodes:
            continue
        place = {title: i for i, title in enumerate(titles)}
        place_of = {path: place[path[:height][-1]] for path in kinds}
        part = [-1] * len(above)
        for i, path in paths.items():
            part[i] = place_of[path]
        stages = _stages(above, part)
        first_uses = _first_uses(above, part, stages)
        for leaves_alone, rest_alone in ((True, True), (False, True), (False, False)):
            alone = leaves * leaves_alone + (len(others) - leaves) * rest_alone
            if alone < max_nodes:
                keys = _module_keys(shown, part, stages, first_uses, leaves_alone, rest_alone)
                yield _module_strategy(keys, titles)


def _stages(above: Parents, part: Sequence[int]) -> list[int]:
    """How often the way to each node has gone over from one part to another, at most."""
    stages = [0] * len(above)
    for i, parents in enumerate(above):
        mine, stage = part[i], 0
        for parent in parents:
            if above[parent]:  # leaves go where they are used, so they have no stage
                after = stages[parent] + (part[parent] != mine)
                if after > stage:
                    stage = after
        stages[i] = stage
    return stages


def _first_uses(
    above: Parents, part: Sequence[int], stages: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """For each leaf the stage and the part of its first use; part -2 if these are several."""
    first_uses: dict[int, tuple[int, int]] = {}
    for i, parents in enumerate(above):
        use = (stages[i], part[i])
        for parent in parents:
            if not above[parent]:
                first_use = first_uses.setdefault(parent, use)
                if use[0] < first_use[0]:
                    first_uses[parent] = use
                elif use[0] == first_use[0] and use[1] != first_use[1]:
                    first_uses[parent] = (use[0], -2)
    return first_uses


def _module_keys(
    shown: Picture, part: Sequence[int], stages: Sequence[int],
    first_uses: Mapping[int, tuple[int, int]], leaves_alone: bool, rest_alone: bool,
) -> list[Key]:  # fmt: skip
    """Keys of nodes in parts, of the rest, of parameters, and of the other leaves."""
    keys: list[Key] = []
    for i, node in enumerate(shown.nodes):
        mine = part[i]
        if not node.is_leaf:
            if mine >= 0:
                keys.append((stages[i], PART, mine))
            else:
                keys.append((stages[i], ALONE, i) if rest_alone else (stages[i], REST, 0))
        elif mine >= 0:
            # with those who use it first, if they are its own part. Nothing leads to a leaf, so
            # it makes no cycle wherever it stands before its other uses.
            stage, user = first_uses[i]
            keys.append((stage if user == mine else -1, PART, mine))
        elif leaves_alone:
            keys.append((-1, ALONE, i))
        else:
            keys.append((-1, BOX, 0 if first_uses[i][1] != -1 else _kind_of_leaf(node)))
    if keys[-1][1] == REST:
        keys[-1] = (stages[-1] + 1, ALONE, len(keys) - 1)  # the output is what one looks for
    return keys


def _kind_of_leaf(node: PictureNode) -> int:
    return 2 if node.is_constant else 1


def _module_strategy(keys: Sequence[Key], parts: Sequence[str]) -> Strategy:
    """The way of these keys: what its groups are called, each and all together."""
    found = sorted(set(keys))
    shown = dict.fromkeys(parts[which] for _, kind, which in found if kind == PART)
    models = list(dict.fromkeys(title.partition(".")[0] for title in shown))
    uses: Counter[int] = Counter()
    titles = {key: _LEAVES[key[2]] for key in found if key[1] == BOX}
    words = [f"{_LEAVES[key[2]]}s" for key in found if key[1] == BOX and keys.count(key) > 1]
    for level, kind, which in found:
        if kind == PART:
            title = parts[which]
            if len(models) == 1:
                # the name of the only model says nothing, where there is more to be said
                title = title.partition(".")[2] or title
            if level < 0:
                title += " (parameters)"
            else:
                uses[which] += 1
                title += f" (use {uses[which]})" if uses[which] > 1 else ""
            titles[level, kind, which] = title
    collections = dict.fromkeys(filter(None, map(_collection, shown)))
    of = f"{' and '.join(collections)} of " if collections else ""
    rest = ["what belongs to no part"] if any(kind == REST for _, kind, _ in found) else []
    return Strategy(keys, [of + ", ".join(models), *words, *rest], titles)


def _collection(title: str) -> str:
    """``neurons`` for model.layers.0.neurons.2; ``parts`` for one that has a name of its own."""
    pieces = title.split(".")[1:]
    if not pieces:
        return ""
    names = [piece for piece in pieces if not piece.isdigit()]
    return names[-1] if pieces[-1].isdigit() and names else "parts"


# --- by depth -------------------------------------------------------------------------------------


def _by_depth(shown: Picture, above: Parents, max_nodes: int) -> Iterator[Strategy]:
    """By depth and operation, then in wider and wider bands of depth; leaves where first used."""
    depths = [0] * len(above)
    first_uses: dict[int, int] = {}
    for i, parents in enumerate(above):
        if parents:
            depth = depths[i] = 1 + max([depths[parent] for parent in parents])
            for parent in parents:
                if not above[parent]:
                    first_uses[parent] = min(first_uses.get(parent, depth), depth)
    deepest = depths[-1]
    if deepest < min(_DEEPEST, max_nodes):
        yield _by_operation(shown, depths)
    for leaf, depth in first_uses.items():
        depths[leaf] = depth
    boxes = min(_BANDS, max_nodes - 1)  # and one for the output
    for width in _widths():
        if (deepest - 1) // width < boxes:
            yield _bands(depths, width, deepest)
        if width > deepest:
            break
    yield Strategy(
        [(0, BAND, 0)] * len(above), ["everything"], {(0, BAND, 0): f"depth 0 to {deepest}"}
    )


def _widths() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, ..."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _by_operation(shown: Picture, depths: Sequence[int]) -> Strategy:
    labels: dict[str, int] = {}
    keys = [
        (-1, BOX, _kind_of_leaf(node)) if node.is_leaf
        else (depth, SAME, labels.setdefault(node.label, len(labels)))
        for node, depth in zip(shown.nodes, depths, strict=True)
    ]  # fmt: skip
    leaves = sorted({key for key in keys if key[1] == BOX})
    return Strategy(keys, ["by depth and operation"], {key: _LEAVES[key[2]] for key in leaves})


def _bands(depths: Sequence[int], width: int, deepest: int) -> Strategy:
    keys: list[Key] = [(depth // width, BAND, 0) for depth in depths]
    keys[-1] = (deepest // width + 1, ALONE, len(keys) - 1)
    titles = {}
    for band, kind, _ in set(keys):
        first, last = band * width, min((band + 1) * width, deepest) - 1
        if kind == BAND:
            span = f"depth {first:,} to {last:,}" if last > first else f"depth {first:,}"
            titles[band, kind, 0] = span
    return Strategy(keys, ["bands of depth"], titles, upright=True)
