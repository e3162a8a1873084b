"""What was measured, as text and as data: means by source, all figures by answer, the paper's table beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nurie.training.answers import ORACLE, TRIVIAL
from nurie.training.metrics.bootstrap import mean_interval
from nurie.training.metrics.figures import Figures
from nurie.training.scores import (
    FOREGROUND_PATCH,
    Score,
    Scored,
    SetDistance,
    by_source,
    halves_distance,
    mean,
    set_distances,
)

__all__ = ["Report", "as_dict", "figures_table", "gains", "notes", "report", "table", "table_iii"]

PERFECT = 100.0
"""Where PSNR is capped: the truth itself."""
SEED_PAPER = {"fid": 381.78, "ssim": 0.1038, "psnr": 2.5230, "lpips": 0.9525}
"""Table III of Delaval and Koïta; the test set and the networks behind FID and LPIPS are not stated there."""


@dataclass(frozen=True)
class Report:
    """Everything that is said about some scored triples. distances: by region, then by answer; empty without network.

    halves: what FID is between the true pictures' two halves; network, features: names of what looked, None if nothing.
    """

    scored: Sequence[Scored]
    means: dict[str, Score]
    distances: dict[str, dict[str, SetDistance]]
    halves: float | None
    network: str | None = None
    features: str | None = None


def report(scored: Sequence[Scored], network: str | None = None, features: str | None = None) -> Report:
    """Work out means and set distances; ``network`` and ``features`` name what the perceptual figures come from."""
    least = {"foreground": FOREGROUND_PATCH, "whole": 0.0}
    distances = {region: set_distances(scored, share) for region, share in least.items()}
    return Report(scored, mean(scored), distances, halves_distance(scored, FOREGROUND_PATCH), network, features)


def table(scored: Sequence[Scored], names: Sequence[str] | None = None) -> str:
    """Foreground means as text: a line per source and one for all, PSNR in dB / SSIM / repaint in % per answer."""
    names = list(scored[0].scores) if names is None else names
    lines = [f"{'source':24}{'n':>4}" + "".join(f"{name:>24}" for name in names)]
    lines.append(" " * 28 + f"{'PSNR / SSIM / repaint':>24}" * len(names))
    for source, group in [*by_source(scored).items(), ("all", list(scored))]:
        means = mean(group)
        cells = (
            f"{one.psnr:5.2f} / {one.ssim:.3f} / {100 * one.repaint:4.1f}%" for one in map(means.get, names) if one
        )
        lines.append(f"{source[:23]:24}{len(group):4}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def figures_table(told: Report, region: str) -> str:
    """All figures of a region, "foreground" or "whole", as text: a line per answer, 95 % intervals in brackets."""
    head = f"{'answer':24}{'PSNR dB':>24}{'SSIM':>8}{'MS-SSIM':>9}{'repaint %':>20}"
    distances = told.distances[region]
    if told.network:
        head += f"{'perceptual':>12}"
    if distances:
        head += f"{'FID':>9}{'KID x 1000':>16}"
    title = {"foreground": "foreground only", "whole": "whole pictures"}[region]
    lines = [f"all {len(told.scored)}, {title}", head + f"{'seconds':>9}"]
    for name, score in told.means.items():
        means: Figures = getattr(score, region)
        psnr, repaint = (_interval(told, name, region, figure) for figure in ("psnr", "repaint"))
        line = f"{name[:23]:24}{f'{means.psnr:.2f} [{psnr[0]:.2f}, {psnr[1]:.2f}]':>24}{means.ssim:8.3f}"
        share = f"{100 * means.repaint:.1f} [{100 * repaint[0]:.1f}, {100 * repaint[1]:.1f}]"
        line += f"{means.ms_ssim:9.3f}{share:>20}"
        if told.network:
            line += f"{'':12}" if means.perceptual is None else f"{means.perceptual:12.3f}"
        if name in distances:
            far = distances[name]
            line += f"{far.fid:9.1f}{f'{1000 * far.kid:.1f} ± {1000 * far.kid_error:.1f}':>16}"
        lines.append(line + (f"{score.seconds:9.1f}" if score.seconds else ""))
    return "\n".join(lines)


def gains(told: Report) -> str:
    """What each result adds to the best trivial answer but the truth itself, a line each; "" without results."""
    trivial = [name for name in TRIVIAL if told.means[name].psnr < PERFECT]
    lines = []
    for name in told.means:
        if trivial and name not in (*TRIVIAL, ORACLE):
            best = max(trivial, key=lambda name: told.means[name].psnr)
            found = [one.scores[name].psnr - one.scores[best].psnr for one in told.scored]
            low, high = mean_interval(found)
            gain = f"{sum(found) / len(found):+.2f} dB [{low:+.2f}, {high:+.2f}]"
            lines.append(f"{name}: {gain} on the best trivial answer ({best}), foreground.")
    return "\n".join(lines)


def notes(told: Report) -> str:
    """What must be known to read the figures."""
    lines = [
        "Foreground: where the truth's smallest channel is below .97; MS-SSIM is averaged over it at every scale.",
        "oracle: the true colours under the lines as given. '... colour': the colour layer alone, without the lines.",
        "Brackets: 95 % bootstrap over pictures; pictures of one character are not as independent as it takes.",
    ]
    if told.network:
        lines.append(f"perceptual: {told.network}, 0 is equal. It is no LPIPS figure: other network, other scale.")
    if told.distances["foreground"]:
        patches = next(iter(told.distances["foreground"].values())).patches
        lines += [
            f"FID, KID: {told.features}; {patches} foreground patches of {len(told.scored)} pictures.",
            "So few pictures make FID noisy and too high"
            + ("." if told.halves is None else f" (between the halves of the true pictures it is {told.halves:.1f}).")
            + " KID has no such bias; ± is its standard error over pictures.",
            "Neither compares with figures from an Inception network.",
        ]
    return "\n".join(lines)


def table_iii(told: Report, same: Report | None = None) -> str:
    """Table III of the seed paper, and the same four figures of ours over whole pictures, trivial answers included."""
    lines = [f"{'Table III':44}{'FID':>9}{'SSIM':>9}{'PSNR':>10}{'LPIPS':>9}"]
    paper = f"{SEED_PAPER['fid']:9.2f}{SEED_PAPER['ssim']:9.4f}{SEED_PAPER['psnr']:7.2f} dB{SEED_PAPER['lpips']:9.4f}"
    lines.append(f"{'seed paper':44}{paper}")
    for what, one in (("cross", told), *((("same", same),) if same is not None else ())):
        for name in one.means:
            means, far = one.means[name].whole, one.distances["whole"].get(name)
            fid = f"{'-':>9}" if far is None else f"{far.fid:9.2f}"
            lpips = f"{'-':>9}" if means.perceptual is None else f"{means.perceptual:9.4f}"
            lines.append(f"{f'{name}, {what}-reference'[:43]:44}{fid}{means.ssim:9.4f}{means.psnr:7.2f} dB{lpips}")
    if told.network:
        lines.append(f"Ours: whole pictures; LPIPS column: {told.network}; FID: {told.features}.")
        lines.append("The paper names neither test set nor networks, so only SSIM and PSNR may be compared, with care.")
    else:
        lines.append("FID and LPIPS need the extra 'eval'.")
    return "\n".join(lines)


def as_dict(told: Report) -> dict[str, Any]:
    """Everything measured, for JSON: means over all with intervals, means by source, each picture's own scores.

    A score's own keys are foreground figures; ``whole`` holds those of the whole picture. Figures nobody took are left
    out.
    """
    answer: dict[str, Any] = {
        "triples": len(told.scored),
        "all": {name: _plain(score) for name, score in told.means.items()},
        "sources": {
            source: {name: _plain(score) for name, score in mean(group).items()}
            for source, group in by_source(told.scored).items()
        },
        "pictures": {one.triple.id: {name: _plain(score) for name, score in one.scores.items()} for one in told.scored},
    }
    for name, entry in answer["all"].items():
        for region, place in (("foreground", entry), ("whole", entry["whole"])):
            place["interval"] = {
                figure: [round(end, 5) for end in _interval(told, name, region, figure)]
                for figure in ("psnr", "ssim", "ms_ssim", "repaint")
            }
            if name in told.distances[region]:
                far = told.distances[region][name]
                place |= {"fid": round(far.fid, 3), "kid": round(far.kid, 6), "kid_error": round(far.kid_error, 6)}
    if told.network:
        answer |= {"perceptual": told.network, "features": told.features}
    return answer


def _interval(told: Report, name: str, region: str, figure: str) -> tuple[float, float]:
    return mean_interval([getattr(getattr(one.scores[name], region), figure) for one in told.scored])


def _plain(score: Score) -> dict[str, Any]:
    def figures(found: Figures) -> dict[str, float]:
        return {key: round(value, 5) for key, value in vars(found).items() if value is not None}

    return figures(score.foreground) | {"seconds": round(score.seconds, 5), "whole": figures(score.whole)}
